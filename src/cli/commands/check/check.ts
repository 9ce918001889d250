import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { outline } from "../../../language/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { printProblems, type ProgramSource, readConfigured } from "../../read_program.ts";
import type { World } from "../../world.ts";
import { checkReport } from "./report.ts";

/** The options of {@linkcode check}. */
export interface CheckOptions {
  readonly files: readonly string[];
  readonly json: boolean;
}

/**
 * `playbooks check`: prints the outline to standard output and the problems to standard error; with `--json`, both as
 * one document.
 */
export async function check({ files, json }: CheckOptions, world: World): Promise<ExitCode> {
  if (json) return await checkJson(files, world);
  const source = await readConfigured(files, {}, world);
  writeAll(world.stdout, `${outline(source.program).trimEnd()}\n`);
  printProblems(source, world);
  return source.broken ? exitCodes.usage : exitCodes.ok;
}

async function checkJson(files: readonly string[], world: World): Promise<ExitCode> {
  const source: ProgramSource | PlaybooksError = await readConfigured(files, {}, world).catch((error) => {
    if (error instanceof PlaybooksError) return error;
    throw error;
  });
  const report = source instanceof PlaybooksError
    ? { files, ok: false, error: source.message, agents: [], problems: [] }
    : checkReport(source);
  writeAll(world.stdout, `${JSON.stringify(report, null, 2)}\n`);
  if (source instanceof PlaybooksError) return source.exitCode;
  return source.broken ? exitCodes.usage : exitCodes.ok;
}
