import { defineCommand, optional } from "../../command.ts";
import { configFlag, identityFlag } from "../../shared_flags.ts";

/** `playbooks sessions import`. */
export const sessionsImportCommand = defineCommand({
  name: "sessions import",
  operands: "FILE",
  completes: "files",
  operandCount: { min: 1, max: 1 },
  summary: "make a session from an exported file, with a new id",
  detail: `Checks the whole file first; a changed or incomplete one is refused with its place, and nothing is
written. The session goes into the storage of the current folder, with the same journal and a new id. If
the program's files are not here with the same text, they are written into a new folder with the
session's name, and no file is replaced.

The session comes from elsewhere: when you resume it, it gets the permissions of your settings only after
you trusted it. Prints the new id.`,
  flags: [
    { name: "as", value: "NAME", doc: "give the session this name" },
    { name: "into", value: "FOLDER", doc: "write the program's files into this folder" },
    identityFlag,
    configFlag,
  ],
  examples: [
    "playbooks sessions import monday.playbooks",
    "playbooks sessions import shop.playbooks --as tuesday --into work",
  ],
  read: ({ operands, flags }) => ({
    file: operands[0]!,
    ...optional("as", flags.get("as")),
    ...optional("into", flags.get("into")),
    ...optional("identity", flags.get("identity")),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_import.ts")).sessionsImport,
});
