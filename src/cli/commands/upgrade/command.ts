import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../../shared_flags.ts";

/** `playbooks upgrade`. */
export const upgradeCommand = defineCommand({
  name: "upgrade",
  operands: "FILES…",
  completes: "files",
  operandCount: { min: 1, max: Infinity },
  summary: "bring programs of the original Playbooks to this version",
  detail: `Turns Python blocks into TypeScript, and changes the first line, servers in Python and the keys of
playbooks.toml. Prints the changes as a diff, and for each file what changed and what a person must look at.
With --write it changes the files and keeps each as FILE.bak.

Code without a translation stays as a comment, and running that place is an error. The command runs no program
and needs no Python. Exit code 1 if a person must look at something.`,
  flags: [
    { name: "write", doc: "change the files" },
    { name: "no-backup", doc: "with --write: keep no FILE.bak" },
    jsonFlag,
  ],
  examples: ["playbooks upgrade old/*.pb", "playbooks upgrade old/*.pb old/playbooks.toml --write"],
  read: ({ operands, flags }) => ({
    files: operands,
    write: flags.has("write"),
    backup: !flags.has("no-backup"),
    json: flags.has("json"),
  }),
  load: async () => (await import("./upgrade.ts")).upgrade,
});
