import { defineCommand, type FlagUsage, optional, type SplitArguments } from "../../command.ts";
import {
  programFlag,
  readCount,
  readFilter,
  sinceFlag,
  statusFlag,
  untilFlag,
} from "../../session_filter.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";
import { type ListOptions, sortOrders } from "./options.ts";

/** Flags of the list, and of the picker. */
export const listFlags: readonly FlagUsage[] = [
  statusFlag,
  programFlag,
  sinceFlag,
  untilFlag,
  { name: "limit", value: "N", doc: "print at most N sessions; 0 for all" },
  {
    name: "sort",
    value: "ORDER",
    choices: sortOrders,
    doc: "sort by one of these, age by default",
  },
  jsonFlag,
  configFlag,
];

/** `playbooks sessions list`. */
export const sessionsListCommand = defineCommand({
  name: "sessions list",
  operands: "[TEXT]",
  completes: "nothing",
  operandCount: { min: 0, max: 1 },
  summary: "list the sessions, newest first",
  detail: `With TEXT: only sessions whose name, id or program has it.
A terminal shows the newest 50; --limit 0 shows all.
Without a terminal, playbooks sessions means the same.`,
  flags: listFlags,
  examples: [
    "playbooks sessions list",
    "playbooks sessions list --status stopped,waiting --since 2d",
    "playbooks sessions list --json",
  ],
  read: readListOptions,
  load: async () => (await import("./sessions_list.ts")).sessionsList,
});

/** Reads the options of the list, and of the picker. Throws a usage error. */
export function readListOptions(
  { operands, flags }: Pick<SplitArguments, "operands" | "flags">,
): ListOptions {
  const filter = readFilter({ flags });
  return {
    json: flags.has("json"),
    ...optional("text", operands[0]),
    ...(Object.keys(filter).length > 0 && { filter }),
    ...optional("limit", readCount("--limit", flags.get("limit"), 0)),
    ...optional("sort", sortOrders.find((order) => order === flags.get("sort"))),
    ...optional("config", flags.get("config")),
  };
}
