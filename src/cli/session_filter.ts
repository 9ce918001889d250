import { basename, extname, isAbsolute, resolve } from "@std/path";
import { type SessionFile, type SessionStatus, sessionStatuses as statuses } from "../store/mod.ts";
import type { FlagUsage, SplitArguments } from "./command.ts";
import { didYouMean } from "../language/nearest_name.ts";
import { momentMs, type TimeBound, timeBound } from "./time_bound.ts";
import { usageError } from "./usage_error.ts";
import { realOrSame } from "../files/mod.ts";

/** The choice of sessions that the flags of `list`, `search` and `prune` make. */
export interface SessionFilter {
  readonly statuses?: readonly SessionStatus[];
  /** A file, or its name with or without its ending. */
  readonly program?: string;
  readonly since?: TimeBound;
  readonly until?: TimeBound;
}

/** `--status`. */
export const statusFlag: FlagUsage = {
  name: "status",
  value: "STATUS",
  suggests: statuses,
  doc: "only these, with commas between them: queued, running, stopped, waiting, completed, failed",
};

/** `--program`. */
export const programFlag: FlagUsage = {
  name: "program",
  value: "FILE",
  doc: "only sessions of this program; its name is enough",
};

/** `--since`. */
export const sinceFlag: FlagUsage = {
  name: "since",
  value: "TIME",
  doc: "only sessions that ran since then: 2d, 3h, 2026-03-01",
};

/** `--until`. */
export const untilFlag: FlagUsage = {
  name: "until",
  value: "TIME",
  doc: "only sessions whose last run began until then",
};

/** Reads the flags of a filter. Throws a usage error. */
export function readFilter({ flags }: Pick<SplitArguments, "flags">): SessionFilter {
  const [status, program] = [flags.get("status"), flags.get("program")];
  const [since, until] = [flags.get("since"), flags.get("until")];
  if (program?.trim() === "") throw usageError("the program's name is empty");
  return {
    ...(status !== undefined && { statuses: readStatuses(status) }),
    ...(program !== undefined && { program }),
    ...(since !== undefined && { since: timeBound("--since", since) }),
    ...(until !== undefined && { until: timeBound("--until", until) }),
  };
}

/** A test of sessions for a filter. `cwd` is for a relative path. */
export function filterOf(
  filter: SessionFilter,
  { nowMs, cwd }: { readonly nowMs: number; readonly cwd: string },
): (session: SessionFile) => boolean {
  const { statuses, program, since, until } = filter;
  const [fromMs, toMs] = [momentMs(since, nowMs) ?? -Infinity, momentMs(until, nowMs, "end") ?? Infinity];
  const isProgram = program === undefined ? () => true : programTest(program, cwd);
  const isAnyTime = since === undefined && until === undefined;
  return (session) => {
    if (statuses && !statuses.includes(session.status)) return false;
    if (!isProgram(session)) return false;
    const ranMs = isAnyTime ? 0 : Date.parse(session.runAt);
    return isAnyTime || ranMs >= fromMs && ranMs < toMs;
  };
}

/** The names of a session's program files. */
export function programNames(session: Pick<SessionFile, "programPaths">): string {
  return session.programPaths.map((path) => basename(path)).join(" ");
}

/** `; did you mean …` for the name of a program that no session has. */
export function nearestProgram(program: string, sessions: readonly SessionFile[]): string {
  const names = new Set(sessions.flatMap(({ programPaths }) => programPaths.map((path) => basename(path))));
  return didYouMean(basename(program), names);
}

/** Reads a count of at least `min`. Throws a usage error. */
export function readCount(flag: string, text: string | undefined, min = 1): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) < min) {
    throw usageError(`${flag} takes a whole number from ${min} on, not ${JSON.stringify(text)}`);
  }
  return Number(text);
}

function readStatuses(text: string): readonly SessionStatus[] {
  const words = text.split(",").map((word) => word.trim().toLowerCase()).filter((word) => word !== "");
  if (words.length === 0) throw usageError(`--status takes one or more of ${statuses.join(", ")}`);
  return words.map((word) => {
    const status = statuses.find((each) => each === word);
    if (status !== undefined) return status;
    throw usageError(
      `--status does not know ${JSON.stringify(word)}${didYouMean(word, statuses)}; it takes ${
        statuses.join(", ")
      }`,
    );
  });
}

function programTest(program: string, cwd: string): (session: SessionFile) => boolean {
  const path = realOrSame(isAbsolute(program) ? program : resolve(cwd, program));
  const isPath = /[/\\]/.test(program);
  const name = program.toLowerCase();
  return ({ programPaths }) =>
    programPaths.some((each) => {
      if (each === path) return true;
      const own = basename(each).toLowerCase();
      return !isPath && (own === name || own.slice(0, -extname(own).length || undefined) === name);
    });
}
