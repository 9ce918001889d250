import { decodeEntry } from "../../../engine/mod.ts";
import { type ExitCode, exitCodes, messageOf } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import { tell } from "../../../frontends/tell.ts";
import { writeAll } from "../../../frontends/streams.ts";
import type { CheckedJournal } from "../../../store/mod.ts";
import { cutText, jsonText } from "../../../text/mod.ts";
import { version } from "../../../version.ts";
import { findWhole, storedSessions } from "../../stored_sessions.ts";
import { table } from "../../table.ts";
import type { World } from "../../world.ts";
import { EntryDescriber } from "./entry_describer.ts";

/**
 * `playbooks sessions dump`: prints the journal for people, or its records as JSON. Exit code 6 if it is damaged or missing.
 */
export async function sessionsDump(
  command: { readonly session: string; readonly json: boolean; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const found = await findWhole(command.session, storedSessions(command, world), world);
  const { id } = found.session;
  const journal = await found.sessions.checkJournal(id);
  const { text, unread } = command.json ? { text: asJsonLines(journal), unread: [] } : asText(journal);
  writeAll(world.stdout, text);
  tell(world.stderr, `${verdict(id, journal)}\n`);
  const [first] = unread;
  if (first !== undefined) {
    const more = unread.length > 1 ? `, like ${unread.length - 1} others` : "";
    tell(
      world.stderr,
      `⚠️  Entry ${first}${more} has a content that playbooks ${version} does not write; --json shows it whole\n`,
    );
  }
  return journal.present && !journal.damage && first === undefined ? exitCodes.ok : exitCodes.storage;
}

/** Each whole entry, with the values from its blobs. Control characters are written as `\uXXXX`. */
function asJsonLines({ entries }: CheckedJournal): string {
  return entries.map(({ position, crc, entry }) => `${jsonText({ n: position, crc, e: entry })}\n`).join("");
}

/** The table, and the positions of the entries that cannot be described. */
function asText(
  { entries }: CheckedJournal,
): { readonly text: string; readonly unread: readonly number[] } {
  const describer = new EntryDescriber();
  const unread: number[] = [];
  const rows = entries.map(({ position, crc, entry: stored }) => {
    const { at, type, who, text, isUnread } = describedOrRefused(stored, describer);
    if (isUnread) unread.push(position);
    return [String(position), at, type, who, `${crc} ok`, text];
  });
  return { text: table(["N", "TIME", "TYPE", "AGENT", "CHECKSUM", "CONTENT"], rows), unread };
}

/** A record with a good checksum may still hold an entry that playbooks never writes. The output says so. */
function describedOrRefused(stored: unknown, describer: EntryDescriber): EntryRow {
  try {
    const entry = decodeEntry(stored);
    const { type, at } = entry;
    const { who, text } = describer.describe(entry);
    if ([type, who, text].every((cell) => typeof cell === "string")) {
      return { at: new Date(at).toISOString(), type, who, text };
    }
    return refused(`the content of an entry of type ${JSON.stringify(type)} is unknown`);
  } catch (error) {
    return refused(messageOf(error));
  }
}

function refused(why: string): EntryRow {
  return {
    at: "",
    type: "?",
    who: "",
    text: `cannot be read: ${cutText(why, { maxCharacters: 200 })}`,
    isUnread: true,
  };
}

interface EntryRow {
  readonly at: string;
  readonly type: string;
  readonly who: string;
  readonly text: string;
  readonly isUnread?: true;
}

/** The end of the journal, and the reason for it. */
function verdict(id: string, { present, base, last, entries, torn, damage }: CheckedJournal): string {
  if (!present) {
    return `⚠️  The journal of ${id} is missing; playbooks sessions verify ${id} says what is left`;
  }
  const before = base === 0 ? "" : `; entries 1 to ${base} are in a checkpoint alone`;
  const count = `ℹ ${counted(entries.length, "entry", "entries")}, all checksums hold${before}`;
  if (damage) {
    const place = damage.byteOffset === undefined ? "" : `, at byte ${damage.byteOffset},`;
    return `⚠️  Entry ${damage.position}${place} ${damage.trouble}; nothing from there on is shown; ` +
      `playbooks sessions verify ${id} says what can be saved`;
  }
  if (torn) {
    return `${count}\nℹ ${torn.bytes} bytes after entry ${last} are torn: they were never acknowledged, and the next ` +
      "resume drops them";
  }
  return count;
}
