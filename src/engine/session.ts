import { assert } from "@std/assert";
import type { RunResult } from "./fold/result.ts";
import { Core, type SessionParts } from "./core.ts";
import type { Post } from "./event.ts";
import { InFlight } from "./in_flight.ts";
import { Mailbox } from "./mailbox.ts";
import { Persons } from "./persons.ts";
import type { State } from "./fold/state.ts";
import { Threads } from "./threads.ts";
import { Turns } from "./turn/turns.ts";

/** Longest that the scheduler works without letting signals and answers in. */
const sliceMs = 20;

/**
 * Runs a session: the scheduler.
 *
 * It does all that can be done, makes it durable, acts on it, and only then waits for the world, in one place
 * (`#nextHappening`); between two waits nothing outside changes a thing.
 */
export class Session {
  readonly #core: Core;
  readonly #persons: Persons;
  /** Position of the session when something was due and the loop went round for it. */
  #overdueAt: number | undefined;

  constructor(parts: SessionParts) {
    const core = this.#core = new Core(parts);
    core.turns = new Turns(core);
    core.flights = new InFlight(core);
    core.threads = new Threads(core);
    core.mail = new Mailbox(core);
    this.#persons = new Persons(core, parts.replies ?? []);
  }

  /** Whether words that were given beforehand were read by nobody. */
  get hasReplies(): boolean {
    return this.#persons.hasReplies;
  }

  /** Gives an agent words of a person that nobody may have asked for; they are dropped when the session stops first. */
  receive(post: Post): void {
    this.#core.happen(() => this.#persons.receive(post));
  }

  /** The state as it stands; for reading. */
  get state(): State {
    return this.#core.state;
  }

  /**
   * Runs until the program ends or the session must stop. Throws a `PlaybooksError` when the storage fails or the words
   * of an agent cannot be written; all else is a result.
   */
  async run(
    options: {
      readonly signal: AbortSignal;
      /** Called when the unfinished turns have been run again; not where the session had ended, or must stop there. */
      readonly onRestored?: () => void;
    },
  ): Promise<RunResult> {
    const core = this.#core;
    const onAbort = () => {
      core.stop ??= { kind: "interrupted" };
      core.wake();
    };
    options.signal.addEventListener("abort", onAbort);
    if (options.signal.aborted) onAbort();
    try {
      core.ui.event({ type: "persons", names: core.persons() });
      this.#showUnshown();
      if (!core.state.end && !core.stop) {
        await this.#takeUp();
        if (!core.stop) options.onRestored?.();
      }
      if (!core.state.end && !core.stop) this.#persons.giveReplies();
      while (!core.stop) {
        const busy = this.#settle();
        if (core.stop || (core.state.end && !core.pending)) break;
        if (core.untilSandbox.length > 0) {
          await core.loadSandbox();
          core.happenings.push(...core.untilSandbox.splice(0));
          continue;
        }
        const still = !busy && core.flights.size === 0 && core.happenings.length === 0;
        // It says so exactly when it has made an entry, so that this loop cannot turn without one.
        if (still && core.mail.unblock()) continue;
        this.#persons.ask();
        if (still && this.#persons.suspended()) {
          core.stop = { kind: "waiting", for: this.#persons.waitedFor() };
        } else await this.#nextHappening(busy);
      }
      while (core.pending) core.commit();
      core.log.checkpoint(core.state, { last: true });
      return core.stop ?? this.#ending();
    } finally {
      options.signal.removeEventListener("abort", onAbort);
      this.#persons.stopAsking();
      core.flights.abortAll();
      core.turns.closeAll();
    }
  }

  /** Words whose entry is durable and that a killed run may not have shown. */
  #showUnshown(): void {
    const { log, state } = this.#core;
    let position = log.shown();
    if (state.lastSaid <= position) return;
    for (const entry of log.entriesAfter(position)) {
      position++;
      if (entry.type === "effect" && entry.did?.kind === "said") this.#core.show(entry.did, position);
    }
  }

  /** Runs the unfinished turn of each frame again, up to where it stood; models are asked first where that is safe. */
  async #takeUp(): Promise<void> {
    const core = this.#core;
    const choices = await core.flights.decideUncertain();
    if (core.stop) return;
    const interrupted = Object.values(core.state.frames).filter((frame) => frame.phase === "running");
    // Code that was edited in flight may turn out to differ from what it did: then nothing must have been paid.
    const asksFirst = interrupted.every((frame) => frame.priorSource === undefined);
    if (asksFirst) this.#askOpen();
    if (interrupted.length > 0) {
      if (core.flights.size > 0) await core.flights.sent();
      if (core.stop) return;
      await core.loadSandbox();
    }
    for (const frame of interrupted) {
      // A frame that was run again before this one may have ended the program.
      if (core.state.frames[frame.id] === frame && frame.phase === "running") core.turns.replay(frame);
      if (core.stop) return;
    }
    for (const frame of Object.values(core.state.frames)) {
      if (frame.phase === "ready") core.readyFrames.add(frame.id);
    }
    if (!asksFirst) this.#askOpen();
    for (const id of Object.keys(core.state.agents)) core.changedAgents.add(id);
    core.flights.takeUpOutside(choices);
    core.threads.startAgents();
  }

  /** Asks the models again whose answers had not come. */
  #askOpen(): void {
    const { flights, state } = this.#core;
    for (const frame of Object.values(state.frames)) if (frame.phase === "asked") flights.ask(frame);
  }

  /** Does all that can be done without the world; true when it stopped only to let the world in. */
  #settle(): boolean {
    const core = this.#core;
    const until = core.world.elapsed() + sliceMs;
    for (;;) {
      for (let next = core.happenings.shift(); next; next = core.happenings.shift()) next();
      if (core.stop) return false;
      core.goOn();
      if (core.stop) return false;
      if (!core.state.end) {
        core.threads.startThreads();
        core.threads.startTurns();
        if (core.stop) return false;
        core.mail.deliverMail();
        core.mail.fireTimers();
      }
      if (!core.pending && !core.canGoOn) return false;
      core.commit();
      if (core.world.elapsed() > until) return true;
    }
  }

  /** The one place where the session waits: for an answer, a timer, a person, a signal. */
  async #nextHappening(busy: boolean): Promise<void> {
    const core = this.#core;
    if (busy) {
      await core.world.pause();
      return;
    }
    if (core.happenings.length > 0) return;
    const now = core.now();
    core.log.flush();
    const due = Math.min(core.mail.nextTimer(), core.mail.nextBatch());
    const start = core.world.elapsed();
    if (due === Infinity) {
      await core.woken();
      core.waited(now, core.world.elapsed() - start);
      return;
    }
    // What is due makes an entry in the next round; if it did not, the loop would spin.
    const { position } = core.state;
    const overdue = due <= now;
    assert(!overdue || position !== this.#overdueAt, `What is due at entry ${position} does nothing`);
    this.#overdueAt = overdue ? position : undefined;
    const timer = new AbortController();
    await Promise.race([
      core.woken(),
      core.world.wait(Math.max(0, due - now), { signal: timer.signal }),
    ]);
    timer.abort();
    core.waited(now, core.world.elapsed() - start);
  }

  #ending(): RunResult {
    const { end } = this.#core.state;
    return end?.status === "failed"
      ? { kind: "failed", reason: end.reason ?? "the program failed" }
      : { kind: "completed" };
  }
}
