import { allowFlags } from "../../allow_flags.ts";
import type { FlagUsage } from "../../command.ts";
import { configFlag, jsonFlag, trustFlag } from "../../shared_flags.ts";

/** The flags of `crash-test`. */
export const crashTestFlags: readonly FlagUsage[] = [
  { name: "model", value: "SPEC", doc: "the model to ask; each run asks it anew" },
  { name: "reply", value: "TEXT", repeats: true, doc: "an answer of the user; once for each, in order" },
  { name: "every", value: "N", doc: "kill at each Nth entry only" },
  ...allowFlags,
  trustFlag,
  jsonFlag,
  configFlag,
];
