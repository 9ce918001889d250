import { type ExitCode, exitCodes, messageOf } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { cleanLine, jsonText } from "../../../text/mod.ts";
import { version } from "../../../version.ts";
import type { Config } from "../../config.ts";
import { FileStore } from "../../../store/mod.ts";
import { loadConfig } from "../../load_config.ts";
import { sessionsOf } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";
import { databaseFindings } from "./database_check.ts";
import { encryptionFindings } from "./encryption_check.ts";
import { broken, type DoctorFinding, fine } from "./finding.ts";
import { modelFindings } from "./model_check.ts";
import { reportFindings } from "./reports_check.ts";
import { sessionFindings } from "./sessions_check.ts";
import { settingsFindings } from "./settings_check.ts";
import { indexFindings, storageFindings } from "./storage_check.ts";
import { terminalFindings } from "./terminal_check.ts";
import { toolFindings } from "./tools_check.ts";

/** Options of `doctor`. */
export interface DoctorOptions {
  readonly offline: boolean;
  /** Start the tool servers. */
  readonly tools: boolean;
  readonly json: boolean;
  readonly model?: string;
  readonly config?: string;
}

/** `playbooks doctor`: checks everything that a run needs, and prints the findings. Returns 1 if something is broken. */
export async function doctor(options: DoctorOptions, world: World): Promise<ExitCode> {
  const findings = [versionFinding(), ...await configured(options, world), ...terminalFindings(world)];
  writeAll(world.stdout, options.json ? asJson(findings) : findings.map(asText).join(""));
  return findings.some(({ verdict }) => verdict === "broken") ? exitCodes.failed : exitCodes.ok;
}

/** The findings that need the configuration. If it cannot be read, that is the finding. */
async function configured(options: DoctorOptions, world: World): Promise<readonly DoctorFinding[]> {
  let config: Config;
  try {
    config = loadConfig({
      ...(options.config === undefined ? {} : { config: options.config }),
      ...(options.model === undefined ? {} : { model: options.model }),
    }, world);
  } catch (error) {
    // A wrong flag is a mistake on the command line. A wrong file is a finding.
    if (options.config !== undefined || options.model !== undefined) throw error;
    const fix = "correct it, then run playbooks doctor again; nothing else was checked";
    return [broken("settings", messageOf(error), fix)];
  }
  const sessions = sessionsOf(config, world);
  return [
    ...sessions instanceof FileStore
      ? [
        ...storageFindings(config.storagePath),
        ...await indexFindings(sessions),
        ...encryptionFindings(config, sessions),
      ]
      : await databaseFindings(sessions),
    ...settingsFindings(config, world),
    ...await modelFindings(config, world, options),
    ...await toolFindings(config, world, options),
    ...await reportFindings(config, sessions),
    ...await sessionFindings(sessions),
  ];
}

function versionFinding(): DoctorFinding {
  const { os, arch, standalone } = Deno.build;
  const form = standalone ? "the binary" : `from source, Deno ${Deno.version.deno}`;
  return fine("version", `playbooks ${version}, ${form}, ${os} ${arch}`, { version, os, arch, standalone });
}

const signs = { ok: "✅ ", warning: "⚠️  ", broken: "❌ " } as const;

function asText({ about, verdict, text, fix }: DoctorFinding): string {
  const line = `${signs[verdict]}${about.padEnd(12)} ${cleanLine(text)}\n`;
  return fix === undefined ? line : `${line}${" ".repeat(16)}Fix: ${cleanLine(fix)}\n`;
}

function asJson(findings: readonly DoctorFinding[]): string {
  const list = findings.map(({ about, verdict, text, fix, facts }) => ({
    about,
    verdict,
    text,
    fix: fix ?? null,
    ...(facts ? { facts } : {}),
  }));
  return `${jsonText({ ok: findings.every(({ verdict }) => verdict !== "broken"), findings: list }, 2)}\n`;
}
