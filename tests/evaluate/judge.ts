import { exitCodes } from "../../src/errors.ts";
import type { RunResult } from "../../src/engine/mod.ts";
import type { Expectation } from "./cases.ts";

/** Texts that no program may say: values that are none, and variables that were not filled in. */
const neverSaid: readonly RegExp[] = [
  /\bundefined\b/,
  /\bNaN\b/,
  /\[object \w+\]/,
  /\{\$?[a-z]\w*(?:\.\w+)*\}/,
  /\$\{/,
];

/** What is wrong with a run; empty if it came out as its author meant. */
export function judge(
  { said, result, calls }: {
    readonly said: readonly string[];
    readonly result: RunResult;
    readonly calls: number;
  },
  { said: required, never = [], exit = 0, calls: maxCalls = defaultMaxCalls }: Expectation,
): string[] {
  const text = said.join("\n");
  const faults: string[] = [];
  const code = exitCodeOf(result);
  if (code !== exit) faults.push(`ended with exit code ${code} (${reasonOf(result)}), not ${exit}`);
  for (const each of required) if (!patternOf(each).test(text)) faults.push(`did not say ${each}`);
  for (const pattern of [...never.map(patternOf), ...neverSaid]) {
    const found = pattern.exec(text);
    if (found) faults.push(`said "${found[0]}"`);
  }
  if (calls > maxCalls) faults.push(`took ${calls} model calls, more than ${maxCalls}`);
  return faults;
}

/** The most model calls of a program that says no other number. */
export const defaultMaxCalls = 40;

/** A text between slashes is a regular expression; any other text is searched as it is. Case never counts. */
function patternOf(text: string): RegExp {
  const inner = /^\/(.*)\/$/s.exec(text)?.[1];
  return new RegExp(inner ?? text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
}

/** The exit code that `playbooks run` gives to a result. */
function exitCodeOf({ kind }: RunResult): number {
  return kind === "completed" ? exitCodes.ok : kind === "waiting" ? exitCodes.waiting : exitCodes.failed;
}

function reasonOf(result: RunResult): string {
  if (result.kind === "failed") return result.reason;
  if (result.kind === "waiting") return `waits for ${result.for.join(", ")}`;
  return "message" in result ? result.message : result.kind;
}
