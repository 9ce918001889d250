import { encodeRecord } from "../../src/store/file/record.ts";
import { realFileSystem } from "../../src/store/file/real_file_system.ts";
import { writeSessionFile } from "../../src/store/file/session_file.ts";
import type { SessionFile } from "../../src/store/mod.ts";

/**
 * Copies a stored session `count` times in its storage, with other ids, keys and times. For measurements of large storages:
 *
 *     deno run -A tests/support/many_sessions.ts STORAGE COUNT
 */
export function copySession(storage: string, id: string, count: number): void {
  for (let index = 0; index < count; index++) writeCopy(storage, copyOf(storage, id, index));
}

/** A session that is not stored yet: its summary, and the lines of its journal. */
interface SessionCopy {
  readonly file: SessionFile;
  readonly lines: readonly string[];
}

const originals = new Map<string, { readonly summary: SessionFile; readonly entries: readonly string[] }>();

/** The copy of a stored session with a number. */
export function copyOf(storage: string, id: string, index: number): SessionCopy {
  const { summary, entries } = original(storage, id);
  const createdMs = Date.parse(summary.createdAt) - index * 60_000;
  const copy = copyId(createdMs, index);
  const lines = entries.map((json, at) =>
    new TextDecoder().decode(encodeRecord(at + 1, JSON.parse(json.replaceAll(id, copy)))).trimEnd()
  );
  const runAt = new Date(createdMs).toISOString();
  const key = index.toString(16).padStart(16, "0");
  const { crc: _, playbooks: __, ...file } = summary as SessionFile & Record<"crc" | "playbooks", string>;
  return { file: { ...file, id: copy, key, runAt, createdAt: runAt, updatedAt: runAt }, lines };
}

/** Stores a copy in a storage. */
export function writeCopy(storage: string, { file, lines }: SessionCopy): void {
  const fs = { ...realFileSystem(), replace: writeFast, syncFolder: () => {} };
  const folder = `${storage}/${file.id}`;
  Deno.mkdirSync(folder, { mode: 0o700 });
  writeFast(`${folder}/journal.jsonl`, new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
  writeSessionFile(fs, folder, file);
}

function original(storage: string, id: string) {
  const known = originals.get(`${storage}/${id}`);
  if (known) return known;
  const summary: SessionFile = JSON.parse(Deno.readTextFileSync(`${storage}/${id}/session.json`));
  const entries = Deno.readTextFileSync(`${storage}/${id}/journal.jsonl`).split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.stringify(JSON.parse(line).e));
  const read = { summary, entries };
  originals.set(`${storage}/${id}`, read);
  return read;
}

function copyId(createdMs: number, index: number): string {
  const time = createdMs.toString(16).padStart(12, "0");
  const end = index.toString(16).padStart(12, "0").split("").reverse().join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${end}`;
}

/** A measurement needs no durable files. */
function writeFast(path: string, bytes: Uint8Array): void {
  Deno.writeFileSync(path, bytes, { mode: 0o600 });
}

if (import.meta.main) {
  const [storage, count] = Deno.args;
  const [session] = [...Deno.readDirSync(storage!)].filter(({ name }) => /^[0-9a-f-]{36}$/.test(name));
  copySession(storage!, session!.name, Number(count));
}
