import { Buffer } from "node:buffer";
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
  const fs = { ...realFileSystem(), replace: writeFast, syncFolder: () => {} };
  const summary: SessionFile = JSON.parse(Deno.readTextFileSync(`${storage}/${id}/session.json`));
  const entries = Deno.readTextFileSync(`${storage}/${id}/journal.jsonl`).split("\n").filter((line) =>
    line !== ""
  )
    .map((line) => JSON.stringify(JSON.parse(line).e));
  const createdMs = Date.parse(summary.createdAt);
  for (let index = 0; index < count; index++) {
    const copy = copyId(createdMs - index * 60_000, index);
    const folder = `${storage}/${copy}`;
    Deno.mkdirSync(folder, { mode: 0o700 });
    const lines = entries.map((json, at) => encodeRecord(at + 1, JSON.parse(json.replaceAll(id, copy))));
    writeFast(`${folder}/journal.jsonl`, Buffer.concat(lines));
    const runAt = new Date(createdMs - index * 60_000).toISOString();
    const key = index.toString(16).padStart(16, "0");
    const { crc: _, playbooks: __, ...file } = summary as SessionFile & Record<"crc" | "playbooks", string>;
    writeSessionFile(fs, folder, { ...file, id: copy, key, runAt, createdAt: runAt, updatedAt: runAt });
  }
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
