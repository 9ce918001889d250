import type { Entry } from "../../src/engine/mod.ts";
import { thousands } from "../../src/frontends/thousands.ts";
import { returnsOf, type StackedCall } from "./demo_journal.ts";
import type { Ran, Words } from "../../src/cli/playbooks_process.ts";

/** The records of the demo's three processes. */
export interface Seen {
  readonly uninterrupted: Ran;
  readonly killed: Ran;
  readonly resumed: Ran;
  /** Calls on the stack when the kill came. */
  readonly stack: readonly StackedCall[];
  readonly journals: {
    readonly uninterrupted: readonly Entry[];
    /** The session at the kill. */
    readonly killed: readonly Entry[];
    /** The same session, after the resume. */
    readonly resumed: readonly Entry[];
  };
}

/** The comparison of the uninterrupted run with the other one. */
export interface Comparison {
  /** Words in order. A side without a word has `undefined`. One row is the kill. */
  readonly words: readonly WordsRow[];
  /** Rows of name, uninterrupted, killed and resumed. */
  readonly counts: readonly CountRow[];
  /** Each call of the stack, with its result after the resume if it returned. */
  readonly returns: readonly { readonly call: StackedCall; readonly value: string | undefined }[];
  /** Broken promises; empty if all hold. */
  readonly faults: readonly string[];
}

/** Two columns of words, or the place of the kill. */
type WordsRow = "kill" | { readonly left: string; readonly right: string };

/** A count on both sides, in words. */
interface CountRow {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly same: boolean;
}

/** Compares the run without a kill with the run that was killed and resumed. */
export function compareRuns(seen: Seen): Comparison {
  const { uninterrupted, killed, resumed } = seen;
  const right = [...killed.said, ...resumed.said];
  const after = returnsOf(seen.journals.resumed.slice(seen.journals.killed.length));
  const counts = [
    countRow("messages to the user", seen, (ran) => ran.said.length),
    countRow("model calls", seen, (ran) => ran.modelCalls),
    countRow("tokens", seen, (ran) => ran.tokens),
    countRow("dollars", seen, (ran) => ran.costUsd),
  ];
  return {
    words: [
      ...pairs(uninterrupted.said.slice(0, killed.said.length), killed.said),
      "kill",
      ...pairs(uninterrupted.said.slice(killed.said.length), resumed.said),
    ],
    counts,
    returns: seen.stack.map((call) => ({
      call,
      value: after.find((each) => each.frame === call.frame)?.value,
    })),
    faults: [
      ...endFaults(seen),
      ...sameList(uninterrupted.said.map(textOf), right.map(textOf))
        ? []
        : ["The user was not told the same words"],
      ...counts.filter((row) => !row.same).map((row) =>
        `Not the same ${row.name}: ${row.left}, ${row.right}`
      ),
      ...returnFaults(seen, after),
      ...sameList(seen.journals.killed, seen.journals.resumed.slice(0, seen.journals.killed.length))
        ? []
        : ["The resume changed what had been journaled before the kill"],
    ],
  };
}

/** How a message is shown. */
export function textOf({ klass, text }: Words): string {
  return `${klass}: ${text}`;
}

function pairs(left: readonly Words[], right: readonly Words[]): WordsRow[] {
  const side = (words: Words | undefined) => words === undefined ? "" : textOf(words);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => ({
    left: side(left[row]),
    right: side(right[row]),
  }));
}

function countRow(
  name: string,
  { uninterrupted, killed, resumed }: Seen,
  count: (ran: Ran) => number,
): CountRow {
  const [whole, before, after] = [count(uninterrupted), count(killed), count(resumed)];
  return {
    name,
    left: thousands(whole),
    right: before + after === 0
      ? "0"
      : `${thousands(before)} + ${thousands(after)} = ${thousands(before + after)}`,
    same: whole === before + after,
  };
}

function endFaults({ uninterrupted, killed, resumed, stack }: Seen): string[] {
  const faults: string[] = [];
  if (uninterrupted.exit !== 0) faults.push(`The uninterrupted run ended ${how(uninterrupted)}`);
  // Windows has no signals: a killed process has exit code 1.
  if (killed.signal !== "SIGKILL" && (Deno.build.os !== "windows" || killed.exit !== 1)) {
    faults.push(`The second run ended before the kill, ${how(killed)}`);
  } else if (!stack.some((call) => call.depth > 0)) {
    faults.push("The kill came when no calls were nested");
  }
  if (resumed.exit !== 0) faults.push(`The resumed run ended ${how(resumed)}`);
  return faults;
}

function how({ exit, stderr }: Ran): string {
  return `with exit code ${exit}, and said: ${stderr.trim().split("\n").at(-1)}`;
}

function returnFaults({ stack, journals }: Seen, after: ReturnType<typeof returnsOf>): string[] {
  const whole = returnsOf(journals.uninterrupted);
  const both = returnsOf(journals.resumed);
  const faults = stack.flatMap(({ frame, agent, call }) => {
    const times = after.filter((each) => each.frame === frame).length;
    return times === 1 ? [] : [`${agent} ${call} returned ${times} times after the resume, not once`];
  });
  return sameList(whole, both) ? faults : [...faults, "The calls did not return the same values"];
}

function sameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
