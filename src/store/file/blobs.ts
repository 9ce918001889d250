import { assert } from "@std/assert";
import { createHash } from "node:crypto";
import type { FileSystem } from "./file_system.ts";
import { GrowingList } from "../growing_list.ts";
import { BlobError } from "../storage_error.ts";

/** Strings longer than this (in UTF-16 units) live once in `blobs/`: what is shorter costs less inline than as a file. */
export const maxInlineLength = 64 * 1024;

/**
 * Keeps long strings by content, in files `blobs/<SHA-256 in hex>` of a session's folder.
 *
 * In JSON a reference to one stands as `{"$blob":"<hash>","length":<UTF-16 units>}`; an object's own key `$blob` is
 * written `$$blob`, `$$blob` is written `$$$blob`, and so on. What is no Unicode text (a lone surrogate) stays inline.
 *
 * A long list that grows stands as `{"$blob":["<hash>",…],"items":[…]}`: blobs that hold lists in JSON, packed as this
 * is, one behind the other, and the items behind those.
 */
export class BlobStore {
  readonly #fs: FileSystem;
  readonly #session: string;
  readonly #folder: string;
  readonly #durable = new Set<string>();
  /** Long lists of the last state that was packed or read, and of the one before it. */
  #lists: KnownList[] = [];
  #earlierLists: readonly KnownList[] = [];
  #bytesWritten = 0;
  #bytes = 0;

  constructor(fs: FileSystem, sessionFolder: string) {
    this.#fs = fs;
    this.#session = sessionFolder;
    this.#folder = `${sessionFolder}/blobs`;
  }

  /** Bytes of all blobs; 0 as long as this process has written none, since to look at them all takes its time. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that this process has written into blobs. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** JSON of a plain value without its long strings, once these are durable; throws what the file system throws. */
  pack(value: unknown, json = jsonOf(value)): string {
    const isWhole = !json.includes(reservedKeyEnd) &&
      (json.length <= maxInlineLength || !hasLongString(value));
    return isWhole ? json : JSON.stringify(this.#pack(value));
  }

  /** As `pack`, of a checkpoint's state: its growing lists share blobs with those of the state before. */
  packState(state: unknown, json?: string): string {
    this.#earlierLists = this.#lists;
    this.#lists = [];
    return this.pack(state, json);
  }

  /** The value of such JSON, whole again; throws `BlobError` when a blob is missing or not what its name says. */
  unpack(json: string): unknown {
    const value: unknown = JSON.parse(json);
    return json.includes(reservedKeyEnd) ? this.#unpack(value) : value;
  }

  /** Whether the file of this name is there and holds what the name says. */
  isWhole(name: string): boolean {
    const bytes = hashPattern.test(name) ? this.#fs.read(`${this.#folder}/${name}`) : undefined;
    return bytes !== undefined && sha256(bytes) === name;
  }

  #pack(value: unknown): unknown {
    if (typeof value === "string") {
      if (value.length <= maxInlineLength || !value.isWellFormed()) return value;
      return { $blob: this.#put(value), length: value.length };
    }
    if (Array.isArray(value)) return value.map((item) => this.#pack(item));
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof GrowingList) return this.#packList(value.items);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [reservedKey.test(key) ? `$${key}` : key, this.#pack(item)]),
    );
  }

  #unpack(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#unpack(item));
    if (typeof value !== "object" || value === null) return value;
    if ("$blob" in value) {
      const { $blob: names, items } = value as {
        readonly $blob: unknown;
        readonly items?: readonly unknown[];
      };
      return Array.isArray(names) ? this.#unpackList(names, items ?? []) : this.#get(String(names));
    }
    return Object.fromEntries(
      Object.entries(value).map((
        [key, item],
      ) => [reservedKey.test(key) ? key.slice(1) : key, this.#unpack(item)]),
    );
  }

  /** A chunk of the list is written once it is so long, and so large a part of the list, that few are ever needed. */
  #packList(items: readonly unknown[]): unknown {
    const known = this.#knownChunks(items);
    const { chunks } = known;
    let rest = items.slice(chunks.at(-1)?.end ?? 0);
    if (!known.isStartOfLonger && rest.length > 0) {
      const text = this.pack(rest);
      if (text.length > Math.max(maxInlineLength, known.length / maxChunksPerDoubling)) {
        chunks.push({ name: this.#put(text), end: items.length });
        known.length += text.length;
        rest = [];
      }
    }
    const packed = rest.map((item) => this.#pack(item));
    if (chunks.length === 0) return packed;
    this.#lists.push({ items, chunks, length: known.length });
    return { $blob: chunks.map(({ name }) => name), items: packed };
  }

  /** The chunks of an earlier list with which this one begins. */
  #knownChunks(items: readonly unknown[]) {
    let best: { chunks: Chunk[]; length: number; isStartOfLonger: boolean } = {
      chunks: [],
      length: 0,
      isStartOfLonger: false,
    };
    for (const list of [...this.#lists, ...this.#earlierLists]) {
      const chunks = commonChunks(list, items);
      if (chunks.length === 0 || chunks.at(-1)!.end <= (best.chunks.at(-1)?.end ?? 0)) continue;
      const next = list.chunks[chunks.length];
      best = { chunks, length: list.length, isStartOfLonger: next !== undefined && next.end > items.length };
    }
    return best;
  }

  #unpackList(names: readonly unknown[], rest: readonly unknown[]): unknown[] {
    const items: unknown[] = [];
    const chunks: Chunk[] = [];
    let length = 0;
    for (const name of names.map(String)) {
      const text = this.#get(name);
      for (const item of this.unpack(text) as readonly unknown[]) items.push(item);
      length += text.length;
      chunks.push({ name, end: items.length });
    }
    for (const item of rest) items.push(this.#unpack(item));
    this.#lists.push({ items, chunks, length });
    return items;
  }

  #put(text: string): string {
    const bytes = new TextEncoder().encode(text);
    const hash = sha256(bytes);
    if (this.#durable.has(hash)) return hash;
    const path = `${this.#folder}/${hash}`;
    const present = this.#fs.read(path);
    if (present !== undefined && sha256(present) === hash) {
      // Whoever wrote it may have died before it was synced.
      using file = this.#fs.open(path, { create: false });
      file.sync();
    } else {
      this.#fs.makeFolder(this.#folder);
      this.#fs.syncFolder(this.#session);
      this.#fs.replace(path, bytes);
      this.#bytes = this.#bytesWritten === 0 ? this.#sizeOfAll() : this.#bytes + bytes.length;
      this.#bytesWritten += bytes.length;
    }
    this.#fs.syncFolder(this.#folder);
    this.#durable.add(hash);
    return hash;
  }

  #sizeOfAll(): number {
    let bytes = 0;
    for (const name of this.#fs.list(this.#folder)) {
      using file = this.#fs.open(`${this.#folder}/${name}`, { create: false });
      bytes += file.size();
    }
    return bytes;
  }

  #get(hash: string): string {
    const path = `${this.#folder}/${hash}`;
    const bytes = hashPattern.test(hash) ? this.#fs.read(path) : undefined;
    if (bytes !== undefined && sha256(bytes) === hash) {
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    }
    throw new BlobError(path, bytes === undefined ? "missing" : "damaged");
  }
}

/** SHA-256 of some parts behind one another, as 64 hexadecimal digits. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** The first items of a list, up to number `end`, in a blob. */
interface Chunk {
  readonly name: string;
  readonly end: number;
}

/** A list, and the chunks that hold its first items. */
interface KnownList {
  readonly items: readonly unknown[];
  readonly chunks: readonly Chunk[];
  /** UTF-16 units of all chunks. */
  readonly length: number;
}

/** The chunks of a known list that hold the first items of this one as well. */
function commonChunks(known: KnownList, items: readonly unknown[]): Chunk[] {
  const chunks: Chunk[] = [];
  let index = 0;
  for (const chunk of known.chunks) {
    if (chunk.end > items.length) break;
    if (known.items === items) index = chunk.end;
    while (index < chunk.end && known.items[index] === items[index]) index++;
    if (index < chunk.end) break;
    chunks.push(chunk);
  }
  return chunks;
}

/**
 * A chunk takes at least this part of a list. So a list has about 90 chunks for each time that it doubles, not one for
 * each checkpoint, and few items are behind the last chunk, where each checkpoint holds them.
 */
const maxChunksPerDoubling = 128;

const reservedKey = /^\$+blob$/;
/** How any of the reserved keys ends in JSON. */
const reservedKeyEnd = '$blob"';
const hashPattern = /^[0-9a-f]{64}$/;

function hasLongString(value: unknown): boolean {
  if (typeof value === "string") return value.length > maxInlineLength;
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof GrowingList) return true;
  for (const key in value) {
    if (Object.hasOwn(value, key) && hasLongString((value as { readonly [key: string]: unknown })[key])) {
      return true;
    }
  }
  return false;
}

/** JSON of an entry or a state; that there is one is for the caller to know. */
export function jsonOf(value: unknown): string {
  const json = JSON.stringify(value);
  assert(json !== undefined, "What is kept must be JSON");
  return json;
}
