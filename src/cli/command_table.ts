import type { Command } from "./command.ts";
import { checkCommand } from "./commands/check/command.ts";
import { compileCommand } from "./commands/compile/command.ts";
import { completionsCommand } from "./commands/completions/command.ts";
import { configShowCommand } from "./commands/config_show/command.ts";
import { crashTestCommand } from "./commands/crash_test/command.ts";
import { doctorCommand } from "./commands/doctor/command.ts";
import { helpCommand } from "./commands/help/command.ts";
import { initCommand } from "./commands/init/command.ts";
import { mcpCommand } from "./commands/mcp/command.ts";
import { modelsCommand } from "./commands/models/command.ts";
import { resumeCommand } from "./commands/resume/command.ts";
import { runCommand } from "./commands/run/command.ts";
import { serveCommand } from "./commands/serve/command.ts";
import { studioCommand } from "./commands/studio/command.ts";
import { sessionsDiffCommand } from "./commands/sessions_diff/command.ts";
import { sessionsDumpCommand } from "./commands/sessions_dump/command.ts";
import { sessionsExportCommand } from "./commands/sessions_export/command.ts";
import { sessionsForkCommand } from "./commands/sessions_fork/command.ts";
import { sessionsImportCommand } from "./commands/sessions_import/command.ts";
import { sessionsListCommand } from "./commands/sessions_list/command.ts";
import { sessionsPickCommand } from "./commands/sessions_pick/command.ts";
import { sessionsRewindCommand } from "./commands/sessions_rewind/command.ts";
import { sessionsPruneCommand } from "./commands/sessions_prune/command.ts";
import { sessionsRelinkCommand } from "./commands/sessions_relink/command.ts";
import { sessionsRenameCommand } from "./commands/sessions_rename/command.ts";
import { sessionsRmCommand } from "./commands/sessions_rm/command.ts";
import { sessionsSearchCommand } from "./commands/sessions_search/command.ts";
import { sessionsLogCommand } from "./commands/sessions_log/command.ts";
import { sessionsShowCommand } from "./commands/sessions_show/command.ts";
import { sessionsStopCommand } from "./commands/sessions_stop/command.ts";
import { sessionsVerifyCommand } from "./commands/sessions_verify/command.ts";
import { storeMigrateCommand } from "./commands/store_migrate/command.ts";
import { trustCommand } from "./commands/trust/command.ts";
import { upgradeCommand } from "./commands/upgrade/command.ts";
import { versionCommand } from "./commands/version/command.ts";
import { workerCommand } from "./commands/worker/command.ts";

/**
 * All commands of the core, in the order of the help. To add a command, add a folder below commands/ and a row here. A
 * group's name alone (`sessions`, `config`) means its first command here.
 */
export const coreCommands: readonly Command[] = [
  runCommand,
  resumeCommand,
  workerCommand,
  studioCommand,
  serveCommand,
  mcpCommand,
  checkCommand,
  compileCommand,
  sessionsPickCommand,
  sessionsListCommand,
  sessionsShowCommand,
  sessionsLogCommand,
  sessionsSearchCommand,
  sessionsRenameCommand,
  sessionsForkCommand,
  sessionsRewindCommand,
  sessionsDiffCommand,
  sessionsExportCommand,
  sessionsImportCommand,
  sessionsRelinkCommand,
  sessionsVerifyCommand,
  sessionsRmCommand,
  sessionsPruneCommand,
  sessionsStopCommand,
  sessionsDumpCommand,
  storeMigrateCommand,
  configShowCommand,
  modelsCommand,
  initCommand,
  doctorCommand,
  trustCommand,
  crashTestCommand,
  upgradeCommand,
  completionsCommand,
  versionCommand,
  helpCommand,
];
