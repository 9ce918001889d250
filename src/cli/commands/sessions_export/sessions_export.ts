import { resolve } from "@std/path";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import { tell } from "../../../frontends/tell.ts";
import { writeAll, writeBytes } from "../../../frontends/streams.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { type ExportResult, exportSession } from "../../../session/mod.ts";
import { refuseUnreadable, type SessionFile, shortId } from "../../../store/mod.ts";
import { encryptParts } from "../../encryption.ts";
import { passphraseFor } from "../../passphrase.ts";
import { fileNameOf } from "../../file_name.ts";
import { findAnywhere, printNotices, storedSessions } from "../../stored_sessions.ts";
import { usageError } from "../../usage_error.ts";
import type { World } from "../../world.ts";
import { OutputFile } from "./output_file.ts";

interface ExportCommand {
  readonly session: string;
  /** Write a page for a browser. */
  readonly html: boolean;
  readonly output?: string;
  readonly redact: readonly RegExp[];
  readonly withProgram: boolean;
  readonly encrypt: boolean;
  /** Without one, an encrypted file has a passphrase. */
  readonly recipients: readonly string[];
  readonly config?: string;
}

/** `playbooks sessions export`: writes a session into one file, and prints its name. */
export async function sessionsExport(command: ExportCommand, world: World): Promise<ExitCode> {
  const found = await findAnywhere(command.session, storedSessions(command, world), world);
  const { session, sessions } = found;
  if (found.position !== undefined) {
    throw usageError("an export takes the whole session; make a fork at that entry, and export the fork");
  }
  printNotices(sessions, world);
  refuseUnreadable(session);
  if (command.html) return await (await import("./export_page.ts")).exportPage(command, found, world);
  const name = command.output ??
    `${fileNameOf(session.name) ?? shortId(session.id)}.playbooks${command.encrypt ? ".age" : ""}`;
  const lines = await maybeEncrypted(
    exportSession(sessions, session, { ...command, nowMs: world.now() }),
    { ...command, name },
    world,
  );
  if (command.output === "-") {
    if (world.stdout.isTerminal()) throw usageError("-o - needs a pipe or a file behind standard output");
    tellResult(session, await writeLines(lines, (bytes) => writeBytes(world.stdout, bytes)), command, world);
    return exitCodes.ok;
  }
  using file = new OutputFile(resolve(world.cwd, name), { replace: command.output !== undefined });
  const result = await writeLines(lines, (bytes) => file.write(bytes));
  file.place();
  writeAll(world.stdout, `${name}\n`);
  tellResult(session, result, command, world);
  return exitCodes.ok;
}

async function maybeEncrypted(
  lines: ReturnType<typeof exportSession>,
  { encrypt, recipients, name }: Pick<ExportCommand, "encrypt" | "recipients"> & { readonly name: string },
  world: World,
): Promise<ReturnType<typeof exportSession>> {
  if (!encrypt) return lines;
  if (recipients.length > 0) return encryptParts(lines, { recipients });
  return encryptParts(lines, { passphrase: await passphraseFor(name, world, { isNew: true }) });
}

async function writeLines(
  lines: ReturnType<typeof exportSession>,
  write: (bytes: Uint8Array) => void,
): Promise<ExportResult> {
  for (;;) {
    const next = await lines.next();
    if (next.done) return next.value;
    write(next.value);
  }
}

function tellResult(session: SessionFile, result: ExportResult, command: ExportCommand, world: World): void {
  const say = (text: string) => tell(world.stderr, `${text}\n`);
  const { position, files, hash, replaced, kept } = result;
  say(`ℹ Session ${session.id} up to entry ${thousands(position)}; SHA-256 of the chain: ${hash}`);
  if (session.status === "running") {
    say("ℹ The session still runs, and its later entries are not in the file");
  }
  if (session.encrypted && !command.encrypt) {
    say("ℹ The session is encrypted, and the file is not; --encrypt encrypts it");
  }
  if (command.withProgram && files === 0) {
    say(
      "ℹ The program's files cannot be put into another folder, so the import runs their text in the journal",
    );
  }
  if (command.redact.length === 0) return;
  say(`ℹ Removed ${counted(replaced, "match", "matches")}; the import can be read, but not run`);
  if (kept.length > 0) {
    const some = kept.slice(0, maxNames).join(", ") + (kept.length > maxNames ? ", …" : "");
    say(
      `⚠️  These ids and words of the format match and stay, since they hold the entries together: ${some}`,
    );
  }
}

const maxNames = 5;
