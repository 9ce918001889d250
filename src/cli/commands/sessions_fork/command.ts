import { defineCommand, type FlagUsage, optional } from "../../command.ts";
import { readRunOptions, sharedRunFlags } from "../run/flags.ts";
import { readValueEdit } from "./value_edit.ts";
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
  {
    name: "set",
    value: "NAME=VALUE",
    repeats: true,
    doc: "set state.x, Agent.state.x, local.x or result@N; VALUE is JSON, else a text",
  },
  { name: "run", doc: "resume the new session at once; it takes the flags below" },
  ...sharedRunFlags.filter(({ name }) => flagsOfRun.includes(name)),
];

/** `playbooks sessions fork`. */
export const sessionsForkCommand = defineCommand({
  name: "sessions fork",
  operands: "ID[@N]",
  completes: "sessions",
  operandCount: { min: 1, max: 1 },
  summary: "make a new session from the first entries of another one",
  detail:
    `The new session has the first N entries, or all except the end of the program. The other one stays as it is.
Prints the id of the new session, which runs only when you resume it, or at once with --run.

--set changes a value at that place, and a resume does everything after it anew. result@N is the result of
entry N: of an effect or a call, the answer of a model, or the words of a person; the fork then ends with it.
Code in the middle of a turn sees a new variable when it continues, as if another playbook had written it.`,
  flags: forkFlags,
  examples: [
    "playbooks sessions fork monday@12",
    "playbooks sessions fork monday@12 --set state.price=90",
    "playbooks sessions fork 3f0c91aa --name second-try --run",
  ],
  asksModels: true,
  read: ({ operands, flags, repeated }) => ({
    session: checkedReference(operands[0]!),
    ...optional("name", flags.get("name")),
    set: (repeated.get("set") ?? []).map(readValueEdit),
    run: flags.has("run"),
    options: readRunOptions(flags),
  }),
  load: async () => (await import("./sessions_fork.ts")).sessionsFork,
});
