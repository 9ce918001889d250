import { type EntryPlace, formats, type LeasedSession, newerFormatOf, settled } from "../../store/mod.ts";
import type { HistoryPlace } from "../fold/history.ts";

/** What images are kept with. */
export interface ImageOptions {
  /** Is told of an image that only a newer version reads. */
  readonly onNotice?: (text: string) => void;
  readonly seal?: ImageSeal;
  readonly journalPerImage?: number;
}

/** What a scope was while its code waited, and where it stood in its ledger. */
export interface ScopeImage {
  readonly about: ImageAbout;
  readonly bytes: Uint8Array;
}

/** Where a turn stood when its image was taken. */
export interface ImageAbout extends HistoryPlace {
  /** Position of the entry that began the turn, and the hash of the source that it ran. */
  readonly begun: number;
  readonly source: string;
  /** The highest ordinal that it had asked for. */
  readonly asked: number;
}

/** Marks what this user's own processes wrote. */
export interface ImageSeal {
  /** The mark of these parts as 64 hexadecimal digits; `undefined` if none can be made. */
  of(parts: readonly (string | Uint8Array)[]): string | undefined;
  isOn(mark: string, parts: readonly (string | Uint8Array)[]): boolean;
}

/**
 * Images of waiting scopes, as snapshots of the session's store.
 *
 * They only save running code again: one that is missing, damaged or of another version is passed over, for all of it is
 * in the journal. So they are not synced with anything.
 *
 * An image is memory, so a forged one could make code do what the journal does not hold. Only images with this user's own
 * mark are read. A file is the mark in 64 hexadecimal digits, a line of JSON, and the image's bytes. The mark covers both,
 * the session and the frame.
 */
export class ScopeImages {
  readonly #session: SnapshotHome;
  readonly #seal: ImageSeal | undefined;
  readonly #onNotice: ImageOptions["onNotice"];
  readonly #journalPerImage: number;
  readonly #places: EntryPlace[] = [];
  /** What the last image of a frame took, and where the journal ended then. */
  readonly #kept = new Map<string, { readonly bytes: number; readonly journalSize: number }>();

  /**
   * An image is due when the journal has grown by `journalPerImage` times its bytes. Without a seal none is kept or read.
   */
  constructor(session: SnapshotHome, options: ImageOptions) {
    this.#seal = options.seal;
    this.#onNotice = options.onNotice;
    this.#journalPerImage = options.journalPerImage ?? 4;
    this.#session = session;
  }

  /** Notes where the journal ends, now and then, so that reading can begin near any position. */
  mark(): void {
    const last = this.#places.at(-1);
    if (!last || this.#session.position - last.position >= entriesPerPlace) {
      this.#places.push(this.#session.place());
    }
  }

  /** A place in the journal before a position, and near it; none when that is older than this process. */
  placeBefore(position: number): EntryPlace | undefined {
    return this.#places.findLast((place) => place.position < position);
  }

  /** Whether the journal has grown so much since the last image that another one is little beside that. */
  due(frame: string): boolean {
    if (this.#seal === undefined) return false;
    const kept = this.#kept.get(frame);
    return !kept || this.#session.place().end - kept.journalSize >= this.#journalPerImage * kept.bytes;
  }

  /** Keeps an image in place of the one before; all that it stands on must be durable. Throws `StorageError`. */
  keep(frame: string, { about, bytes }: ScopeImage): void {
    const journalSize = this.#session.place().end;
    const head = encoder.encode(`${JSON.stringify({ version: formats.image, ...about, journalSize })}\n`);
    const file = new Uint8Array(markLength + head.length + bytes.length);
    file.set(head, markLength);
    file.set(bytes, markLength + head.length);
    const mark = this.#seal?.of(markedParts(this.#session.id, frame, file));
    if (mark === undefined) return;
    file.set(encoder.encode(mark));
    settled(this.#session.snapshots.put(frame, file));
    this.#kept.set(frame, { bytes: file.length, journalSize });
  }

  /** What was kept for a frame, if it is whole. */
  read(frame: string): ScopeImage | undefined {
    try {
      const file = settled(this.#session.snapshots.get(frame));
      if (file === undefined || !isSealed(this.#seal, this.#session.id, frame, file)) return undefined;
      const end = file.indexOf(lineFeed);
      const head = JSON.parse(decoder.decode(file.subarray(markLength, end)));
      const newer = newerFormatOf(head, formats.image);
      if (newer) {
        this.#onNotice?.(
          `The image of frame ${frame} was written by a newer playbooks (format ${newer.format}); its code is run again`,
        );
        return undefined;
      }
      const { journalSize, version: _, ...about } = head;
      const bytes = file.slice(end + 1);
      this.#kept.set(frame, { bytes: file.length, journalSize });
      return { about, bytes };
    } catch {
      // Nothing is lost: the code is run again.
      return undefined;
    }
  }

  /** Removes the images of all frames but these. */
  prune(frames: ReadonlySet<string>): void {
    settled(this.#session.snapshots.prune(frames));
    for (const frame of this.#kept.keys()) if (!frames.has(frame)) this.#kept.delete(frame);
  }
}

/** What images need of a session that this process may write to. */
export type SnapshotHome = Pick<LeasedSession, "id" | "position" | "place" | "snapshots">;

const entriesPerPlace = 256;
const lineFeed = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const markLength = 64;

/** What a mark covers; the line of JSON holds the position of the turn. */
function markedParts(session: string, frame: string, file: Uint8Array): (string | Uint8Array)[] {
  return ["image", session, frame, file.subarray(markLength)];
}

/** Whether this user's own processes wrote a snapshot as it is; no run reads others. */
export function isSealed(
  seal: ImageSeal | undefined,
  session: string,
  frame: string,
  file: Uint8Array,
): boolean {
  if (seal === undefined || file.length < markLength) return false;
  const mark = decoder.decode(file.subarray(0, markLength));
  return seal.isOn(mark, markedParts(session, frame, file));
}
