import type { Outcome } from "../sandbox/sandbox.ts";
import type { Awaitable } from "../store/session_store.ts";
import { boundsOf, WordCount, wordsIn } from "./bounds.ts";
import { wordsForPersons } from "./builtins/perform.ts";
import { effectNamed } from "./builtins/table.ts";
import type { SessionClock } from "./clock.ts";
import { agentCreated, type SessionCommand, takeKnownResult } from "./command.ts";
import { type Continuations, maxUnsynced } from "./continuations.ts";
import { applyEntry } from "./fold/apply.ts";
import type { Asked, Did, EndEntry, Entry, Firing, StateDelta } from "./fold/entry.ts";
import type { RunResult } from "./fold/result.ts";
import { isGoingOn, meetingsOf, participatingAgents } from "./fold/meetings.ts";
import type { Frame, HeldWords, State } from "./fold/state.ts";
import { wordsReleased, wordsShownAtOnce } from "./fold/words_shown.ts";
import type { SessionLog } from "./log.ts";
import { silentWaitsError } from "./wait_results.ts";

/**
 * Changes the state, and makes the changes durable.
 *
 * Invariants:
 * 1. `record` is the only way to change the state. The commands of an entry are carried out only after the entry is
 *    durable. Only then are words shown, models called, requests sent and waits begun.
 * 2. Code gets results from outside (completions, messages, responses, files) only after their entry is durable.
 *    Results that follow from the state alone (a kept artifact, a call, a return) may come earlier, with
 *    `appendDeferred`. This cannot be noticed from outside, and a replay from the durable entries gives the same.
 *    `run_ahead.ts` gives the results of words before their append is durable, too.
 *    `continuations.ts` bounds how many entries wait.
 * 3. After a failed append the session does nothing more: `commit` throws, and only the command line catches it.
 */
export class EntryWriter {
  readonly #state: State;
  readonly #log: SessionLog;
  readonly #clock: SessionClock;
  readonly #continuations: Continuations;
  /** Words that this run showed to people. */
  readonly #words = new WordCount();
  /** Called after each entry. It may record further ones. */
  #afterEntry: (entry: Entry) => void = () => {};
  #batch: Entry[] = [];
  #commands: SessionCommand[] = [];

  constructor(
    { state, log, clock, continuations }: {
      readonly state: State;
      readonly log: SessionLog;
      readonly clock: SessionClock;
      readonly continuations: Continuations;
    },
  ) {
    this.#state = state;
    this.#log = log;
    this.#clock = clock;
    this.#continuations = continuations;
  }

  /** Calls a function after each entry, for entries that must follow directly. */
  follow(afterEntry: (entry: Entry) => void): void {
    this.#afterEntry = afterEntry;
  }

  /** Changes the state by an entry, and returns its position. The commands run after the entry is durable. */
  record(entry: Entry, onDurable: readonly SessionCommand[] = []): number {
    applyEntry(this.#state, entry);
    const { position } = this.#state;
    this.#batch.push(entry);
    for (const command of onDurable) this.#commands.push(command);
    this.#afterEntry(entry);
    return position;
  }

  /** Records an entry with no effect outside: code continues with `next` before the sync. */
  appendDeferred(entry: Entry, next: readonly SessionCommand[]): void {
    this.record(entry);
    this.#continuations.add(next);
  }

  /** Whether recorded entries are not durable yet. */
  get isPending(): boolean {
    return this.#batch.length > 0 || this.#commands.length > 0;
  }

  /** Whether commands wait for the next append. */
  get hasCommands(): boolean {
    return this.#commands.length > 0;
  }

  /** Takes back the next result for code if it follows from the state, and returns its frame. */
  takeKnownResult(): string | undefined {
    return takeKnownResult(this.#commands);
  }

  get isFull(): boolean {
    return this.#batch.length >= maxUnsynced;
  }

  /** Makes all recorded entries durable with one append. Run the commands after `durable` has resolved. */
  commit(): { readonly commands: readonly SessionCommand[]; readonly durable: Awaitable<void> } {
    const batch = this.#batch;
    const commands = this.#commands;
    this.#batch = [];
    this.#commands = [];
    const durable = batch.length > 0 ? this.#log.append(batch) : undefined;
    return { commands, durable };
  }

  /** The reason to stop if the journal has grown too large. */
  sizeLimit(): RunResult | undefined {
    const { maxSessionMb } = boundsOf(this.#state.settings);
    const { bytes } = this.#log;
    if (bytes <= maxSessionMb * 1024 * 1024) return undefined;
    return {
      kind: "limit",
      message: `The session's journal takes ${Math.round(bytes / 1024 / 1024)} MB with its blobs, ` +
        `and max_session_mb = ${maxSessionMb}; raise it under [limits], then resume`,
    };
  }

  /** Words shown to people in the last minute. */
  get wordsInMinute(): number {
    return this.#words.at(this.#clock.now());
  }

  /**
   * Records the result of an effect. The code gets it after it is durable; before that only if it follows from the state
   * and no person, agent or server can notice the effect.
   */
  recordResult(
    frame: Frame,
    ordinal: number,
    outcome: Outcome,
    more: { readonly asked?: Asked; readonly out?: StateDelta; readonly did?: Did } = {},
  ): void {
    const { asked, did } = more;
    const text = did && wordsForPersons(did);
    if (text !== undefined) this.#words.add(wordsIn(text), this.#clock.now());
    // These words are shown at once, so words that were kept for a hearer come before them.
    const hearers = did?.kind === "sent" ? did.hearers ?? [] : [];
    this.recordReleases((this.#state.held ?? []).filter(({ to }) => hearers.includes(to)));
    const entry: Entry = {
      type: "effect",
      at: this.#clock.now(),
      frame: frame.id,
      ordinal,
      outcome,
      ...more,
    };
    const followsFromState = asked && effectNamed(asked.name)?.kind !== "outside";
    // An inside effect that shows words, sends a message or creates an agent waits for the sync, too.
    const isEarly = followsFromState && (!did || did.kind === "saved");
    if (isEarly) {
      this.appendDeferred(entry, [{ kind: "deliver", frame: frame.id }]);
      return;
    }
    const position = this.record(entry);
    if (did) this.#announce(did, position);
    const isKnown = followsFromState && did?.kind === "said";
    this.#commands.push({ kind: "deliver", frame: frame.id, ...(isKnown ? { isKnown } : {}) });
  }

  /**
   * Records the result of a wait that ended at once without words. After many of them in a row, the result is an error.
   * Code that catches it and waits on ends the program: it would do so without an end. The end takes the place of the
   * result, so a kill cannot come between them.
   */
  recordSilence(
    frame: Frame,
    ordinal: number,
    outcome: Outcome,
    more: { readonly asked?: Asked; readonly out?: StateDelta } = {},
  ): void {
    const { maxSilentWaits } = boundsOf(this.#state.settings);
    const { agent, playbook, silentWaits = 0 } = frame;
    if (silentWaits >= 2 * maxSilentWaits) {
      const reason = `${playbook} of ${this.#state.agents[agent]?.klass ?? ""} (agent ${agent}): ` +
        `${silentWaits} waits in a row ended at once without words, although an error said so after ${maxSilentWaits}`;
      this.recordEnd("failed", { reason, frame: frame.id });
      return;
    }
    const isTooLong = silentWaits >= maxSilentWaits;
    const given = isTooLong && outcome.ok ? silentWaitsError(maxSilentWaits) : outcome;
    this.recordResult(frame, ordinal, given, { ...more, did: { kind: "silent" } });
  }

  /** Adds commands for the side effect of the entry at a position. */
  #announce(did: Did, position: number): void {
    const commands = this.#commands;
    const words = wordsShownAtOnce(did);
    if (words) commands.push({ kind: "show", said: words, position });
    switch (did.kind) {
      case "sent": {
        const { from, fromKlass, to, text, meeting } = did.message;
        if (meeting !== undefined) {
          const receivers = participatingAgents(this.#state.meetings![meeting]!);
          for (const agent of receivers) commands.push({ kind: "check-agent", agent });
          if (!words) {
            commands.push({
              kind: "emit",
              event: { type: "message", from, fromKlass, to, toKlass: "", text },
            });
          }
          return;
        }
        const toKlass = this.#state.agents[to]?.klass ?? "";
        if (did.created) commands.push(...agentCreated(did.created));
        commands.push(
          { kind: "check-agent", agent: to },
          { kind: "emit", event: { type: "message", from, fromKlass, to, toKlass, text } },
        );
        return;
      }
      case "created":
        commands.push(...agentCreated(did.agent));
        return;
      case "invited":
        for (const agent of did.created ?? []) commands.push(...agentCreated(agent));
        return;
      case "said":
      case "saved":
      case "kept":
      case "silent":
      case "took":
      case "given":
        return;
    }
  }

  /** Takes a frame off the stack and gives the outcome to its caller. */
  recordReturn(
    frame: Frame,
    outcome: Outcome,
    more: {
      readonly out?: StateDelta | undefined;
      readonly summary?: string | undefined;
      readonly fires?: Firing | undefined;
    } = {},
  ): void {
    const { agent, caller } = frame;
    const klass = this.#state.agents[agent]?.klass ?? "";
    // An agent whose part in a meeting fails has left, and the others are told why. After the end they do not hear it.
    const isTold = frame.root === "meeting" && meetingsOf(this.#state, frame).some(isGoingOn);
    if (!caller && !outcome.ok && !isTold) {
      const reason = `${frame.playbook} of ${klass} (agent ${agent}): ${outcome.error.message}`;
      this.recordEnd("failed", { reason, frame: frame.id });
      return;
    }
    const entry: Entry = {
      type: "return",
      at: this.#clock.now(),
      frame: frame.id,
      outcome,
      ...(more.out ? { out: more.out } : {}),
      ...(more.summary === undefined ? {} : { summary: more.summary }),
      ...(more.fires ? { fires: more.fires } : {}),
    };
    const commands: SessionCommand[] = [
      { kind: "check-agent", agent },
      {
        kind: "emit",
        event: {
          type: "return",
          agent,
          klass,
          playbook: frame.playbook,
          ok: outcome.ok,
          ...(caller || outcome.ok ? {} : { error: outcome.error.message }),
        },
      },
    ];
    if (frame.pauses !== undefined) commands.push({ kind: "unpause", frame: frame.pauses });
    if (!caller) {
      this.record(entry, commands);
      return;
    }
    this.appendDeferred(entry, [...commands, { kind: "deliver", frame: caller.frame }]);
  }

  /** Shows words that were kept for persons: each by an entry of its own, so that a kill in between loses no words. */
  recordReleases(held: readonly HeldWords[]): void {
    for (const { position: words, at: _, ...kept } of held) {
      const position = this.record({ type: "release", at: this.#clock.now(), words, ...kept });
      this.#commands.push({ kind: "show", said: wordsReleased(kept), position });
    }
  }

  /** Ends the program, once. Persons see all words before. */
  recordEnd(status: EndEntry["status"], more: Pick<EndEntry, "reason" | "frame"> = {}): void {
    if (this.#state.end) return;
    this.recordReleases(this.#state.held ?? []);
    this.record({ type: "end", at: this.#clock.now(), status, ...more });
  }
}
