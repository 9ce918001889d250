import { type Awaitable, type LeasedSession, settled, whenSettled } from "../store/mod.ts";
import type { Entry } from "./fold/entry.ts";
import { wordsShownBy } from "./fold/words_shown.ts";
import { storedState } from "./fold/stored_state.ts";
import { markLists } from "./mark_lists.ts";
import { decodeEntry, encodeEntry } from "./fold/encoding.ts";
import type { State } from "./fold/state.ts";
import type { SessionLog } from "./log.ts";
import { ScopeSnapshots, type SnapshotSeal, unawaited } from "./turn/scope_snapshots.ts";

/** A session's log in a store. */
export class JournalLog implements SessionLog {
  readonly #session: LeasedSession;
  readonly #options: JournalLogOptions;
  readonly snapshots: ScopeSnapshots;
  #checkpointed = 0;
  #hasProgress = false;

  /** The caller closes the session. */
  constructor(session: LeasedSession, options: JournalLogOptions) {
    this.#session = session;
    this.#options = options;
    this.snapshots = new ScopeSnapshots(session, {
      onNotice: options.onNotice,
      ...(options.seal ? { seal: options.seal } : {}),
      ...(options.unusual ? { journalPerSnapshot: options.unusual.journalPerSnapshot } : {}),
    });
    this.snapshots.mark();
    // Write the cursor before anything is shown. Without it, a resume would show the words again.
    const { found } = session.cursor;
    if (typeof found !== "number") settled(session.cursor.replace(this.#surelyShown(found)));
  }

  append(entries: readonly Entry[]): Awaitable<void> {
    const crashAt = this.#options.crashAt;
    const encoded = entries.map(encodeEntry);
    const { position } = this.#session;
    if (crashAt && position + entries.length >= crashAt.position) {
      const last = this.#append(encoded.slice(0, Math.max(0, crashAt.position - position)));
      return whenSettled(last, crashAt.crash);
    }
    return whenSettled(this.#append(encoded), () => {
      this.#hasProgress ||= entries.some(({ type }) => type !== "run");
      this.snapshots.mark();
    });
  }

  get bytes(): number {
    return this.#session.bytes;
  }

  flush(): Awaitable<void> {
    return this.#session.flush();
  }

  checkpoint(state: State, { last }: { readonly last: boolean }): Awaitable<number | undefined> {
    const session = this.#session;
    if (!last) return session.isCheckpointDue() ? this.#checkpoint(state) : undefined;
    return whenSettled(
      this.#isIdle(session.position),
      (isIdle) => isIdle ? undefined : this.#checkpoint(state),
    );
  }

  shown(): number {
    return this.#session.cursor.position;
  }

  /** A store that takes its time moves the cursor in order with the appends, so nothing waits for it. */
  markShown(position: number): void {
    unawaited(this.#session.cursor.advance(position));
  }

  entriesAfter(position: number): Awaitable<readonly Entry[]> {
    return whenSettled(this.#session.read(), (records) => {
      const entries: Entry[] = [];
      for (const record of records) {
        if (record.position > position) entries.push(decodeEntry(record.entry));
      }
      return entries;
    });
  }

  #append(entries: readonly unknown[]): Awaitable<void> {
    const { position: expectedPosition, token } = this.#session;
    return this.#session.append(entries, { expectedPosition, token });
  }

  #checkpoint(state: State): Awaitable<number | undefined> {
    const session = this.#session;
    const { position, token } = session;
    const maxInline = session.readsAtOnce ? this.#options.unusual?.maxInlineResults : Infinity;
    const stored = markLists(storedState(state, maxInline));
    const fence = { expectedPosition: position, token };
    return whenSettled(session.checkpoint(stored, { ...this.#options, ...fence }), (result) => {
      if (result.kind === "too-big") {
        this.#options.onNotice(result.notice);
        return undefined;
      }
      this.#checkpointed = position;
      this.snapshots.prune(new Set(Object.keys(state.frames)));
      return position;
    });
  }

  /**
   * Whether only runs began since the last checkpoint. Otherwise repeated failed resumes would replace all older
   * checkpoints by the same one.
   */
  #isIdle(position: number): Awaitable<boolean> {
    if (position === this.#checkpointed) return true;
    if (this.#hasProgress) return false;
    return whenSettled(this.#session.checkpoints(), (checkpoints) => {
      const newest = checkpoints.at(-1);
      if (newest === undefined || newest > position) return false;
      if (this.#session.loaded.checkpoint?.position !== newest) return false;
      return whenSettled(
        this.entriesAfter(newest),
        (entries) => entries.every(({ type }) => type === "run"),
      );
    });
  }

  /**
   * The position up to which words were certainly shown, when there is no cursor. Words of one append are shown before
   * the next append. A run's entry is an exception: the run before it may have left words unshown.
   */
  #surelyShown(found: Exclude<LeasedSession["cursor"]["found"], number>): number {
    const last = this.#session.position;
    const records = [...settled(this.#session.read())]
      .map((record) => ({ ...record, entry: decodeEntry(record.entry) }));
    const newest = records.findLast(({ entry }) => entry.type !== "run");
    const sure = newest?.synced ?? 0;
    if (records.some(({ position, entry }) => position > sure && isSaid(entry))) {
      const what = found === "damaged" ? "is damaged" : `is ${found}`;
      this.#options.onNotice(
        `The delivery cursor ${what}: the words of entries ${sure + 1} to ${last} follow, ` +
          "perhaps for the second time",
      );
    }
    return sure;
  }
}

function isSaid(entry: Entry): boolean {
  return wordsShownBy(entry) !== undefined;
}

/** How a journal log writes. */
export interface JournalLogOptions {
  readonly keepLastN: number;
  readonly maxCheckpointSizeMb: number;
  readonly onNotice: (text: string) => void;
  /** Marks snapshots of scopes. Without it, none is kept or read. */
  readonly seal?: SnapshotSeal;
  /** Numbers for tests: results that a checkpoint may hold, and journal bytes for each byte of a snapshot. */
  readonly unusual?: { readonly maxInlineResults: number; readonly journalPerSnapshot: number };
  /** For recovery tests: dies as soon as the entry at `position` is durable, before any command runs. */
  readonly crashAt?: { readonly position: number; readonly crash: () => never };
}
