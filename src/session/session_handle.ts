import {
  decodeEntry,
  type Entry,
  isEndedMeeting,
  Programs,
  restoreState,
  type State,
} from "../engine/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import type { LoadedSession, SessionRequest, SessionStore, StoreProcess } from "../store/mod.ts";
import { type ForkEdits, forkSession } from "./fork.ts";
import type { SessionEvent } from "./event.ts";
import { EntryReader } from "./entry_reader.ts";
import { EventReader } from "./event_reader.ts";
import type { Decision } from "../engine/mod.ts";
import {
  decisionName,
  type InboxContent,
  inboxWords,
  meetingEndedError,
  type PostedWords,
} from "./inbox_message.ts";
import { type SessionSnapshot, snapshotOf, summaryCounts } from "./snapshot.ts";
import { programsOf } from "./programs_of.ts";
import { restingStatus } from "./state_report.ts";
import type { StoryItem } from "./story.ts";
import { StoryFold } from "./story_fold.ts";

/**
 * A session in its store, whether a process runs it or not. It needs no lease: it reads, and it posts to the inbox.
 *
 * ```ts
 * const session = new SessionHandle(store, id);
 * const { people } = await session.snapshot(); // each with the questions that are open
 * await session.post({ person: "Alice", text: "yes" }, { key: "order-17" });
 * ```
 */
export class SessionHandle {
  readonly id: string;
  readonly #store: SessionStore;

  constructor(store: SessionStore, id: string) {
    this.#store = store;
    this.id = id;
  }

  /** The session's snapshot, now or after its first `position` entries. Returns `undefined` if it has no entries. */
  async snapshot(
    { position, withoutEnd = false }: {
      readonly position?: number;
      /** Leaves out the end of the program, as a fork does. */
      readonly withoutEnd?: boolean;
    } = {},
  ): Promise<SessionSnapshot | undefined> {
    const loaded = await this.#store.load(this.id, position === undefined ? {} : { position });
    if (loaded.position === 0) return undefined;
    const state = restoreState(loaded);
    if (withoutEnd && state.end) return await this.snapshot({ position: state.position - 1 });
    const session = await this.#store.get(this.id);
    return snapshotOf(
      state,
      await programsOf(Object.values(state.sources)),
      session ?? { status: "stopped" },
    );
  }

  /**
   * The events after a position, in order. While another process runs the session, this waits for more. It ends when no
   * process runs the session, or when `signal` aborts.
   */
  async *watch(
    from: number,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<SessionEvent> {
    const reader = new EventReader(this.#store, this.id, from);
    for (;;) {
      // Read the status before the entries, so that the last entries of a run are not missed.
      const isRunning = (await this.#store.get(this.id))?.status === "running";
      for await (const events of reader.next()) {
        for (const event of events) {
          if (signal?.aborted) return;
          if (event.position > from) yield event;
        }
      }
      if (!isRunning || signal?.aborted) return;
      await pauseAfterLook();
    }
  }

  /**
   * The story of the session after its first `after` entries, up to its first `position` entries. With `follow`, and while another process runs the
   * session, this waits for more. Values are texts of at most `maxCharacters`.
   *
   * Throws the store's error at the first entry that cannot be read, after the items of the entries before it.
   */
  async *story(
    { after = 0, position = Infinity, follow = false, maxCharacters = Infinity }: {
      readonly after?: number;
      readonly position?: number;
      readonly follow?: boolean;
      readonly maxCharacters?: number;
    } = {},
  ): AsyncGenerator<StoryItem> {
    const programs = new Programs();
    const reader = new EntryReader(this.#store, this.id);
    for (let fold: StoryFold | undefined;;) {
      // Read the status before the entries, so that the last entries of a run are not missed.
      const isRunning = follow && (await this.#store.get(this.id))?.status === "running";
      for await (const stored of reader.next()) {
        if (stored.position > position) return;
        const entry = decodeEntry(stored.entry);
        if ("source" in entry && typeof entry.source === "object") await programs.add([entry.source]);
        fold ??= await this.#storyAfter(stored.position - 1, { programs, maxCharacters });
        const items = fold.take(entry);
        if (fold.position > after) yield* items;
      }
      if (!isRunning) return;
      await pauseAfterLook();
    }
  }

  /** A fork of a damaged session begins from a state: its first entries are missing. */
  async #storyAfter(
    base: number,
    { programs, maxCharacters }: { readonly programs: Programs; readonly maxCharacters: number },
  ): Promise<StoryFold> {
    if (base === 0) return new StoryFold(programs, { maxCharacters });
    const state = restoreState(await this.#store.load(this.id, { position: base }));
    await programs.add(Object.values(state.sources));
    return new StoryFold(programs, { state, maxCharacters });
  }

  /**
   * Keeps words of a person for an agent. They are durable when the promise resolves. The process that runs the session
   * delivers them, now or later. A key that this person repeats changes nothing. Throws a `PlaybooksError` for a person
   * whom the program does not have, and for a meeting that has ended.
   */
  async post(posted: PostedWords, { key }: { readonly key: string }): Promise<{ readonly isNew: boolean }> {
    const people = posted.person === undefined ? [] : await this.#people();
    const words = inboxWords(posted, key, people);
    if (posted.to !== undefined) await this.#refuseEnded(posted.to, words.key);
    return await this.#keep(words.key, words.content);
  }

  /** Whether words of this person were posted under a key before. */
  async isPosted(posted: PostedWords, { key }: { readonly key: string }): Promise<boolean> {
    const people = posted.person === undefined ? [] : await this.#people();
    const words = inboxWords(posted, key, people);
    const waiting = await this.#store.inbox(this.id).read();
    if (waiting.some((message) => message.key === words.key)) return true;
    return await hasHeard(await this.#store.load(this.id), words.key);
  }

  /** Words with a repeated key may have been delivered before the meeting ended: that is no error. */
  async #refuseEnded(to: string, key: string): Promise<void> {
    if (!to.startsWith("meeting ")) return;
    const loaded = await this.#store.load(this.id);
    if (!isEndedMeeting(restoreState(loaded), to)) return;
    if (!await hasHeard(loaded, key)) throw meetingEndedError(to);
  }

  async #people(): Promise<SessionSnapshot["people"]> {
    const snapshot = await this.snapshot();
    if (snapshot) return snapshot.people;
    throw new PlaybooksError(`Session "${this.id}" has not begun, so its persons are not known yet`, {
      exitCode: exitCodes.usage,
    });
  }

  /**
   * Keeps the decision about an uncertain effect of a session that no process runs. It counts only for the next run,
   * and only with `uncertain = "ask"`.
   */
  async decide(effect: string, choice: Decision): Promise<void> {
    const { token } = restoreState(await this.#store.load(this.id));
    // After a rewind, the same effect may need another decision: a lease tells it from the one that was taken.
    const lease = (await this.#store.get(this.id))?.token ?? 0;
    const key = `decision ${effect} ${token} ${decisionName(choice)} ${lease}`;
    await this.#keep(key, { type: "decision", effect, choice, token });
  }

  /** Asks the process that runs the session to stop it. The session can be resumed. */
  async stop(): Promise<void> {
    const { token } = restoreState(await this.#store.load(this.id));
    await this.#keep(`stop ${token}`, { type: "stop", token });
  }

  /**
   * Makes a new session from the first entries of this one and returns its id. It copies entries up to `position`, or
   * all except the end of the program. `set` are values of JSON to set there, by the person `by`: everything after them
   * is done anew.
   */
  async fork(
    process: StoreProcess,
    { position, name, set = [], by = process.host, at = Date.now(), request }: {
      readonly position?: number;
      readonly name?: string;
      /** The request of a client that makes it. */
      readonly request?: SessionRequest;
    } & Partial<ForkEdits> = {},
  ): Promise<string> {
    const session = await this.#store.get(this.id);
    if (!session) {
      throw new PlaybooksError(`Session "${this.id}" not found`, { exitCode: exitCodes.noSuchSession });
    }
    const given = {
      ...(position === undefined ? {} : { position }),
      ...(name === undefined ? {} : { name }),
      ...(request ? { request } : {}),
      ...(set.length > 0 ? { edits: { set, by, at } } : {}),
    };
    await using fork = await forkSession(
      this.#store,
      { session, ...given },
      process,
    );
    const state = restoreState(await this.#store.load(fork.id));
    const { checkpoint } = fork.loaded;
    await this.#store.update(fork.id, {
      status: restingStatus(state, await programsOf(Object.values(state.sources))),
      position: fork.position,
      checkpoint: checkpoint?.position ?? 0,
      ...summaryCounts(state),
    });
    return fork.id;
  }

  async #keep(key: string, content: InboxContent): Promise<{ readonly isNew: boolean }> {
    const { isNew } = await this.#store.inbox(this.id).post(key, content);
    return { isNew };
  }
}

/** Whether the message with a key was delivered. */
async function hasHeard(loaded: LoadedSession, key: string): Promise<boolean> {
  const { entries } = await entriesOf(loaded);
  return entries.some((entry) => entry.type === "message" && entry.key === key);
}

/** All entries. If the session began from a state, that state too. */
async function entriesOf(
  loaded: LoadedSession,
): Promise<{ readonly entries: readonly Entry[]; readonly base?: State }> {
  const stored = [...await loaded.read()];
  const entries = stored.map(({ entry }) => decodeEntry(entry));
  const isWhole = stored.length === loaded.position || !loaded.checkpoint;
  return isWhole ? { entries } : { entries, base: restoreState({ ...loaded, entries: [] }) };
}

/** Waits before the next look at a session. A look reads only what is new. */
async function pauseAfterLook(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, pollMs));
}

/** Interval for reading a session that another process runs. */
const pollMs = 100;
