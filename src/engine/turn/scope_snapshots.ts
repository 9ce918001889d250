import {
  type Awaitable,
  type EntryPlace,
  formats,
  type LeasedSession,
  newerFormatOf,
} from "../../store/mod.ts";
import type { HistoryPlace } from "../fold/history.ts";

/** Options for keeping snapshots. */
interface SnapshotOptions {
  /** Called for a snapshot that only a newer version reads. */
  readonly onNotice?: (text: string) => void;
  readonly seal?: SnapshotSeal;
  /** The journal grows by this multiple of a snapshot's bytes before the next snapshot (4). */
  readonly journalPerSnapshot?: number;
}

/** The memory of a waiting scope, and its place in the turn's history. */
export interface ScopeSnapshot {
  readonly about: SnapshotInfo;
  readonly bytes: Uint8Array;
}

/** The place of a turn when its snapshot was captured. */
interface SnapshotInfo extends HistoryPlace {
  /** Position of the entry that began the turn, and the hash of the source that it ran. */
  readonly begun: number;
  readonly source: string;
  /** The highest ordinal that the code had used. */
  readonly asked: number;
}

/** Marks bytes of this user's own processes. */
export interface SnapshotSeal {
  /** The mark of these parts as 64 hexadecimal digits; `undefined` if no mark can be made. */
  of(parts: readonly (string | Uint8Array)[]): string | undefined;
  isOn(mark: string, parts: readonly (string | Uint8Array)[]): boolean;
}

/**
 * Keeps snapshots of waiting scopes in the session's store.
 *
 * A snapshot only saves a replay, because the journal has everything. So snapshots need no sync. A missing or damaged
 * one, or one of another version, is ignored.
 *
 * A snapshot is memory, so a forged one could make code do things that the journal does not have. Only snapshots with
 * this user's own mark are read. A file is the mark in 64 hexadecimal digits, a line of JSON, and the bytes of the
 * memory. The mark covers the last two, the session and the frame.
 */
export class ScopeSnapshots {
  readonly #session: SnapshotHome;
  readonly #seal: SnapshotSeal | undefined;
  readonly #onNotice: SnapshotOptions["onNotice"];
  readonly #journalPerSnapshot: number;
  readonly #places: EntryPlace[] = [];
  /** Bytes of a frame's last snapshot, and the journal's size then. */
  readonly #kept = new Map<string, { readonly bytes: number; readonly journalSize: number }>();

  /** Without a seal, no snapshot is kept or read. */
  constructor(session: SnapshotHome, options: SnapshotOptions) {
    this.#seal = options.seal;
    this.#onNotice = options.onNotice;
    this.#journalPerSnapshot = options.journalPerSnapshot ?? 4;
    this.#session = session;
  }

  /** Call this after each append. It notes places in the journal, so that reading can begin near any position. */
  mark(): void {
    const last = this.#places.at(-1);
    if (!last || this.#session.position - last.position >= entriesPerPlace) {
      this.#places.push(this.#session.place());
    }
  }

  /** The nearest noted place before a position; `undefined` if the position is older than this process. */
  placeBefore(position: number): EntryPlace | undefined {
    return this.#places.findLast((place) => place.position < position);
  }

  /** Whether the journal has grown enough since the last snapshot of a frame. */
  isDue(frame: string): boolean {
    if (this.#seal === undefined) return false;
    const kept = this.#kept.get(frame);
    return !kept || this.#session.place().end - kept.journalSize >= this.#journalPerSnapshot * kept.bytes;
  }

  /** Replaces the snapshot of a frame. The history up to it must be durable. Throws `StorageError`. */
  keep(frame: string, { about, bytes }: ScopeSnapshot): void {
    const journalSize = this.#session.place().end;
    const head = encoder.encode(`${JSON.stringify({ version: formats.image, ...about, journalSize })}\n`);
    const file = new Uint8Array(markLength + head.length + bytes.length);
    file.set(head, markLength);
    file.set(bytes, markLength + head.length);
    const mark = this.#seal?.of(markedParts(this.#session.id, frame, file));
    if (mark === undefined) return;
    file.set(encoder.encode(mark));
    unawaited(this.#session.snapshots.put(frame, file));
    this.#kept.set(frame, { bytes: file.length, journalSize });
  }

  /** The snapshot of a frame, if there is a complete one. */
  read(frame: string): ScopeSnapshot | undefined {
    try {
      const file = this.#session.snapshots.get(frame);
      // A store that takes its time keeps the usual snapshots in memory.
      if (file instanceof Promise) return unawaited(file);
      if (file === undefined || !isSealed(this.#seal, this.#session.id, frame, file)) return undefined;
      const end = file.indexOf(lineFeed);
      const head = JSON.parse(decoder.decode(file.subarray(markLength, end)));
      const newer = newerFormatOf(head, formats.image);
      if (newer) {
        this.#onNotice?.(
          `The snapshot of frame ${frame} was written by a newer playbooks (format ${newer.format}); its code is replayed`,
        );
        return undefined;
      }
      const { journalSize, version: _, ...about } = head;
      const bytes = file.slice(end + 1);
      this.#kept.set(frame, { bytes: file.length, journalSize });
      return { about, bytes };
    } catch {
      // A replay gives the same result.
      return undefined;
    }
  }

  /** Removes the snapshots of all other frames. */
  prune(frames: ReadonlySet<string>): void {
    unawaited(this.#session.snapshots.prune(frames));
    for (const frame of this.#kept.keys()) if (!frames.has(frame)) this.#kept.delete(frame);
  }
}

/** Lets a write end by itself: the session's next append throws its error. */
export function unawaited(written: Awaitable<unknown>): undefined {
  if (written instanceof Promise) written.catch(() => {});
}

/** The parts of a leased session that snapshots need. */
export type SnapshotHome = Pick<LeasedSession, "id" | "position" | "place" | "snapshots">;

const entriesPerPlace = 256;
const lineFeed = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const markLength = 64;

/** The parts that a mark covers. The line of JSON has the turn's position. */
function markedParts(session: string, frame: string, file: Uint8Array): (string | Uint8Array)[] {
  return ["image", session, frame, file.subarray(markLength)];
}

/** Whether this user's own processes wrote exactly these bytes. Other bytes are never read. */
export function isSealed(
  seal: SnapshotSeal | undefined,
  session: string,
  frame: string,
  file: Uint8Array,
): boolean {
  if (seal === undefined || file.length < markLength) return false;
  const mark = decoder.decode(file.subarray(0, markLength));
  return seal.isOn(mark, markedParts(session, frame, file));
}
