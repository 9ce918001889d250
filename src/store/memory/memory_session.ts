import { exitCodes, PlaybooksError } from "../../errors.ts";
import { CheckpointSchedule } from "../checkpoint_schedule.ts";
import { formats } from "../format.ts";
import { withoutMarks } from "../growing_list.ts";
import { LostLeaseError, PositionConflictError } from "../lease_errors.ts";
import type {
  CheckedJournal,
  CheckpointLimits,
  CheckpointOutcome,
  DeliveryCursor,
  EntryPlace,
  Fence,
  Inbox,
  LeasedSession,
  LoadedSession,
  PostedMessage,
  Snapshots,
  StateChecks,
  StoredEntry,
} from "../session_store.ts";
import type { LeaseHolder, SessionFile } from "../session_summary.ts";
import { StateVerifier } from "../state_verifier.ts";
import type { SessionVerification, StoredFault } from "../verification.ts";

/** A session in memory. Entries, states and messages are JSON. */
export interface StoredSession {
  summary: SessionFile;
  /** The number of entries before the first stored one: the first checkpoint holds their state. */
  readonly base: number;
  readonly entries: { readonly json: string; readonly synced: number }[];
  readonly checkpoints: Map<number, string>;
  cursor: number;
  readonly snapshots: Map<string, Uint8Array>;
  readonly messages: { readonly key: string; readonly json: string }[];
  readonly taken: Set<string>;
  token: number;
  holder?: LeaseHolder | undefined;
  /** When it was moved to the trash, ISO 8601. */
  removedAt?: string;
}

/** A session in memory, open for writing. All calls answer at once. */
export class MemorySession implements LeasedSession {
  readonly id: string;
  readonly readsAtOnce = true;
  readonly session: SessionFile;
  readonly token: number;
  readonly died = undefined;
  readonly loaded: LoadedSession;
  readonly cursor: DeliveryCursor;
  readonly snapshots: Snapshots;
  readonly inbox: Inbox;
  readonly #stored: StoredSession;
  readonly #schedule = new CheckpointSchedule();
  #bytes = 0;

  /** The caller has given the session a new token. */
  constructor(stored: StoredSession) {
    this.#stored = stored;
    this.session = stored.summary;
    this.id = stored.summary.id;
    this.token = stored.token;
    this.loaded = MemorySession.load(stored);
    this.#bytes = stored.entries.reduce((sum, { json }) => sum + json.length, 0);
    const check = () => this.#checkToken(this.token);
    this.cursor = cursorOf(stored, check);
    this.snapshots = snapshotsOf(stored, check);
    this.inbox = new MemoryInbox(stored, check);
  }

  static load(stored: StoredSession, upTo = positionOf(stored)): LoadedSession {
    const last = positionOf(stored);
    const { id } = stored.summary;
    if (upTo > last || upTo < stored.base) {
      throw new PlaybooksError(
        `Cannot find "${id}@${upTo}": the session has ${last} entries; name one of them`,
        { exitCode: exitCodes.noSuchSession },
      );
    }
    const newest = Math.max(...[...stored.checkpoints.keys()].filter((position) => position <= upTo));
    const checkpoint = stored.checkpoints.get(newest);
    const from = checkpoint === undefined ? 0 : newest;
    return {
      id,
      ...(checkpoint === undefined
        ? {}
        : { checkpoint: { position: newest, state: JSON.parse(checkpoint), format: formats.checkpoint } }),
      entries: stored.entries.slice(from - stored.base, upTo - stored.base).map(({ json }) =>
        JSON.parse(json)
      ),
      position: upTo,
      notices: [],
      read: (options) => MemorySession.read(stored, options),
      hasSnapshot: (name) => stored.snapshots.has(name),
    };
  }

  static *read(
    stored: StoredSession,
    { after }: { readonly after?: EntryPlace } = {},
  ): Generator<StoredEntry> {
    for (
      let index = Math.max(0, (after?.position ?? 0) - stored.base);
      index < stored.entries.length;
      index++
    ) {
      const { json, synced } = stored.entries[index]!;
      yield { position: stored.base + index + 1, synced, entry: JSON.parse(json) };
    }
  }

  static checkJournal(stored: StoredSession): CheckedJournal {
    const entries = [...MemorySession.read(stored)].map((entry) => ({ ...entry, crc: "" }));
    return { present: true, base: stored.base, entries, last: positionOf(stored) };
  }

  /** The entries and checkpoints are as they were appended; only their states can be wrong. */
  static verify(stored: StoredSession, checks: StateChecks): SessionVerification {
    const { base, checkpoints, summary: { id, name }, holder } = stored;
    const faults: StoredFault[] = [];
    const entries = [...MemorySession.read(stored)];
    const states = new StateVerifier({ file: "entries", base, entries, isDamaged: false, checks, faults });
    for (const [position, json] of checkpoints) {
      const state = JSON.parse(json);
      states.checkpoint(`checkpoint ${position}`, { position, state, format: formats.checkpoint });
    }
    states.finish();
    return {
      id,
      ...(name === undefined ? {} : { name }),
      running: holder !== undefined,
      entries: positionOf(stored),
      checkpoints: checkpoints.size,
      blobs: 0,
      faults,
      remarks: [],
    };
  }

  static sizeOf({ entries, checkpoints, snapshots, messages }: StoredSession): number {
    const texts = [
      ...entries.map(({ json }) => json),
      ...checkpoints.values(),
      ...messages.map(({ json }) => json),
    ];
    return [...texts, ...snapshots.values()].reduce((sum, { length }) => sum + length, 0);
  }

  get position(): number {
    return positionOf(this.#stored);
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(entries: readonly unknown[], fence: Fence): void {
    this.#check(fence);
    const synced = this.position;
    const stored = entries.map((entry) => ({ json: JSON.stringify(entry), synced }));
    for (const entry of stored) this.#bytes += entry.json.length;
    this.#stored.entries.push(...stored);
  }

  flush(): void {}

  place(): EntryPlace {
    return { position: this.position, end: this.#bytes };
  }

  read(options: { readonly after?: EntryPlace } = {}): Iterable<StoredEntry> {
    return MemorySession.read(this.#stored, options);
  }

  rewind(position: number, fence: Fence): void {
    this.#check(fence);
    const stored = this.#stored;
    MemorySession.load(stored, position);
    for (const { json } of stored.entries.splice(position - stored.base)) this.#bytes -= json.length;
    for (const each of stored.checkpoints.keys()) if (each > position) stored.checkpoints.delete(each);
    stored.snapshots.clear();
    stored.cursor = Math.min(stored.cursor, position);
  }

  isCheckpointDue(): boolean {
    return this.#schedule.due(this.#bytes);
  }

  checkpoint(state: unknown, options: Fence & CheckpointLimits): CheckpointOutcome {
    this.#check(options);
    const json = JSON.stringify(withoutMarks(state));
    const { position } = this;
    const { checkpoints } = this.#stored;
    checkpoints.set(position, json);
    const gone = [...checkpoints.keys()].sort((a, b) => a - b).slice(0, -Math.max(1, options.keepLastN));
    for (const each of gone) checkpoints.delete(each);
    this.#schedule.done(this.#bytes, json.length);
    return { kind: "written", position, bytes: json.length };
  }

  checkpoints(): readonly number[] {
    return [...this.#stored.checkpoints.keys()].sort((a, b) => a - b);
  }

  // deno-lint-ignore require-await -- a store may take its time to close
  async close(): Promise<void> {
    if (this.#stored.token === this.token) this.#stored.holder = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check({ expectedPosition, token }: Fence): void {
    this.#checkToken(token);
    if (expectedPosition !== this.position) {
      throw new PositionConflictError(this.id, { expected: expectedPosition, actual: this.position });
    }
  }

  #checkToken(token: number): void {
    const { holder } = this.#stored;
    if (!holder || token !== this.#stored.token || token !== this.token) {
      throw new LostLeaseError(this.id, this.position);
    }
  }
}

/** The inbox of a session in memory. */
export class MemoryInbox implements Inbox {
  readonly #stored: StoredSession;
  readonly #check: () => void;

  constructor(stored: StoredSession, check = () => {}) {
    this.#stored = stored;
    this.#check = check;
  }

  post(key: string, message: unknown): { readonly number: number; readonly isNew: boolean } {
    const { messages } = this.#stored;
    const before = messages.findIndex((each) => each.key === key);
    if (before >= 0) return { number: before + 1, isNew: false };
    messages.push({ key, json: JSON.stringify(message) });
    return { number: messages.length, isNew: true };
  }

  read(): readonly PostedMessage[] {
    return this.#stored.messages
      .map(({ key, json }, index) => ({ key, number: index + 1, message: JSON.parse(json) }))
      .filter(({ key }) => !this.#stored.taken.has(key));
  }

  take(keys: readonly string[]): void {
    this.#check();
    for (const key of keys) this.#stored.taken.add(key);
  }
}

function positionOf(stored: StoredSession): number {
  return stored.base + stored.entries.length;
}

function cursorOf(stored: StoredSession, check: () => void): DeliveryCursor {
  return {
    get found() {
      return stored.cursor;
    },
    get position() {
      return stored.cursor;
    },
    advance: (position) => {
      check();
      stored.cursor = Math.max(stored.cursor, position);
    },
    replace: (position) => {
      check();
      stored.cursor = position;
    },
  };
}

function snapshotsOf(stored: StoredSession, check: () => void): Snapshots {
  return {
    put: (name, bytes) => {
      check();
      stored.snapshots.set(name, bytes.slice());
    },
    get: (name) => stored.snapshots.get(name)?.slice(),
    prune: (keep) => {
      check();
      for (const name of stored.snapshots.keys()) if (!keep.has(name)) stored.snapshots.delete(name);
    },
  };
}
