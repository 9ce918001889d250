import { defineCommand } from "../../command.ts";
import { usageError } from "../../usage_error.ts";
import type { InitOptions } from "./init.ts";

/** `playbooks init`. */
export const initCommand = defineCommand<InitOptions>({
  name: "init",
  operands: "[FOLDER]",
  completes: "files",
  operandCount: { min: 0, max: 1 },
  summary: "write a first program, playbooks.toml and .gitignore",
  detail:
    `Without FOLDER: in the current folder. A folder that is missing is made. The program runs at once, without a
model and without a key. No file is overwritten: if the program or playbooks.toml exists, nothing is
written, and the exit code is 2. A .gitignore that exists stays as it is.`,
  flags: [
    { name: "name", value: "NAME", doc: "name of the program: NAME.pb; hello by default" },
  ],
  examples: ["playbooks init", "playbooks init shop --name orders"],
  read: ({ operands, flags }) => ({
    folder: checkedFolder(operands[0] ?? "."),
    name: programName(flags.get("name") ?? "hello"),
  }),
  load: async () => (await import("./init.ts")).init,
});

function checkedFolder(folder: string): string {
  if (folder.trim() === "") {
    throw usageError("the folder of init is empty; leave it out for the current folder");
  }
  return folder;
}

/** The name of a file that every system and every shell can take. Throws a usage error. */
function programName(given: string): string {
  const name = given.replace(/\.pb$/, "");
  const isPlain = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u.test(name) && name.length <= maxNameLength;
  if (isPlain && !reserved.test(name)) return name;
  throw usageError(
    `--name cannot be ${JSON.stringify(given.slice(0, maxNameLength))}; ` +
      `it has at most ${maxNameLength} letters, digits, - and _, as in --name orders`,
  );
}

const maxNameLength = 50;

/** Windows takes these for devices. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
