import type { FlagUsage } from "./command.ts";

/** `--json` of a command that prints a report. */
export const jsonFlag: FlagUsage = { name: "json", doc: "print JSON, for scripts" };

/** `--config`. */
export const configFlag: FlagUsage = {
  name: "config",
  value: "FILE",
  doc: "use this playbooks.toml, not the nearest one upward; /dev/null for none",
};

/** `--identity`. */
export const identityFlag: FlagUsage = {
  name: "identity",
  value: "FILE",
  doc: "a file with your age key (AGE-SECRET-KEY-…), for a file that is encrypted for recipients",
};

/** `--model` of a command that runs no program. */
export const modelFlag: FlagUsage = {
  name: "model",
  value: "SPEC",
  doc: "show what run would use with this flag",
};

/** `--trust`. */
export const trustFlag: FlagUsage = {
  name: "trust",
  doc: "trust the folder's settings for this run; see playbooks trust --help",
};

/** Flags that may stand before any command. `--help` may also follow it. */
export const globalFlags: readonly FlagUsage[] = [
  { name: "help", short: "h", doc: "print this help, or that of a command" },
  { name: "version", short: "V", doc: "print the version" },
];
