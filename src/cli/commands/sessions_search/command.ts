import { defineCommand, optional } from "../../command.ts";
import {
  programFlag,
  readCount,
  readFilter,
  sinceFlag,
  statusFlag,
  untilFlag,
} from "../../session_filter.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";
import { usageError } from "../../usage_error.ts";
import { matcherOf } from "./matcher.ts";
import type { SearchOptions } from "./options.ts";

/** `playbooks sessions search`. */
export const sessionsSearchCommand = defineCommand({
  name: "sessions search",
  operands: "TEXT",
  completes: "nothing",
  operandCount: { min: 1, max: Infinity },
  summary: "search the words, variables and artifacts of all sessions",
  detail:
    `Also searches names and programs. Case counts only if TEXT has a capital letter. Prints ID@N, the place from
which playbooks sessions fork can go on. A terminal shows the first 50; --limit 0 shows all. Exit code 6 means
that some session could not be read.`,
  flags: [
    { name: "regex", doc: "TEXT is a regular expression of JavaScript" },
    statusFlag,
    programFlag,
    sinceFlag,
    untilFlag,
    { name: "limit", value: "N", doc: "stop after N matches; 0 for all" },
    jsonFlag,
    configFlag,
  ],
  examples: [
    'playbooks sessions search "too expensive"',
    'playbooks sessions search --regex "order [0-9]+" --since 7d',
  ],
  read: ({ operands, flags }): SearchOptions => {
    // A shell splits words without quotes.
    const text = operands.join(" ");
    if (text.trim() === "") throw usageError("the TEXT to search is empty");
    const regex = flags.has("regex");
    // A wrong expression is reported before anything is read.
    matcherOf({ text, regex });
    return {
      text,
      regex,
      filter: readFilter({ flags }),
      ...optional("limit", readCount("--limit", flags.get("limit"), 0)),
      json: flags.has("json"),
      ...optional("config", flags.get("config")),
    };
  },
  load: async () => (await import("./sessions_search.ts")).sessionsSearch,
});
