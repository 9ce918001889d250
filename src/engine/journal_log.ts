import {
  type CheckpointSchedule,
  type FileSystem,
  type FoundMark,
  type Journal,
  listCheckpoints,
  type Mark,
  pruneCheckpoints,
  readCheckpoint,
  readEntries,
  ShownMark,
  writeCheckpoint,
} from "../store/file/mod.ts";
import type { Entry } from "./fold/entry.ts";
import { type ImageSeal, ScopeImages } from "./turn/images.ts";
import { storedState } from "./fold/stored_state.ts";
import { markLists } from "./fold/lists.ts";
import type { SessionLog } from "./log.ts";
import { decodeEntry, encodeEntry } from "./fold/encoding.ts";
import type { State } from "./fold/state.ts";

/** A session's log on disk: its journal, its checkpoints, and the mark of what was shown. */
export class JournalLog implements SessionLog, Disposable {
  readonly #fs: FileSystem;
  readonly #journal: Journal;
  readonly #schedule: CheckpointSchedule;
  readonly #mark: Mark;
  readonly #options: JournalLogOptions;
  readonly images: ScopeImages;
  #checkpointed = 0;
  #hasProgress = false;

  constructor(fs: FileSystem, journal: Journal, schedule: CheckpointSchedule, options: JournalLogOptions) {
    this.#fs = fs;
    this.#journal = journal;
    this.#schedule = schedule;
    this.#options = options;
    this.images = new ScopeImages(fs, journal, {
      onNotice: options.onNotice,
      ...(options.seal ? { seal: options.seal } : {}),
      ...(options.unusual ? { journalPerImage: options.unusual.journalPerImage } : {}),
    });
    this.images.mark();
    this.#mark = journal.use(() => options.mark ?? new ShownMark(journal.folder, journal.session));
    journal.use((disk) => {
      const found = this.#mark.read();
      if (isGood(found, journal.position)) return;
      // Durable before anything is said: without it, words would be shown again.
      this.#mark.write(journal.position === 0 ? 0 : this.#surelyShown(found));
      this.#mark.sync();
      disk.syncFolder(journal.folder);
    });
  }

  append(entries: readonly Entry[]): void {
    const crashAt = this.#options.crashAt;
    const packed = entries.map(encodeEntry);
    if (crashAt && this.#journal.position + entries.length >= crashAt.position) {
      this.#journal.append(packed.slice(0, Math.max(0, crashAt.position - this.#journal.position)));
      crashAt.crash();
    }
    this.#journal.append(packed);
    this.#hasProgress ||= entries.some(({ type }) => type !== "run");
    this.images.mark();
  }

  get bytes(): number {
    return this.#journal.size + this.#journal.blobs.bytes;
  }

  flush(): void {
    this.#journal.flush();
    this.#journal.trim();
  }

  checkpoint(state: State, { last }: { readonly last: boolean }): number | undefined {
    const { position, size } = this.#journal;
    if (last ? this.#isIdle(position) : !this.#schedule.due(size)) return undefined;
    const result = writeCheckpoint(
      this.#journal,
      markLists(storedState(state, this.#options.unusual?.maxInlineResults)),
      this.#options,
    );
    this.#schedule.done(size, result.bytes);
    if (result.kind === "too-big") {
      this.#options.onNotice(result.notice);
      return undefined;
    }
    this.#checkpointed = position;
    pruneCheckpoints(this.#journal, this.#options);
    this.images.prune(new Set(Object.keys(state.frames)));
    return position;
  }

  /**
   * Whether nothing happened since the last checkpoint but that runs began: a session that is resumed in vain, again and
   * again, would otherwise replace all its older checkpoints by the same one.
   */
  #isIdle(position: number): boolean {
    if (position === this.#checkpointed) return true;
    if (this.#hasProgress) return false;
    const { folder, session, blobs } = this.#journal;
    const newest = listCheckpoints(this.#fs, folder, session).at(-1);
    if (newest === undefined || newest > position) return false;
    const read = readCheckpoint(this.#fs, folder, { session, position: newest, blobs });
    return "checkpoint" in read && this.entriesAfter(newest).every(({ type }) => type === "run");
  }

  shown(): number {
    const found = this.#journal.use(() => this.#mark.read());
    // With a sync mode other than `always` a power loss can take entries whose words had been shown.
    return Math.min(typeof found === "object" ? found.position : 0, this.#journal.position);
  }

  markShown(position: number): void {
    this.#journal.use(() => this.#mark.write(position));
  }

  /**
   * Without a mark: the position up to which words were shown in any case. Those of one append are shown before the next
   * one is made, but for the entry of a run, which comes before the words that the run before it may have left.
   */
  #surelyShown(found: FoundMark | "damaged" | undefined): number {
    const { folder, session, position: last } = this.#journal;
    const records = [...readEntries(this.#fs, folder, { session })];
    const newest = records.findLast(({ entry }) => decodeEntry(entry).type !== "run");
    const sure = newest?.synced ?? 0;
    const words = records.filter(({ position, entry }) => position > sure && isSaid(decodeEntry(entry)));
    if (words.length > 0) {
      const what = found === undefined ? "is missing" : found === "damaged" ? "is damaged" : "is too high";
      this.#options.onNotice(
        `The mark of the words that were shown ${what}: those of entries ${sure + 1} to ${last} follow, ` +
          "perhaps for the second time",
      );
    }
    return sure;
  }

  entriesAfter(position: number): readonly Entry[] {
    const { folder, session } = this.#journal;
    const entries: Entry[] = [];
    for (const record of readEntries(this.#fs, folder, { session })) {
      if (record.position > position) entries.push(decodeEntry(record.entry));
    }
    return entries;
  }

  [Symbol.dispose](): void {
    try {
      this.#mark[Symbol.dispose]();
    } finally {
      this.#journal[Symbol.dispose]();
    }
  }
}

/** A mark that is too high is believed if it has a checksum: then the journal has lost entries, as it may without syncs. */
function isGood(found: FoundMark | "damaged" | undefined, position: number): boolean {
  return typeof found === "object" && (found.isChecked || found.position <= position);
}

function isSaid(entry: Entry): boolean {
  return entry.type === "effect" && entry.did?.kind === "said";
}

/** How a journal log writes. */
export interface JournalLogOptions {
  readonly keepLastN: number;
  readonly maxCheckpointSizeMb: number;
  readonly onNotice: (text: string) => void;
  /** Marks images of scopes; without it none is kept or read. */
  readonly seal?: ImageSeal;
  /** Numbers other than the usual ones, for tests: results that a checkpoint may hold, journal bytes for each of an image. */
  readonly unusual?: { readonly maxInlineResults: number; readonly journalPerImage: number };
  /** In place of the one in the journal's folder: for simulated disks. */
  readonly mark?: Mark;
  /** For tests of recovery: dies as soon as the entry at `position` is durable, before anything is done about it. */
  readonly crashAt?: { readonly position: number; readonly crash: () => never };
}
