import { assert } from "@std/assert";
import type { Models } from "../model/mod.ts";
import type { Sandbox } from "../sandbox/mod.ts";
import { BackgroundAnswers } from "./background_answers.ts";
import { SessionClock } from "./clock.ts";
import type { SessionCommand } from "./command.ts";
import type { SessionContext } from "./context.ts";
import { Continuations, maxUnsyncedMs } from "./continuations.ts";
import { Definitions, type SessionPerson } from "./definitions.ts";
import { EntryWriter } from "./entry_writer.ts";
import type { PersonInfo, Post, Reply, Ui } from "./event.ts";
import type { RunResult } from "./fold/result.ts";
import { depthOf, type State } from "./fold/state.ts";
import { wordsShownBy } from "./fold/words_shown.ts";
import { HeldWordsRelease } from "./held_words.ts";
import { Idleness, type MaxWaits } from "./idleness.ts";
import { InFlight } from "./in_flight.ts";
import type { Awaitable } from "../store/session_store.ts";
import type { SessionLog } from "./log.ts";
import { Mailbox } from "./mailbox.ts";
import { Meetings } from "./meetings.ts";
import { ModelCalls } from "./model_calls.ts";
import { ModelRequests } from "./model_requests.ts";
import { OutsideRequests } from "./outside_requests.ts";
import { Persons } from "./persons.ts";
import type { Programs } from "./programs.ts";
import { RunAhead } from "./run_ahead.ts";
import { SandboxLoader } from "./sandbox_loader.ts";
import { Schedule } from "./schedule.ts";
import { Threads } from "./threads.ts";
import { Timers } from "./timers.ts";
import { ToolLists } from "./tool_lists.ts";
import { ToolQuestions } from "./tool_questions.ts";
import { Triggers } from "./triggers.ts";
import { EffectPerformer } from "./turn/effects.ts";
import { TurnRunner } from "./turn/execution.ts";
import { LiveTurns } from "./turn/live_turns.ts";
import { TurnReplay } from "./turn/replay.ts";
import { SnapshotPolicy } from "./turn/snapshot_policy.ts";
import type { EngineWorld } from "./world.ts";

/** Maximum time that the scheduler works without admitting signals and answers. */
const maxSliceMs = 20;

/** The parts of a session. */
export interface SessionParts {
  /** The fold of the log's entries, including the `session` and `run` entries. */
  readonly state: State;
  readonly log: SessionLog;
  readonly world: EngineWorld;
  readonly ui: Ui;
  /** The models, by kind of answer and by the `model:` line of a playbook or an agent. */
  readonly models: Pick<Models, "pick">;
  readonly programs: Programs;
  /** The sandbox for code, or a function that loads it. No code runs before a model's first answer. */
  readonly sandbox: Sandbox | (() => Promise<Sandbox>);
  /** Words of a person from `--message`, for the first waits. */
  readonly replies?: readonly Reply[];
  /** Edited code in flight continues from the first call that differs; otherwise the session stops there. */
  readonly redo?: boolean;
  /** See `SnapshotLimits`; 40 when absent. */
  readonly maxLiveScopes?: number;
  /** See `SnapshotLimits`; 250 when absent. */
  readonly resultsPerSnapshot?: number;
  /** The bounds of waiting. A session that can only wait longer leaves the process; when absent, it stays. */
  readonly maxWaits?: MaxWaits;
  /** The last position whose entry is that of another session, which this one was forked from; 0 when absent. */
  readonly forkedAt?: number;
}

/**
 * Runs a session: the scheduler.
 *
 * It does all possible work, makes it durable, and carries out the commands that waited for that. Then it waits for
 * the world, in `#nextEvent`. Between two waits nothing outside changes the session.
 */
export class Session {
  readonly #context: SessionContext;
  readonly #log: SessionLog;
  readonly #continuations = new Continuations();
  readonly #timers: Timers;
  readonly #sandbox: SandboxLoader;
  readonly #requests: ModelRequests;
  readonly #background: BackgroundAnswers;
  readonly #modelCalls: ModelCalls;
  readonly #outside: OutsideRequests;
  readonly #toolLists: ToolLists;
  readonly #toolQuestions: ToolQuestions;
  readonly #threads: Threads;
  readonly #mailbox: Mailbox;
  readonly #triggers: Triggers;
  readonly #meetings: Meetings;
  readonly #persons: Persons;
  readonly #held: HeldWordsRelease;
  readonly #turns: LiveTurns;
  readonly #snapshots: SnapshotPolicy;
  readonly #runner: TurnRunner;
  readonly #runAhead: RunAhead;
  /** The work of a round, in order. Each part may end the program; then the others must do nothing. */
  readonly #work: readonly (() => void)[];
  /** The session's position when the loop last went round for something due. */
  #overdueAt: number | undefined;
  readonly #idleness: Idleness;

  constructor(parts: SessionParts) {
    const { state, log, world, ui } = parts;
    const clock = new SessionClock(world, state.at);
    const schedule = new Schedule();
    const context = this.#context = {
      state,
      world,
      ui,
      clock,
      schedule,
      writer: new EntryWriter({ state, log, clock, continuations: this.#continuations }),
      definitions: new Definitions(state, parts.programs),
      inFlight: new InFlight(),
    };
    this.#log = log;
    this.#timers = new Timers(state);
    this.#idleness = new Idleness(world, parts.maxWaits);
    this.#sandbox = new SandboxLoader(parts.sandbox, context);
    const requests = this.#requests = new ModelRequests(state, context.definitions, parts.models);
    const background = this.#background = new BackgroundAnswers(context, parts.forkedAt ?? 0);
    this.#modelCalls = new ModelCalls(context, { requests, sandbox: this.#sandbox, background });
    this.#toolLists = new ToolLists(context);
    const questions = this.#toolQuestions = new ToolQuestions(context);
    this.#outside = new OutsideRequests(context, questions);
    this.#threads = new Threads(context, requests);
    this.#meetings = new Meetings(context);
    this.#mailbox = new Mailbox(context, this.#timers, this.#meetings);
    const triggers = this.#triggers = new Triggers(context);
    context.writer.follow((entry) => triggers.afterEntry(entry));
    this.#persons = new Persons(context, parts.programs, parts.replies ?? []);
    this.#held = new HeldWordsRelease(context);
    const turns = this.#turns = new LiveTurns(context, this.#sandbox);
    const snapshots = this.#snapshots = new SnapshotPolicy(context, turns, log.snapshots, {
      maxLiveScopes: parts.maxLiveScopes ?? 40,
      resultsPerSnapshot: parts.resultsPerSnapshot ?? 250,
    });
    this.#runner = new TurnRunner({
      context,
      sandbox: this.#sandbox,
      turns,
      snapshots,
      effects: new EffectPerformer(context, this.#timers),
      replay: new TurnReplay(context, turns, snapshots),
      redo: parts.redo ?? false,
    });
    this.#runAhead = new RunAhead(context, (frame) => this.#runner.deliverNext(frame));
    this.#work = [
      () => this.#threads.startThreads(),
      () => this.#threads.startTurns(),
      () => this.#toolQuestions.takeAnswers(),
      () => this.#meetings.advance(),
      () => this.#mailbox.deliverMail(),
      () => this.#mailbox.fireTimers(),
      () => this.#held.releaseDue(),
    ];
  }

  /** Whether words that came with the command are left. */
  get hasReplies(): boolean {
    return this.#persons.hasReplies;
  }

  /** Gives an agent words of a person without an open question. Drops them if the session stops first. */
  receive(post: Post): void {
    this.#context.schedule.post(() => this.#persons.receive(post));
  }

  /** The current state, for reading only. */
  get state(): State {
    return this.#context.state;
  }

  /**
   * Runs until the program ends or the session must stop. Throws a `PlaybooksError` if the storage fails or an agent's
   * words cannot be written. Everything else is a result.
   */
  async run(
    options: {
      readonly signal: AbortSignal;
      /** Called after the replay of the unfinished turns, unless the session has ended or must stop there. */
      readonly onRestored?: () => void;
    },
  ): Promise<RunResult> {
    const { schedule, state, ui, definitions, inFlight } = this.#context;
    const onAbort = () => {
      schedule.stop({ kind: "interrupted" });
      schedule.wake();
    };
    options.signal.addEventListener("abort", onAbort);
    if (options.signal.aborted) onAbort();
    try {
      const people = definitions.people();
      ui.event({ type: "persons", ...announced(people) });
      await this.#showUnshown();
      if (!state.end && !schedule.stopped) await this.#toolLists.open(options.signal);
      if (!state.end && !schedule.stopped) {
        await this.#restore();
        // The first run has made the agents of the persons, so they have ids now.
        const now = definitions.people();
        if (now.some(({ id }, index) => id !== people[index]?.id)) {
          ui.event({ type: "persons", ...announced(now) });
        }
        if (!schedule.stopped) options.onRestored?.();
      }
      if (!state.end && !schedule.stopped) this.#persons.giveReplies();
      await this.#runToEnd();
      await this.#log.checkpoint(state, { last: true });
      return schedule.stopped ?? this.#ending();
    } finally {
      options.signal.removeEventListener("abort", onAbort);
      this.#persons.stopAsking();
      this.#toolLists.stop();
      inFlight.abortAll();
      this.#turns.closeAll();
      await this.#background.stop();
    }
  }

  /** The scheduler's loop. On return all recorded entries are durable. */
  async #runToEnd(): Promise<void> {
    const { schedule, state, writer, inFlight } = this.#context;
    while (!schedule.stopped) {
      const isBusy = await this.#runUntilIdle();
      if (schedule.stopped || (state.end && !writer.isPending)) break;
      if (this.#runner.needsSandbox) {
        await this.#sandbox.load();
        schedule.post(() => this.#runner.runWaiting());
        continue;
      }
      // Calls whose tool server waits for a person do nothing meanwhile.
      const working = inFlight.size - this.#toolQuestions.waitingCalls;
      const isStill = !isBusy && working === 0 && !schedule.hasEvents;
      // It returns true only if it recorded an entry, so this loop cannot spin.
      if (isStill && inFlight.size === 0) {
        if (this.#persons.endAmbient() || this.#mailbox.resolveDeadlock(this.#persons)) continue;
      }
      // A person sees all words before a question.
      if (state.held && this.#held.releaseFor(this.#persons.waitedFor())) continue;
      this.#persons.ask({ isQuiet: isStill });
      const nextTimerMs = Math.min(this.#timers.lowerBoundMs(), this.#meetings.nextMs());
      if (isStill && this.#persons.isSuspended && nextTimerMs === Infinity) {
        if (this.#held.releaseAll()) continue;
        schedule.stop({ kind: "waiting", for: this.#persons.waitedFor() });
      } else if (isStill && this.#mayLeave()) await this.#leave();
      else await this.#nextEvent({ isBusy, isStill });
    }
    this.#background.journal();
    while (writer.isPending) await this.#commit();
  }

  /** Whether the session only waits, and does so for longer than it may stay in memory. */
  #mayLeave(): boolean {
    const { state, clock } = this.#context;
    if (!this.#idleness.isBounded) return false;
    const asksPersons = this.#persons.waitedFor().length > 0;
    if (asksPersons && this.#idleness.leftMs(state.position) > 0) return false;
    const dueMs = this.#nextDueMs();
    return dueMs === Infinity ? asksPersons : this.#idleness.isTooLong(dueMs - clock.now());
  }

  /** Stops the session as one that waits, unless an answer is there after all. */
  async #leave(): Promise<void> {
    const { schedule, ui, world } = this.#context;
    if (this.#held.releaseAll()) return;
    await ui.collect?.();
    await world.pause();
    if (schedule.hasEvents) return;
    const dueMs = this.#nextDueMs();
    const untilMs = dueMs === Infinity ? {} : { untilMs: dueMs };
    schedule.stop({ kind: "waiting", for: this.#persons.waitedFor(), ...untilMs });
  }

  /** How long the session may still wait for persons, in ms; `Infinity` if nothing bounds that. */
  #leftForPersonsMs(): number {
    const leftMs = this.#idleness.leftMs(this.#context.state.position);
    return leftMs > 0 && this.#persons.waitedFor().length > 0 ? leftMs : Infinity;
  }

  /** When something happens by itself, ms since 1970; `Infinity` if nothing does. */
  #nextDueMs(timersMs = this.#timers.firstMs()): number {
    return Math.min(
      timersMs,
      this.#mailbox.nextBatchMs(),
      this.#held.nextMs(),
      this.#meetings.nextMs(),
    );
  }

  /** Shows words with a durable entry that a killed run may not have shown. */
  async #showUnshown(): Promise<void> {
    const { state } = this.#context;
    let position = this.#log.shown();
    if (state.lastSaid <= position) return;
    for (const entry of await this.#log.entriesAfter(position)) {
      position++;
      const said = wordsShownBy(entry);
      if (said) await this.#carryOut({ kind: "show", said, position });
    }
  }

  /** Replays the unfinished turn of each frame. Where it is safe, models are called first. */
  async #restore(): Promise<void> {
    const { schedule, state, inFlight } = this.#context;
    const choices = await this.#outside.decideUncertain();
    if (schedule.stopped) return;
    const interrupted = Object.values(state.frames).filter((frame) => frame.phase === "running");
    // Their playbooks begin like those of a live run, so the replay leaves them out.
    this.#triggers.checkAll();
    this.#background.restore((frame) => this.#requests.modelOf(frame));
    // Edited code in flight may diverge. Then the session stops, and no model call must have been paid.
    const asksFirst = interrupted.every((frame) => frame.priorSource === undefined);
    if (asksFirst) this.#callModels();
    if (interrupted.length > 0) {
      if (inFlight.size > 0) await this.#sandbox.requestsSent(new AbortController().signal);
      if (schedule.stopped) return;
      this.#runner.prepare(interrupted);
      await this.#sandbox.load();
    }
    for (const frame of interrupted) {
      // The replay of an earlier frame may have ended the program.
      if (state.frames[frame.id] === frame && frame.phase === "running") this.#runner.resume(frame);
      if (schedule.stopped) return;
    }
    for (const frame of Object.values(state.frames)) {
      if (frame.phase === "ready") schedule.markReady(frame.id);
    }
    if (!asksFirst) this.#callModels();
    for (const id of Object.keys(state.agents)) schedule.markChanged(id);
    this.#outside.resumeRequests(choices);
    this.#threads.startAgents();
  }

  /** Calls again the models whose answers are missing. */
  #callModels(): void {
    for (const frame of Object.values(this.#context.state.frames)) {
      if (frame.phase === "asked") this.#modelCalls.resumeModelCall(frame);
    }
  }

  /** Does all work that does not need the world. Returns true if it stopped only to let the world in. */
  async #runUntilIdle(): Promise<boolean> {
    const { schedule, state, writer, world } = this.#context;
    const untilMs = world.elapsed() + maxSliceMs;
    for (;;) {
      for (let event = schedule.takeEvent(); event; event = schedule.takeEvent()) event();
      if (schedule.stopped) return false;
      this.#runContinuations();
      if (schedule.stopped) return false;
      for (const work of this.#work) {
        if (state.end) break;
        work();
        if (schedule.stopped) return false;
      }
      if (!writer.isPending && this.#continuations.isEmpty) return false;
      await this.#commit();
      if (world.elapsed() > untilMs && !writer.isPending) return true;
    }
  }

  /** Lets code continue as far as it may before the next append. */
  #runContinuations(): void {
    if (this.#continuations.isEmpty) return;
    const { schedule, writer, world } = this.#context;
    const untilMs = world.elapsed() + maxUnsyncedMs;
    this.#continuations.runContinuations({
      carryOut: (command) => this.#carryOut(command),
      isFull: () => schedule.stopped !== undefined || writer.isFull,
      isAwaited: () => writer.hasCommands,
      isLate: () => world.elapsed() > untilMs,
    });
  }

  /** Makes all recorded entries durable, then carries out the commands that waited for them. */
  async #commit(): Promise<void> {
    const { state, schedule, ui, writer, inFlight } = this.#context;
    if (state.end) inFlight.abortAll();
    const { commands, durable } = writer.commit();
    // A log that answers at once costs no turn of the event loop.
    const left = durable instanceof Promise ? await this.#runAhead.during(durable, commands) : commands;
    const limit = writer.sizeLimit();
    if (limit) schedule.stop(limit);
    if (!writer.isPending) {
      // The state is that of the last durable entry.
      this.#background.cancelUnneeded();
      const written = this.#log.checkpoint(state, { last: false });
      const position = written instanceof Promise ? await written : written;
      if (position !== undefined) ui.event({ type: "checkpoint", position });
      this.#snapshots.captureDue();
    }
    for (const command of left) {
      const pending = this.#carryOut(command);
      if (pending) await pending;
    }
  }

  #carryOut(command: SessionCommand): Awaitable<void> {
    const { state, schedule, ui, definitions } = this.#context;
    switch (command.kind) {
      case "deliver":
        return this.#runner.deliverNext(command.frame);
      case "run-turn":
        return this.#runner.run(command.frame);
      case "begin-frame":
        return this.#beginFrame(command.frame);
      case "unpause":
        return this.#runner.unpause(command.frame);
      case "call-model": {
        const frame = state.frames[command.frame];
        if (frame) this.#modelCalls.startModelCall(frame);
        return;
      }
      case "send-request": {
        const frame = state.frames[command.frame];
        if (frame) this.#outside.startRequest(frame, command.request, command.key);
        return;
      }
      case "show": {
        const { said: { by, ...words }, position } = command;
        ui.show({ agent: by, klass: definitions.classNameOf(by), ...words, position });
        // A resume does not show the words again.
        return this.#log.markShown(position);
      }
      case "check-agent":
        return schedule.markChanged(command.agent);
      case "emit":
        return ui.event(command.event);
    }
  }

  #beginFrame(id: string): void {
    const { state, schedule, ui } = this.#context;
    const frame = state.frames[id];
    if (!frame || schedule.stopped) return;
    const { id: agent, klass } = state.agents[frame.agent]!;
    ui.event({ type: "call", agent, klass, playbook: frame.playbook, depth: depthOf(state, frame) });
    if (frame.phase === "running") this.#runner.run(id);
  }

  /** The one place where the loop waits: for an answer, a timer, a person, a signal. */
  async #nextEvent(
    { isBusy, isStill }: { readonly isBusy: boolean; readonly isStill: boolean },
  ): Promise<void> {
    const { schedule, state, clock, world } = this.#context;
    if (isBusy) {
      await world.pause();
      return;
    }
    if (schedule.hasEvents) return;
    const now = clock.now();
    await this.#log.flush();
    // Do not await anything between this check and the wait: an event would be missed.
    if (schedule.hasEvents || schedule.stopped) return;
    const due = this.#nextDueMs(this.#timers.lowerBoundMs());
    const start = world.elapsed();
    const leftMs = isStill ? this.#leftForPersonsMs() : Infinity;
    if (due === Infinity && leftMs === Infinity) {
      await schedule.woken();
      clock.waited(now, world.elapsed() - start);
      return;
    }
    // Work that is due makes an entry in the next round; otherwise the loop would spin.
    const { position } = state;
    const overdue = due <= now;
    assert(!overdue || position !== this.#overdueAt, `What is due at entry ${position} does nothing`);
    this.#overdueAt = overdue ? position : undefined;
    const timer = new AbortController();
    const waitMs = Math.max(0, Math.min(due - now, leftMs));
    await Promise.race([schedule.woken(), world.wait(waitMs, { signal: timer.signal })]);
    timer.abort();
    clock.waited(now, world.elapsed() - start);
  }

  #ending(): RunResult {
    const { end } = this.#context.state;
    return end?.status === "failed"
      ? { kind: "failed", reason: end.reason ?? "the program failed" }
      : { kind: "completed" };
  }
}

/** The persons, as front ends get to know them. */
function announced(people: readonly SessionPerson[]) {
  return {
    names: people.map(({ name }) => name),
    people: people.map(({ name, displayName, id, delivery }): PersonInfo => ({
      name,
      displayName,
      ...(id === undefined ? {} : { id }),
      streams: delivery.streams,
    })),
  };
}
