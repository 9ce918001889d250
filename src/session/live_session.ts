import {
  canReceive,
  type Decision,
  type Entry,
  isEndedMeeting,
  meetingOf,
  type PersonAnswer,
  personsAsked,
  type Post,
  type Programs,
  type Question,
  type RestoredSession,
  type RuntimeEvent,
  type SessionLog,
  type SpokenMessage,
  type State,
  type Ui,
  type UncertainEffect,
} from "../engine/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import { type Awaitable, type SessionStatus, whenSettled } from "../store/mod.ts";
import { type EventFact, isReplayable, type SessionEvent } from "./event.ts";
import { EventFold } from "./event_fold.ts";
import { EventQueue } from "./event_queue.ts";
import type { FrontEnd, SessionControl } from "./front_end.ts";
import {
  type InboxContent,
  inboxWords,
  meetingEndedError,
  type PostedWords,
  readInboxContent,
  type SessionInbox,
} from "./inbox_message.ts";
import { type SessionSnapshot, snapshotOf } from "./snapshot.ts";

/** The parts of a live session. */
interface LiveSessionParts {
  readonly restored: RestoredSession;
  readonly programs: Programs;
  readonly frontEnd: FrontEnd;
  readonly name?: string | undefined;
  /** Keeps another name; absent if the session is not kept. */
  readonly rename?: (name: string) => Promise<void>;
  /** Holds kept messages. If the session is not kept, they are lost when it ends. */
  readonly inbox: SessionInbox;
  /** All durable entries. */
  readonly history: () => Awaitable<Iterable<Entry>>;
}

/**
 * A session that this process runs, as its front end and others see it.
 *
 * Invariants:
 * 1. An event is published after its entry is durable, in the order of the entries, and to the front end first.
 * 2. The delivery cursor moves after the front end has written the words.
 * 3. A message is taken out of the inbox after its entry is durable. A list of the inbox may be older than that, so the
 *    keys of all messages that were handed on are kept. So each is delivered once.
 */
export class LiveSession implements SessionControl {
  /** The engine's view of the front end. */
  readonly ui: Ui;
  readonly #parts: LiveSessionParts;
  readonly #fold: EventFold;
  /** The number of entries before this run. The engine decides which of their words are still to be shown. */
  readonly #startPosition: number;
  readonly #queues = new Set<Pick<EventQueue<SessionEvent>, "push" | "close">>();
  readonly #questions = new Map<string, OpenAsk>();
  readonly #decisions = new Map<string, (choice?: Decision) => void>();
  /** Inbox messages that were handed to the engine and are not durable entries yet: their numbers by key. */
  readonly #handedOn = new Map<string, number>();
  /** Keys of messages that were taken. A list of the inbox may be older than that. */
  readonly #taken = new Set<string>();
  #lastRead = 0;
  readonly #stop = new AbortController();
  #receive: ((post: Post) => void) | undefined;
  #log: SessionLog | undefined;
  #isRestored = false;
  #isCollecting = false;
  #name: string | undefined;
  #status: SessionStatus = "running";

  constructor(parts: LiveSessionParts) {
    this.#parts = parts;
    this.#name = parts.name;
    const { state, entries } = parts.restored;
    this.ui = {
      canAsk: parts.frontEnd.canAsk ?? true,
      event: (event) => this.#hear(event),
      show: (message) => this.#show(message),
      ask: (question, options) => this.#ask(question, options.signal),
      collect: () => this.collect(),
      decide: (effect, options) => this.#deliberate(effect, options?.signal),
    };
    this.#startPosition = state.position - entries.length;
    this.#fold = new EventFold(parts.programs, { ...state, position: this.#startPosition });
  }

  /** Aborts when `stop` is called. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  // Members for the process that runs the session.

  /** A log that publishes the events of entries after they are durable. */
  logTo(inner: SessionLog): SessionLog {
    this.#log = inner;
    return {
      append: (entries) => {
        const publish = () => {
          for (const entry of entries) {
            for (const event of this.#fold.take(entry)) this.#publish(event);
            if (entry.type === "message" && entry.key !== undefined) this.#takeOut(entry.key);
          }
        };
        const pending = inner.append(entries);
        return pending ? pending.then(publish) : publish();
      },
      get bytes() {
        return inner.bytes;
      },
      flush: () => inner.flush(),
      checkpoint: (state, options) => inner.checkpoint(state, options),
      shown: () => inner.shown(),
      markShown: (position) => inner.markShown(position),
      entriesAfter: (position) => inner.entriesAfter(position),
      ...(inner.snapshots ? { snapshots: inner.snapshots } : {}),
    };
  }

  /** Call this before the run. `receive` takes words without an open question. */
  begin(receive: (post: Post) => void): Awaitable<void> {
    this.#receive = receive;
    this.#parts.frontEnd.begin(this, this.snapshot());
    return this.#forgetDelivered();
  }

  /** Call this after the replay of the unfinished turns. */
  restored(): void {
    this.#isRestored = true;
    this.collect();
  }

  /**
   * Hands kept messages to their agents. Words for no agent answer the person's oldest question; without one, they go to
   * the meeting that the person is in. Words to a meeting that has ended are dropped, with a notice.
   */
  collect(): Awaitable<void> {
    if (!this.#isRestored) return;
    const collected = whenSettled(this.#kept(), (kept) => this.#handOn(kept));
    // The next call tries again. The next append reports a store that fails.
    return collected instanceof Promise ? collected.catch(() => {}) : collected;
  }

  /** As `collect`, unless it is under way. Call this regularly, because other processes may post. */
  async collectNews(): Promise<void> {
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    try {
      await this.collect();
    } finally {
      this.#isCollecting = false;
    }
  }

  #handOn(kept: readonly KeptMessage[]): void {
    for (const { key, number, content } of kept) {
      if (this.#taken.has(key)) continue;
      if (content.type === "stop") this.#stopFor(key, content.token);
      if (content.type !== "words" || this.#handedOn.has(key)) continue;
      const { text, to, from } = content;
      const ask = to === undefined ? this.#oldestAsk(from) : undefined;
      const person = from ?? this.snapshot().persons[0]!;
      const receiver = to ?? meetingOf(this.#state, person);
      if (ask) {
        this.#handedOn.set(key, number);
        this.#close(ask, { text, key, ...(from === undefined ? {} : { from }) });
      } else if (receiver !== undefined && canReceive(this.#state, receiver, person)) {
        this.#handedOn.set(key, number);
        this.#receive?.({ text, to: receiver, from: person, key });
      } else if (to !== undefined && isEndedMeeting(this.#state, to)) {
        this.#takeOut(key);
        const notice = `Words of ${person} to ${to} were dropped: it has ended`;
        this.#tell({ type: "notice", level: "warning", text: notice });
      }
    }
  }

  /** A request that came after the end of its run stops no other one. */
  #stopFor(key: string, token: number): void {
    this.#takeOut(key);
    if (token === this.#state.token) this.stop();
  }

  /**
   * The number of the last inbox message that the session has handled. A later one is new to it.
   * Words that the engine dropped because it stopped are news, too.
   */
  get heard(): number {
    return Math.min(this.#lastRead, ...[...this.#handedOn.values()].map((number) => number - 1));
  }

  end(status: SessionStatus): void {
    this.#status = status;
    for (const queue of this.#queues) queue.close();
  }

  // Members for front ends and others.

  snapshot(): SessionSnapshot {
    const { programs } = this.#parts;
    const name = this.#name;
    const record = { status: this.#status, ...(name === undefined ? {} : { name }) };
    return snapshotOf(this.#state, programs, record);
  }

  /** The events after a position: first those of the journal, then live ones, until the session ends here. */
  watch(from: number): AsyncIterableIterator<SessionEvent> {
    const queue: EventQueue<SessionEvent> = new EventQueue(() => this.#queues.delete(queue));
    // Live events wait until those of the journal are there.
    const later: SessionEvent[] = [];
    const waiting = { push: (event: SessionEvent) => later.push(event), close: () => {} };
    this.#queues.add(waiting);
    whenSettled(this.#past(), (past) => {
      this.#queues.delete(waiting);
      for (const event of past) if (event.position > from) queue.push(event);
      for (const event of later) queue.push(event);
      this.#queues.add(queue);
      if (this.#status !== "running") queue.close();
    });
    return queue;
  }

  /**
   * Keeps a person's words for an agent. They are durable when the promise resolves. A key that this person repeats
   * changes nothing. Throws a `PlaybooksError` for a person whom the program does not have, and for a meeting that has
   * ended.
   */
  async post(posted: PostedWords, { key }: { readonly key: string }): Promise<{ readonly isNew: boolean }> {
    const words = inboxWords(posted, key, this.snapshot().people);
    const { to } = posted;
    const isEnded = () => to !== undefined && isEndedMeeting(this.#state, to);
    // Words with a repeated key may have been delivered before the meeting ended: that is no error.
    if (isEnded() && !await this.#isHeard(words.key)) throw meetingEndedError(to!);
    const { isNew } = await this.#parts.inbox.post(words.key, words.content);
    if (isNew && isEnded()) {
      await this.#parts.inbox.take([words.key]);
      throw meetingEndedError(to!);
    }
    this.collect();
    return { isNew };
  }

  /** Whether the words with a key were handed to their agents. */
  async #isHeard(key: string): Promise<boolean> {
    if (this.#handedOn.has(key)) return true;
    for (const entry of await this.#parts.history()) {
      if (entry.type === "message" && entry.key === key) return true;
    }
    return false;
  }

  answer(question: string, text: string, person?: string): void {
    const ask = this.#questions.get(question);
    if (ask) this.#close(ask, { text, ...(person === undefined ? {} : { from: person }) });
  }

  say(person: string, text: string): void {
    const ask = this.#oldestAsk(person);
    if (ask) return this.#close(ask, { text, from: person });
    this.post({ person, text }, { key: `said ${crypto.randomUUID()}` }).catch((error) =>
      this.failInput(error)
    );
  }

  /** The oldest open question to a person, or to any person. */
  #oldestAsk(person: string | undefined): OpenAsk | undefined {
    return [...this.#questions.values()].find((ask) =>
      person === undefined || personsAsked(ask).includes(person)
    );
  }

  endInput(): void {
    for (const ask of this.#questions.values()) this.#close(ask, undefined);
  }

  failInput(error: unknown): void {
    for (const { reject } of this.#questions.values()) reject(error);
  }

  /** Answers an open `decision` event. If there is none for this effect, nothing changes. */
  decide(effect: string, choice?: Decision): void {
    this.#decisions.get(effect)?.(choice);
  }

  stop(): void {
    this.#stop.abort();
  }

  past(maxEntries: number): Awaitable<readonly SessionEvent[]> {
    const shown = this.#log?.shown() ?? this.#fold.position;
    return whenSettled(
      this.#past(maxEntries),
      (past) => [...past].filter(({ type, position }) => type !== "say" || position <= shown),
    );
  }

  async rename(name: string): Promise<void> {
    if (!this.#parts.rename) {
      throw new PlaybooksError("This session is not kept, so it cannot have a name", {
        exitCode: exitCodes.usage,
      });
    }
    await this.#parts.rename(name);
    this.#name = name;
  }

  get #state(): State {
    return this.#parts.restored.state;
  }

  #hear(event: RuntimeEvent): void {
    // Other events come from the journal. Only a repeated model call has no entry.
    if (isReplayable(event) && !(event.type === "turn" && !this.#isRestored)) return;
    this.#tell(event);
  }

  #show({ position, ...words }: SpokenMessage): void {
    // Words of this run were published when their entry became durable.
    if (position <= this.#startPosition) this.#publish({ type: "say", ...words, position });
  }

  #ask(question: Question, signal: AbortSignal): Promise<PersonAnswer | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<PersonAnswer | undefined>();
    const ask: OpenAsk = { ...question, resolve, reject };
    this.#questions.set(question.id, ask);
    signal.addEventListener("abort", () => this.#close(ask, undefined), { once: true });
    whenSettled(this.collect(), () => {
      if (this.#questions.get(question.id) === ask) {
        this.#tell({ type: "ask", ...question, ...this.#saidBefore(ask) });
      }
    });
    return promise;
  }

  /** The words before a question, for a script that shows it. */
  #saidBefore({ id }: Question): { readonly said?: string } {
    const { said } = this.snapshot().questions.find((question) => question.id === id) ?? {};
    return said === undefined ? {} : { said };
  }

  #close(ask: OpenAsk, answer: PersonAnswer | undefined): void {
    // The same wait may ask other persons by now.
    if (this.#questions.get(ask.id) !== ask) return;
    this.#questions.delete(ask.id);
    ask.resolve(answer);
    this.#tell({ type: "ask-end", id: ask.id });
  }

  async #deliberate(effect: UncertainEffect, signal?: AbortSignal): Promise<Decision | undefined> {
    const decided = await this.#takeDecision(effect.id);
    if (decided || !this.#parts.frontEnd.canDecide) return decided;
    const { promise, resolve } = Promise.withResolvers<Decision | undefined>();
    const end = (choice?: Decision) => {
      if (!this.#decisions.delete(effect.id)) return;
      resolve(choice);
      this.#tell({ type: "decision-end", id: effect.id });
    };
    this.#decisions.set(effect.id, end);
    signal?.addEventListener("abort", () => end(), { once: true });
    this.stopped.addEventListener("abort", () => end(), { once: true });
    this.#tell({ type: "decision", ...effect });
    return await promise;
  }

  /** The decision that was posted while no process ran the session. */
  async #takeDecision(effect: string): Promise<Decision | undefined> {
    const { state, entries } = this.#parts.restored;
    const last = state.token - entries.filter(({ type }) => type === "run").length;
    for (const { key, content } of await this.#kept()) {
      if (content.type !== "decision" || content.effect !== effect || content.token !== last) continue;
      await this.#parts.inbox.take([key]);
      return content.choice;
    }
    return undefined;
  }

  #kept(): Awaitable<readonly KeptMessage[]> {
    return whenSettled(
      this.#parts.inbox.read(),
      (messages) =>
        messages.flatMap(({ key, number, message }) => {
          this.#lastRead = Math.max(this.#lastRead, number);
          const content = readInboxContent(message);
          return content ? [{ key, number, content }] : [];
        }),
    );
  }

  /** Takes out messages that already have entries: an earlier run died before it took them. */
  #forgetDelivered(): Awaitable<void> {
    return whenSettled(this.#kept(), (kept) => {
      if (kept.length === 0) return;
      const keys = new Set(kept.map(({ key }) => key));
      return whenSettled(this.#parts.history(), (entries) => {
        for (const entry of entries) {
          if (entry.type === "message" && entry.key !== undefined && keys.has(entry.key)) {
            this.#takeOut(entry.key);
          }
        }
      });
    });
  }

  #tell(fact: EventFact): void {
    this.#publish({ ...fact, position: this.#fold.position });
  }

  #publish(event: SessionEvent): void {
    this.#parts.frontEnd.event(event);
    if (event.type === "meeting") this.collect();
    if (event.type === "say") this.#log?.markShown(event.position);
    for (const queue of this.#queues) queue.push(event);
  }

  /** Takes words out of the inbox after their entry is durable. */
  #takeOut(key: string): void {
    this.#handedOn.delete(key);
    this.#taken.add(key);
    const taken = this.#parts.inbox.take([key]);
    // The next append reports a store that fails. A message that stays is taken at the next run.
    if (taken instanceof Promise) taken.catch(() => {});
  }

  /** The events of the last `maxEntries` durable entries. */
  #past(maxEntries = Infinity): Awaitable<Iterable<SessionEvent>> {
    const until = this.#fold.position;
    const { base, agents } = this.#state;
    const from = Math.max(base, until - maxEntries);
    const fold = new EventFold(this.#parts.programs, { position: from, agents, frames: {} });
    return whenSettled(this.#parts.history(), function* (entries) {
      let position = base;
      for (const entry of entries) {
        if (fold.position === until) return;
        if (++position > from) yield* fold.take(entry);
      }
    });
  }
}

/** A message of the inbox that can be read. */
interface KeptMessage {
  readonly key: string;
  readonly number: number;
  readonly content: InboxContent;
}

interface OpenAsk extends Question {
  readonly resolve: (answer: PersonAnswer | undefined) => void;
  readonly reject: (error: unknown) => void;
}
