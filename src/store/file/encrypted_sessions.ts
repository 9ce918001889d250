import type { SessionFile } from "../session_summary.ts";
import type { FileSystem } from "./file_system.ts";
import { firstRecord } from "./recover.ts";
import { type EnvelopeHead, envelopeHead } from "./sealed_codec.ts";
import { damagedSessionFile } from "./session_file.ts";
import type { Vault } from "./vault.ts";

/** The summary of a session whose file is missing or damaged. Its journal shows whether it is encrypted. */
export function summaryWithoutFile(
  fs: FileSystem,
  folder: string,
  { id, vault }: { readonly id: string; readonly vault: Vault },
): SessionFile {
  const damaged = damagedSessionFile(id);
  const first = firstRecord(fs, folder);
  if (first === undefined || !envelopeHead(first)) return damaged;
  const locked = vault.noteSealed(id, first);
  return { ...damaged, encrypted: true, ...(locked === undefined ? {} : { locked }) };
}

/** The salt of an encrypted session among these. */
export function headAmong(
  fs: FileSystem,
  sessions: readonly SessionFile[],
  folderOf: (id: string) => string,
): EnvelopeHead | undefined {
  for (const { id, encrypted } of sessions) {
    const first = encrypted ? firstRecord(fs, folderOf(id)) : undefined;
    const head = first === undefined ? undefined : envelopeHead(first);
    if (head) return head;
  }
  return undefined;
}
