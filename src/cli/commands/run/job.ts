import { resolve } from "@std/path";
import { type ProcessInfo, type Source, sourceOf } from "../../../engine/mod.ts";
import type { Program } from "../../../language/mod.ts";
import type { SessionFile, StoreProcess } from "../../../store/mod.ts";
import type { Target } from "../../choose_session.ts";
import type { Config } from "../../config.ts";
import { keptModels } from "../../kept_models.ts";
import { isTrustedByShell, loadConfig, userSeal } from "../../load_config.ts";
import { checkRecording } from "../../recording_file.ts";
import type { ProgramSource } from "../../read_program.ts";
import { programParts, requireOwnStorage, requireTrust, requireTrustInServers } from "../../trust.ts";
import { openTools } from "../../tool_servers.ts";
import type { World } from "../../world.ts";
import type { RunOptions } from "./options.ts";
import type { RunChannels } from "./run_channels.ts";
import type { RunProcess } from "./run_process.ts";

/** The facts that `run` and `resume` have gathered. */
export interface Job {
  readonly command: RunOptions;
  readonly world: World;
  readonly config: Config;
  readonly ui: RunChannels;
  readonly process: RunProcess;
  /** The program as it is on disk. Absent if its files are gone; the session then runs its own source. */
  readonly source?: ProgramSource;
  /** Absolute real paths of the program's files. */
  readonly paths: readonly string[];
}

/** The facts with which a session begins, before a process runs it. */
export type Beginning = Omit<Job, "process">;

/** The configuration for a program, before the user has trusted it. */
export function configFor(command: RunOptions, programFile: string | undefined, world: World): Config {
  if (command.record !== undefined) checkRecording(resolve(world.cwd, command.record));
  return loadConfig({
    ...(programFile === undefined ? {} : { programFile }),
    ...(command.config === undefined ? {} : { config: command.config }),
    ...(command.model === undefined ? {} : { model: command.model }),
    ...(command.onUncertain === undefined ? {} : { uncertain: command.onUncertain }),
    allow: command.allow,
    trust: command.trust,
  }, world);
}

/**
 * The configuration, after the user has trusted its requests. Throws a `PlaybooksError` (exit code 2) without that trust.
 */
export async function trustedConfig(
  command: RunOptions,
  programFile: string | undefined,
  { world, ui }: { readonly world: World; readonly ui: RunChannels },
): Promise<Config> {
  const config = configFor(command, programFile, world);
  const hasAnswered = await requireTrust(config, world, (question) => ui.confirm(question));
  return hasAnswered ? configFor(command, programFile, world) : config;
}

/** Throws a `PlaybooksError` (exit 2) unless the user trusts the tool servers that the program itself describes. */
export function requireServersOf(
  program: Program,
  { command, ui, world }: Pick<Job, "command" | "ui" | "world">,
): Promise<void> {
  return requireTrustInServers(program, world, {
    isTrusted: command.trust || isTrustedByShell(world),
    confirm: (question) => ui.confirm(question),
  });
}

/** Checks, before a session exists, that the program's tool servers are trusted and described whole. Starts none. */
export async function checkServers(
  job: Pick<Job, "command" | "config" | "ui" | "world" | "paths">,
  program: Program,
): Promise<void> {
  if (!program.agents.some(({ remote }) => remote)) return;
  await requireServersOf(program, job);
  await openTools(program, { ...job, programFile: job.paths[0] ?? job.world.cwd, log: () => {} });
}

/** Throws a `PlaybooksError` (exit 2) unless the user trusts the session's storage. */
export function requireStorageOf(
  { command, config, ui, world }: Pick<Job, "command" | "config" | "ui" | "world">,
  { session, sessions }: Target,
): Promise<void> {
  return requireOwnStorage(config, { ...session, folder: sessions.folder }, {
    isTrusted: command.trust || isTrustedByShell(world),
    seal: userSeal(world),
    confirm: (question) => ui.confirm(question),
  });
}

/** This process, as the engine journals it. */
export function processInfo({ config, world }: Pick<Job, "config" | "world">): ProcessInfo {
  const { model } = config;
  return {
    at: world.now(),
    pid: Deno.pid,
    host: Deno.hostname(),
    model: model.name === "" ? model.provider : `${model.provider}:${model.name}`,
    models: keptModels(config, userSeal(world)),
    settings: config.runtime,
  };
}

/** This process, as the session's store knows it. */
export function storeProcess({ config }: Pick<Job, "config">): StoreProcess {
  const { sync } = config.runtime.durability;
  return { pid: Deno.pid, host: Deno.hostname(), sync };
}

/** The paths of a program, with the user's seal. */
export function markedPrograms(
  paths: readonly string[],
  world: World,
): Pick<SessionFile, "programPaths" | "programMark"> {
  const programMark = userSeal(world).of(programParts(paths));
  return { programPaths: paths, ...(programMark === undefined ? {} : { programMark }) };
}

/** A program in the form of the journal. */
export function journaledSource(source: ProgramSource): Source {
  return sourceOf(source.files, source.imports);
}
