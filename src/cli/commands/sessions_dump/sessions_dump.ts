import { decodeEntry } from "../../../engine/mod.ts";
import { type ExitCode, exitCodes, messageOf } from "../../../errors.ts";
import { tell } from "../../../frontends/tell.ts";
import { writeAll } from "../../../frontends/streams.ts";
import type { CheckedJournal } from "../../../store/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { findAnywhere, storedSessions } from "../../stored_sessions.ts";
import { table } from "../../table.ts";
import type { World } from "../../world.ts";
import { EntryDescriber } from "./entry_describer.ts";

/**
 * `playbooks sessions dump`: prints the journal for people, or its records as JSON. Exit code 6 if it is damaged or missing.
 */
export function sessionsDump(
  command: { readonly session: string; readonly json: boolean; readonly config?: string },
  world: World,
): ExitCode {
  const found = findAnywhere(command.session, storedSessions(command, world), world);
  const { id } = found.session;
  const journal = found.sessions.checkJournal(id);
  writeAll(world.stdout, command.json ? asJsonLines(journal) : asText(journal));
  tell(world.stderr, `${verdict(id, journal)}\n`);
  return journal.present && !journal.damage ? exitCodes.ok : exitCodes.storage;
}

/** Each whole entry, with the values from its blobs. Control characters are written as `\uXXXX`. */
function asJsonLines({ entries }: CheckedJournal): string {
  return entries.map(({ position, crc, entry }) => `${jsonText({ n: position, crc, e: entry })}\n`).join("");
}

function asText({ entries }: CheckedJournal): string {
  const describer = new EntryDescriber();
  const rows = entries.map(({ position, crc, entry: stored }) => {
    const { at, type, who, text } = describedOrRefused(stored, describer);
    return [String(position), at, type, who, `${crc} ok`, text];
  });
  return table(["N", "TIME", "TYPE", "AGENT", "CHECKSUM", "CONTENT"], rows);
}

/** A record with a good checksum may still hold an entry that playbooks never writes. The output says so. */
function describedOrRefused(
  stored: unknown,
  describer: EntryDescriber,
): { readonly at: string; readonly type: string; readonly who: string; readonly text: string } {
  try {
    const entry = decodeEntry(stored);
    return { at: new Date(entry.at).toISOString(), type: entry.type, ...describer.describe(entry) };
  } catch (error) {
    return { at: "", type: "?", who: "", text: `cannot be read: ${messageOf(error)}` };
  }
}

/** The end of the journal, and the reason for it. */
function verdict(id: string, { present, base, last, entries, torn, damage }: CheckedJournal): string {
  if (!present) {
    return `⚠️  The journal of ${id} is missing; playbooks sessions verify ${id} says what is left`;
  }
  const before = base === 0 ? "" : `; entries 1 to ${base} are in a checkpoint alone`;
  const count = `ℹ ${entries.length} entries, all checksums hold${before}`;
  if (damage) {
    return `⚠️  Entry ${damage.position}, at byte ${damage.byteOffset}, ${damage.trouble}; nothing from there on is shown; ` +
      `playbooks sessions verify ${id} says what can be saved`;
  }
  if (torn) {
    return `${count}\nℹ ${torn.bytes} bytes after entry ${last} are torn: they were never acknowledged, and the next ` +
      "resume drops them";
  }
  return count;
}
