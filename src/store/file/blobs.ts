import { assert } from "@std/assert";
import { type Codec, plainCodec } from "./codec.ts";
import type { FileSystem } from "./file_system.ts";
import { GrowingList } from "../growing_list.ts";
import { maxInlineLength, packValue, reservedKeyEnd, unpackValue } from "../packed_value.ts";
import { BlobError } from "../storage_error.ts";

/**
 * Keeps long strings by content, in files `blobs/<SHA-256 in hex>` of a session's folder. Entries and states refer to
 * them as packed_value.ts says. In an encrypted session the name is an HMAC-SHA-256, and the file is encrypted.
 *
 * A long list that grows is written `{"$blob":["<hash>",…],"items":[…]}`. Each blob holds a part of the list, packed in
 * the same way. `items` holds the part after the blobs.
 */
export class BlobStore {
  readonly codec: Codec;
  readonly #fs: FileSystem;
  readonly #session: string;
  readonly #folder: string;
  readonly #durable = new Set<string>();
  /** Long lists of the last state that was packed or read, and of the state before it. */
  #lists: KnownList[] = [];
  #earlierLists: readonly KnownList[] = [];
  #bytesWritten = 0;
  #bytes = 0;

  constructor(fs: FileSystem, sessionFolder: string, codec = plainCodec) {
    this.#fs = fs;
    this.codec = codec;
    this.#session = sessionFolder;
    this.#folder = `${sessionFolder}/blobs`;
  }

  /** Bytes of all blobs. It is 0 until this process writes one, because reading all sizes takes time. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that this process has written into blobs. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Makes the long strings of a value durable, and returns JSON without them. Throws the file system's errors. */
  pack(value: unknown, json = jsonOf(value)): string {
    const isWhole = !json.includes(reservedKeyEnd) &&
      (json.length <= maxInlineLength || !hasLongString(value));
    return isWhole ? json : JSON.stringify(this.#pack(value));
  }

  /** As `pack`, for a checkpoint's state: its growing lists share blobs with those of the state before. */
  packState(state: unknown, json?: string): string {
    this.#earlierLists = this.#lists;
    this.#lists = [];
    return this.pack(state, json);
  }

  /** Rebuilds a packed value. Throws `BlobError` if a blob is missing or does not match its name. */
  unpack(json: string): unknown {
    const value: unknown = JSON.parse(json);
    return json.includes(reservedKeyEnd) ? this.#unpack(value) : value;
  }

  /** Whether the file exists and its content matches its name. */
  isWhole(name: string): boolean {
    return typeof this.#contentOf(name) !== "string";
  }

  #pack(value: unknown): unknown {
    return packValue(value, { put: (text) => this.#put(text), list: ({ items }) => this.#packList(items) });
  }

  #unpack(value: unknown): unknown {
    return unpackValue(value, {
      get: (name) => this.#get(name),
      list: (names, items) => this.#unpackList(names, items),
    });
  }

  /** Writes a chunk when it is long enough, and a large enough part of the list. So a list needs few chunks. */
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

  /** The chunks of an earlier list that hold the first items of this list. */
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
    const hash = this.codec.nameOf(bytes);
    if (this.#durable.has(hash)) return hash;
    const path = `${this.#folder}/${hash}`;
    if (typeof this.#contentOf(hash) !== "string") {
      // The process that wrote it may have died before the sync.
      using file = this.#fs.open(path, { create: false });
      file.sync();
    } else {
      this.#fs.makeFolder(this.#folder);
      this.#fs.syncFolder(this.#session);
      this.#fs.replace(path, this.codec.sealBytes(placeOf(hash), bytes));
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
    const bytes = this.#contentOf(hash);
    if (typeof bytes === "string") throw new BlobError(`${this.#folder}/${hash}`, bytes);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  /** The content of the file with this name, if it matches the name. */
  #contentOf(name: string): Uint8Array | "missing" | "damaged" {
    const stored = hashPattern.test(name) ? this.#fs.read(`${this.#folder}/${name}`) : undefined;
    if (stored === undefined) return "missing";
    const bytes = this.codec.openBytes(placeOf(name), stored);
    return bytes !== undefined && this.codec.nameOf(bytes) === name ? bytes : "damaged";
  }
}

function placeOf(blob: string): string {
  return `blob ${blob}`;
}

/** A blob with items of a list. `end` is the number of the list's items up to its end. */
interface Chunk {
  readonly name: string;
  readonly end: number;
}

/** A list, and the chunks with its first items. */
interface KnownList {
  readonly items: readonly unknown[];
  readonly chunks: readonly Chunk[];
  /** UTF-16 units of all chunks. */
  readonly length: number;
}

/** The chunks of a known list that also fit the first items of this list. */
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
 * A chunk takes at least 1/128 of its list. So a list gets about 90 chunks for each doubling, not one for each
 * checkpoint. Each checkpoint holds only the few items after the last chunk.
 */
const maxChunksPerDoubling = 128;

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

/** JSON of an entry or a state. The caller ensures that the value has a JSON form. */
export function jsonOf(value: unknown): string {
  const json = JSON.stringify(value);
  assert(json !== undefined, "What is kept must be JSON");
  return json;
}
