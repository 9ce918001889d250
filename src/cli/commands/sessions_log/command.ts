import { defineCommand, optional } from "../../command.ts";
import { positiveCount } from "../../positive_count.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag } from "../../shared_flags.ts";
import { usageError } from "../../usage_error.ts";

/** `playbooks sessions log`. */
export const sessionsLogCommand = defineCommand({
  name: "sessions log",
  operands: "ID[@N]",
  completes: "sessions",
  operandCount: { min: 1, max: 1 },
  summary: "tell the story of a session: turns, steps, effects, words",
  detail: `The number before a line is its position N: ID@N is the session right after it, for example for
playbooks resume ID@N --fork. Times are local. Long values are shortened; --full shows them whole.
On a terminal, a long story goes through $PAGER, else less.`,
  flags: [
    { name: "agent", value: "AGENT", doc: "only what concerns this agent, by its id or its class" },
    { name: "by-agent", doc: "one agent after the other, not in the order of time" },
    { name: "turns", value: "N", doc: "only the last N turns, and all after them" },
    { name: "tail", value: "N", doc: "only the last N items" },
    { name: "words", doc: "only words and messages" },
    { name: "code", doc: "with the code of each turn" },
    { name: "full", doc: "shorten nothing" },
    { name: "follow", short: "f", doc: "go on while another process runs the session" },
    { name: "json", doc: "print one JSON object an item, with whole values" },
    { name: "no-pager", doc: "write to the terminal directly" },
    configFlag,
  ],
  examples: ["playbooks sessions log 0199", "playbooks sessions log monday --words --follow"],
  read: ({ operands, flags }) => {
    for (const [one, other] of [["turns", "tail"], ["by-agent", "follow"], ["by-agent", "json"]] as const) {
      if (flags.has(one) && flags.has(other)) throw usageError(`--${one} and --${other} exclude each other`);
    }
    return {
      session: checkedReference(operands[0]!),
      byAgent: flags.has("by-agent"),
      words: flags.has("words"),
      code: flags.has("code"),
      full: flags.has("full"),
      follow: flags.has("follow"),
      json: flags.has("json"),
      isPaged: !flags.has("no-pager"),
      ...optional("agent", flags.get("agent")),
      ...optional("turns", countOf("turns", flags)),
      ...optional("tail", countOf("tail", flags)),
      ...optional("config", flags.get("config")),
    };
  },
  load: async () => (await import("./sessions_log.ts")).sessionsLog,
});

function countOf(flag: string, flags: ReadonlyMap<string, string>): number | undefined {
  const text = flags.get(flag);
  return text === undefined ? undefined : positiveCount(`--${flag}`, text);
}
