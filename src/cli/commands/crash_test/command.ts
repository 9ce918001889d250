import { readAllowFlags } from "../../allow_flags.ts";
import { defineCommand, optional } from "../../command.ts";
import { positiveCount } from "../../positive_count.ts";
import type { CrashTestOptions } from "./crash_test.ts";
import { crashTestFlags } from "./flags.ts";

/** `playbooks crash-test`. */
export const crashTestCommand = defineCommand<CrashTestOptions>({
  name: "crash-test",
  operands: "FILES…",
  completes: "files",
  operandCount: { min: 1, max: Infinity },
  summary: "kill a program at each of its entries, resume it, and compare",
  detail:
    `Runs the program to its end, then again for each entry of its journal: killed there (SIGKILL) and resumed to
the end, in temporary folders, two at a time. Compares words, calls and what they return, model calls and the
final state of each agent. Exit code 1 when anything differs.

Agents that work at the same time may finish in another order after a kill. So a difference is tested with
slower answers to each agent, without a kill. If that makes the same thing differ, it is a race of your
program: the report names it, and it is no fault.

The model is rehearsal, which costs nothing, unless --model names another. Answers of a person come from
--reply, or from standard input, a line each. --<parameter> VALUE after the files gives
a parameter of the program.`,
  flags: crashTestFlags,
  examples: [
    "playbooks crash-test examples/negotiation.pb",
    "playbooks crash-test examples/tax.pb --reply 50000 --every 3",
  ],
  takesParameters: true,
  read: ({ operands, flags, repeated, parameters }) => ({
    files: operands,
    parameters,
    ...optional("model", flags.get("model")),
    replies: repeated.get("reply") ?? [],
    every: positiveCount("--every", flags.get("every") ?? "1"),
    allow: readAllowFlags(flags),
    trust: flags.has("trust"),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./crash_test.ts")).crashTest,
});
