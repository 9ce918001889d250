import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";

/** `playbooks sessions diff`. */
export const sessionsDiffCommand = defineCommand({
  name: "sessions diff",
  operands: "A B",
  completes: "sessions",
  operandCount: { min: 2, max: 2 },
  summary: "compare two sessions, or two moments of one",
  detail:
    `A and B are sessions, each perhaps with @N: as it was after its first N entries. Says where they part, and how
their variables, stacks, results, words and costs differ. Terminals of 120 columns show them side by side.`,
  flags: [jsonFlag, configFlag],
  examples: ["playbooks sessions diff 3f0c91aa 77be02d1", "playbooks sessions diff monday@3 monday@9 --json"],
  read: ({ operands, flags }) => ({
    a: checkedReference(operands[0]!),
    b: checkedReference(operands[1]!),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_diff.ts")).sessionsDiff,
});
