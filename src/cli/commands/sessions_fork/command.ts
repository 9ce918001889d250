import { defineCommand, type FlagUsage, optional } from "../../command.ts";
import { readRunOptions, sharedRunFlags } from "../run/flags.ts";
import { checkedReference } from "../../session_reference.ts";

/** Flags of the run that `--run` begins. */
const flagsOfRun: readonly string[] = [
  "model",
  "message",
  "on-uncertain",
  "verbose",
  "quiet",
  "json",
  "non-interactive",
  "trust",
  "config",
];

const forkFlags: readonly FlagUsage[] = [
  { name: "name", value: "NAME", doc: "name the new session, to find it by" },
  { name: "run", doc: "resume the new session at once; it takes the flags below" },
  ...sharedRunFlags.filter(({ name }) => flagsOfRun.includes(name)),
];

/** `playbooks sessions fork`. */
export const sessionsForkCommand = defineCommand({
  name: "sessions fork",
  operands: "ID[@N]",
  completes: "nothing",
  operandCount: { min: 1, max: 1 },
  summary: "make a new session from the first entries of another one",
  detail:
    `The new session has the first N entries, or all except the end of the program. The other one stays as it is.
Prints the id of the new session. Nothing runs before it is resumed.`,
  flags: forkFlags,
  examples: ["playbooks sessions fork monday@12", "playbooks sessions fork 3f0c91aa --name second-try --run"],
  asksModels: true,
  read: ({ operands, flags }) => ({
    session: checkedReference(operands[0]!),
    ...optional("name", flags.get("name")),
    run: flags.has("run"),
    options: readRunOptions(flags),
  }),
  load: async () => (await import("./sessions_fork.ts")).sessionsFork,
});
