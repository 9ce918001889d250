import { defineCommand, optional } from "../../command.ts";
import { programFlag, readCount, readFilter, statusFlag } from "../../session_filter.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";
import { ageMs } from "../../time_bound.ts";
import { usageError } from "../../usage_error.ts";
import type { PruneOptions } from "./options.ts";

/** `playbooks sessions prune`. */
export const sessionsPruneCommand = defineCommand({
  name: "sessions prune",
  operands: "",
  completes: "nothing",
  operandCount: { min: 0, max: 0 },
  summary: "move old sessions to the trash",
  detail: `Prints which sessions would go, and how much space that frees. On a terminal it then asks.
Elsewhere, only --yes moves them.
A session goes only if every given rule agrees. Without a rule, sessions that are older than 30 days go.
Running sessions stay. Stopped and waiting ones stay unless --unfinished is given.
--max-size takes a number with a unit (kB, MB, GB). --trash deletes the trash for ever.`,
  flags: [
    { name: "older-than", value: "AGE", doc: "only sessions whose last run began longer ago: 30d, 12h" },
    { name: "keep", value: "N", doc: "only sessions that are not among the newest N" },
    {
      name: "max-size",
      value: "SIZE",
      doc: "only the oldest ones, until the rest takes at most this",
    },
    statusFlag,
    programFlag,
    { name: "unfinished", doc: "also stopped and waiting sessions" },
    { name: "trash", doc: "empty the trash" },
    { name: "yes", short: "y", doc: "do not ask" },
    jsonFlag,
    configFlag,
  ],
  examples: ["playbooks sessions prune", "playbooks sessions prune --older-than 7d --keep 20 --yes"],
  read: ({ flags }): PruneOptions => {
    const [olderThan, maxSize] = [flags.get("older-than"), flags.get("max-size")];
    const filter = readFilter({ flags });
    const options = {
      ...optional("olderThanMs", olderThan === undefined ? undefined : readAge(olderThan)),
      ...optional("keep", readCount("--keep", flags.get("keep"), 0)),
      ...optional("maxBytes", maxSize === undefined ? undefined : readSize(maxSize)),
    };
    const hasRule = Object.keys(options).length > 0 || filter.statuses !== undefined;
    const hasAny = hasRule || filter.program !== undefined || flags.has("unfinished");
    if (flags.has("trash") && hasAny) throw usageError("--trash takes no other flag than --yes");
    return {
      filter,
      ...hasRule ? options : { olderThanMs: defaultAgeMs },
      unfinished: flags.has("unfinished"),
      trash: flags.has("trash"),
      yes: flags.has("yes"),
      json: flags.has("json"),
      ...optional("config", flags.get("config")),
    };
  },
  load: async () => (await import("./sessions_prune.ts")).sessionsPrune,
});

const defaultAgeMs = 30 * 86_400_000;

function readAge(text: string): number {
  const ms = ageMs(text);
  if (ms !== undefined) return ms;
  throw usageError(`--older-than takes an age such as 12h, 30d or 8w, not ${JSON.stringify(text)}`);
}

function readSize(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)\s*(b|[kmgt]i?b?)$/i.exec(text.trim());
  if (!match) {
    throw usageError(`--max-size takes a size such as 500MB or 1.5GB, not ${JSON.stringify(text)}`);
  }
  const unit = match[2]!.toLowerCase();
  return Math.round(Number(match[1]) * (unit.includes("i") ? 1024 : 1000) ** "bkmgt".indexOf(unit[0]!));
}
