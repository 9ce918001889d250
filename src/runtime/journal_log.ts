import {
  type CheckpointSchedule,
  type FileSystem,
  type Journal,
  type Mark,
  pruneCheckpoints,
  readEntries,
  ShownMark,
  writeCheckpoint,
} from "../journal/mod.ts";
import type { Entry } from "./entry.ts";
import { type ImageSeal, ScopeImages } from "./images.ts";
import { packLedgers } from "./ledger.ts";
import { markLists } from "./lists.ts";
import type { SessionLog } from "./log.ts";
import { packEntry, unpackEntry } from "./pack.ts";
import type { State } from "./state.ts";

/** A session's log on disk: its journal, its checkpoints, and the mark of what was shown. */
export class JournalLog implements SessionLog, Disposable {
  readonly #fs: FileSystem;
  readonly #journal: Journal;
  readonly #schedule: CheckpointSchedule;
  readonly #mark: Mark;
  readonly #options: JournalLogOptions;
  readonly images: ScopeImages;
  #checkpointed = 0;

  constructor(fs: FileSystem, journal: Journal, schedule: CheckpointSchedule, options: JournalLogOptions) {
    this.#fs = fs;
    this.#journal = journal;
    this.#schedule = schedule;
    this.#options = options;
    this.images = new ScopeImages(fs, journal, {
      ...(options.seal ? { seal: options.seal } : {}),
      ...(options.unusual ? { journalPerImage: options.unusual.journalPerImage } : {}),
    });
    this.images.mark();
    this.#mark = options.mark ?? new ShownMark(`${journal.folder}/shown`);
    // Without a mark (a new session, or one that was copied) all that is there counts as shown; a mark that a loss of
    // power took away would mean the same, and so it is durable before anything is said.
    if (this.#mark.read() === undefined) {
      this.#mark.write(journal.position);
      this.#mark.sync();
      journal.use((disk) => disk.syncFolder(journal.folder));
    }
  }

  append(entries: readonly Entry[]): void {
    const crashAt = this.#options.crashAt;
    const packed = entries.map(packEntry);
    if (crashAt && this.#journal.position + entries.length >= crashAt.position) {
      this.#journal.append(packed.slice(0, Math.max(0, crashAt.position - this.#journal.position)));
      crashAt.crash();
    }
    this.#journal.append(packed);
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
    if (last ? position === this.#checkpointed : !this.#schedule.due(size)) return undefined;
    const result = writeCheckpoint(
      this.#journal,
      markLists(packLedgers(state, this.#options.unusual?.longestInlineLedger)),
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

  shown(): number {
    // With a sync mode other than `always` a power loss can take entries whose words had been shown.
    return Math.min(this.#mark.read() ?? Infinity, this.#journal.position);
  }

  markShown(position: number): void {
    this.#mark.write(position);
  }

  entriesAfter(position: number): readonly Entry[] {
    const { folder, session } = this.#journal;
    const entries: Entry[] = [];
    for (const record of readEntries(this.#fs, folder, { session })) {
      if (record.position > position) entries.push(unpackEntry(record.entry));
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

/** How a journal log writes. */
export interface JournalLogOptions {
  readonly keepLastN: number;
  readonly maxCheckpointSizeMb: number;
  readonly onNotice: (text: string) => void;
  /** Marks images of scopes; without it none is kept or read. */
  readonly seal?: ImageSeal;
  /** Numbers other than the usual ones, for tests: results that a checkpoint may hold, journal bytes for each of an image. */
  readonly unusual?: { readonly longestInlineLedger: number; readonly journalPerImage: number };
  /** In place of the one in the journal's folder: for simulated disks. */
  readonly mark?: Mark;
  /** For tests of recovery: dies as soon as the entry at `position` is durable, before anything is done about it. */
  readonly crashAt?: { readonly position: number; readonly crash: () => never };
}
