import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag } from "../../shared_flags.ts";
import { usageError } from "../../usage_error.ts";

/** `playbooks sessions export`. */
export const sessionsExportCommand = defineCommand({
  name: "sessions export",
  operands: "ID",
  completes: "sessions",
  operandCount: { min: 1, max: 1 },
  summary: "write a session into one file, to keep it or to continue it elsewhere",
  detail:
    `The file has the whole journal, the long values, the messages that wait, and the program's files. Each
line has a hash over all lines before it, so that a change is noticed. Settings (playbooks.toml, .env)
are not in it. A session that runs is exported up to its last durable entry.

With --html the file is a page that shows the session in a browser, without a server: what happened, the
call stacks, the variables, the program. It loads and sends nothing, and cannot be imported.

Without -o, the file is NAME.playbooks (or NAME.html) in the current folder, with the session's name or
the end of its id. Prints the name of the file.`,
  flags: [
    {
      name: "output",
      short: "o",
      value: "FILE",
      doc: "write here, also over an older file; - is standard output",
    },
    { name: "html", doc: "write a page for a browser; it works offline" },
    {
      name: "redact",
      value: "PATTERN",
      repeats: true,
      doc: "put [redacted] for each match of this regular expression; the import can only be read",
    },
    {
      name: "encrypt",
      doc: "encrypt the file with age and a passphrase, from PLAYBOOKS_PASSPHRASE or typed",
    },
    {
      name: "recipient",
      value: "AGE1…",
      repeats: true,
      doc: "encrypt the file for this age recipient, without a passphrase",
    },
    { name: "no-program", doc: "leave out the program's files (the journal still has their text)" },
    configFlag,
  ],
  examples: [
    "playbooks sessions export monday",
    "playbooks sessions export 3f9a01bc -o /backup/shop.playbooks",
    "playbooks sessions export monday --html -o monday.html",
    "playbooks sessions export monday --encrypt",
    "playbooks sessions export monday --redact '[\\w.]+@[\\w.]+' --redact 'sk-\\w+'",
  ],
  read: ({ operands, flags, repeated }) => ({
    session: checkedReference(operands[0]!),
    html: readHtml(flags, repeated),
    ...optional("output", flags.get("output")),
    redact: (repeated.get("redact") ?? []).map(checkedPattern),
    recipients: repeated.get("recipient") ?? [],
    encrypt: flags.has("encrypt") || (repeated.get("recipient") ?? []).length > 0,
    withProgram: !flags.has("no-program"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_export.ts")).sessionsExport,
});

function readHtml(
  flags: ReadonlyMap<string, string>,
  repeated: ReadonlyMap<string, readonly string[]>,
): boolean {
  if (!flags.has("html")) return false;
  if (flags.has("encrypt") || repeated.has("recipient")) {
    throw usageError(
      "--html cannot be encrypted, because a browser must read it; leave out --encrypt and --recipient",
    );
  }
  return true;
}

function checkedPattern(text: string): RegExp {
  let pattern;
  try {
    pattern = new RegExp(text, "gu");
  } catch {
    throw usageError(`--redact ${JSON.stringify(text)} is not a regular expression`);
  }
  if (!"".match(pattern)) return pattern;
  throw usageError(`--redact ${JSON.stringify(text)} matches an empty text, so it would match everywhere`);
}
