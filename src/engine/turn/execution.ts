import type { CodeError, EffectRequest, Finish, OpenWait, Outcome, Progress } from "../../sandbox/sandbox.ts";
import type { SessionContext } from "../context.ts";
import { processMessages } from "../../prompt/process_messages.ts";
import { firingInPlace } from "../builtins/firing.ts";
import { filledValue } from "../builtins/words.ts";
import { patched } from "../fold/apply.ts";
import type { EndTurnEntry, Firing, StateDelta } from "../fold/entry.ts";
import { variablesInCode } from "../fold/meetings.ts";
import { type Frame, lastResultVariables, type TurnExecution } from "../fold/state.ts";
import type { SandboxLoader } from "../sandbox_loader.ts";
import type { EffectPerformer } from "./effects.ts";
import { isJournaled, isOver, type LiveTurn, type LiveTurns, mergedDelta, openWaits } from "./live_turns.ts";
import { isIdleCode, isLastStep } from "./idle.ts";
import { placeInProgram } from "./places.ts";
import type { Rerun, TurnReplay } from "./replay.ts";
import { resolvedDescription } from "./scope_options.ts";
import type { SnapshotPolicy } from "./snapshot_policy.ts";
import { mayRefuse, unreadWords } from "./unread_words.ts";

/** The parts that run turns. */
interface TurnParts {
  readonly context: SessionContext;
  readonly sandbox: SandboxLoader;
  readonly turns: LiveTurns;
  readonly effects: EffectPerformer;
  readonly replay: TurnReplay;
  readonly snapshots: SnapshotPolicy;
  /** Edited code in flight continues from the first call that differs; otherwise the session stops there. */
  readonly redo: boolean;
}

/**
 * Runs the code of turns.
 *
 * Invariants:
 * 1. The code of a frame gets its results one at a time, in the order of the journal.
 * 2. The observations and changes of code between two results (`StateDelta`) are journaled once, with the next entry of
 *    its frame. Code sees the agent's variables of the moment it continues, so code between two awaits is never
 *    interleaved.
 * 3. A turn is over when its code has ended and none of its effects is open.
 */
export class TurnRunner {
  readonly #parts: TurnParts;
  readonly #context: SessionContext;
  readonly #turns: LiveTurns;
  /** Frames whose code waits until the sandbox is loaded. */
  #waiting: string[] = [];
  /** The number of results after which a turn with ended code is probed again. Each probe runs the code once more. */
  readonly #nextProbe = new WeakMap<TurnExecution, number>();

  constructor(parts: TurnParts) {
    this.#parts = parts;
    this.#context = parts.context;
    this.#turns = parts.turns;
  }

  /** Whether code waits until the sandbox is loaded. */
  get needsSandbox(): boolean {
    return this.#waiting.length > 0;
  }

  /** Runs the code that waited for the sandbox. */
  runWaiting(): void {
    for (const frame of this.#waiting.splice(0)) this.run(frame);
  }

  /** Runs the code of a frame's turn. The turn is journaled. */
  run(id: string): void {
    const frame = this.#context.state.frames[id];
    if (!frame || this.#context.schedule.stopped || frame.paused) return;
    if (isPlainAnswer(frame)) {
      this.#context.writer.recordReturn(frame, { ok: true, value: frame.running!.text.trim() });
      return;
    }
    if (this.#turns.needsLibrary(frame) || !this.#parts.sandbox.loaded) {
      this.#waiting.push(id);
      return;
    }
    if (this.#refuseAnswer(frame)) return;
    const live = this.#turns.open(frame);
    this.#advance(frame, live, live.scope.start());
  }

  /** Lets the next load of the sandbox load what the replay of these frames needs. */
  prepare(frames: readonly Frame[]): void {
    for (const frame of frames) if (!isPlainAnswer(frame)) this.#turns.needsLibrary(frame);
  }

  /** Replays the unfinished turn of a frame, and continues it. */
  resume(frame: Frame): void {
    const { schedule, clock, writer } = this.#context;
    // Its code has not started: it waits for the playbook of a trigger.
    if (frame.paused && frame.paused.index < 0) return;
    if (isPlainAnswer(frame)) return this.run(frame.id);
    if (this.#refuseAnswer(frame)) return;
    const replayed = this.#parts.replay.replay(frame);
    switch (replayed.kind) {
      case "ready":
        this.#resumeFrom(frame, replayed.rerun);
        return;
      case "diverged": {
        const { divergence } = replayed;
        if (!this.#parts.redo) return schedule.stop(divergence);
        this.#turns.close(frame.id);
        writer.record({ type: "redo", at: clock.now(), frame: frame.id, ordinal: divergence.ordinal });
        this.resume(frame);
        return;
      }
      case "interrupted":
        return;
    }
  }

  #resumeFrom(frame: Frame, { live, requests, delta: first }: Rerun): void {
    const { asked } = frame.running!.history;
    this.#perform(frame, live, requests.filter(({ ordinal }) => !asked[ordinal]), first);
  }

  /**
   * Performs the requests of code and finishes its step. If its change set off triggers, their playbooks come first.
   */
  #perform(
    frame: Frame,
    live: LiveTurn,
    requests: readonly EffectRequest[],
    change: StateDelta | undefined,
  ): void {
    let delta = change;
    const mayFire = delta?.patch || delta?.notes?.some(({ kind }) => kind === "trigger");
    if (mayFire && this.#context.definitions.hasTriggers(frame.agent)) {
      live.delta = delta!;
      delta = undefined;
      this.#recordPatch(frame, live);
    }
    if (frame.paused) {
      if (delta) live.delta = delta;
      live.pending = [...live.pending ?? [], ...requests];
      return;
    }
    for (const request of requests) {
      if (this.#context.state.end) return;
      this.#parts.effects.perform(frame, request, delta);
      delta = undefined;
    }
    this.#finishStep(frame, live, delta);
  }

  /** Continues a frame that waited for the playbooks of triggers. */
  unpause(id: string): void {
    const { state, schedule } = this.#context;
    const frame = state.frames[id];
    if (!frame || schedule.stopped || state.end || frame.paused) return;
    if (frame.phase === "ready") return schedule.markReady(id);
    if (frame.phase !== "running") return;
    if (!this.#turns.hasStarted(id)) return this.run(id);
    const live = this.#turns.get(id);
    if (live?.pending) {
      const { pending, delta } = live;
      delete live.pending;
      delete live.delta;
      this.#perform(frame, live, pending, delta);
    }
    // Results that came meanwhile were not given to the code.
    for (let left = frame.running?.history.length ?? 0; left > 0 && state.frames[id]?.running; left--) {
      this.deliverNext(id);
    }
  }

  /** Gives the code of a frame its next durable result, and continues it. */
  deliverNext(id: string): void {
    const frame = this.#context.state.frames[id];
    if (this.#context.schedule.stopped || !frame || frame.paused) return;
    const live = this.#turns.get(id) ?? this.#parts.replay.wake(frame);
    const result = live && frame.running?.history.at(live.delivered);
    if (!live || !result) return;
    this.#turns.touch(id, live);
    this.#advance(frame, live, this.#turns.deliver(frame, live, result));
    this.#parts.snapshots.noteDelivery(id, live);
  }

  #advance(frame: Frame, live: LiveTurn, progress: Progress): void {
    if (this.#turns.stopIfInterrupted(live)) return;
    const requests: EffectRequest[] = [];
    const delta = mergedDelta(live.delta, this.#turns.take(frame, live, progress, requests));
    delete live.delta;
    this.#perform(frame, live, requests, delta);
  }

  /** Ends the turn if it is over; otherwise journals its changes, so that other frames see them. */
  #finishStep(frame: Frame, live: LiveTurn, delta: StateDelta | undefined): void {
    if (delta) live.delta = delta;
    if (live.delta?.patch && frame.running && !isOver(frame.running, live)) this.#recordPatch(frame, live);
    const current = this.#cancelWaits(frame, live);
    if (current) this.#finishIfOver(frame, current);
    this.#parts.snapshots.letGo();
  }

  #recordPatch(frame: Frame, live: LiveTurn): void {
    const { writer, clock } = this.#context;
    writer.record({ type: "patch", at: clock.now(), frame: frame.id, out: live.delta! });
    delete live.delta;
  }

  /**
   * Cancels the waits of ended code that no code can observe, for example the loser of a `Promise.race`. They must not
   * keep the program alive. Returns the turn as it is then, or `undefined` if code observes a wait and continues later.
   */
  #cancelWaits(frame: Frame, live: LiveTurn): LiveTurn | undefined {
    const { running } = frame;
    if (!running || this.#context.state.end || live.delivered < running.history.length) return live;
    const waits = openWaits(running);
    if (waits === undefined || live.end?.kind === "exited") return live;
    if (live.end) {
      this.#recordCancelled(frame, waits);
      return live;
    }
    if (waits.length === 0 && !running.hasCancelled) return live;
    if (!live.scope.hasEnded) return live;
    let current = live;
    if (waits.length > 0) {
      if (live.delivered < (this.#nextProbe.get(running) ?? 0)) return live;
      if (this.#isObserved(frame, live, waits)) {
        this.#nextProbe.set(running, 2 * live.delivered + 1);
        return undefined;
      }
      current = this.#parts.replay.wake(frame)!;
    }
    this.#recordCancelled(frame, waits);
    const { end } = current.scope.cancelWaits();
    if (end) current.end = end;
    return current;
  }

  /** Tests with sample results whether code observes waits. The test changes the scope, so it is closed. */
  #isObserved(frame: Frame, live: LiveTurn, waits: readonly OpenWait[]): boolean {
    if (!isJournaled(live)) this.#recordPatch(frame, live);
    const isObserved = live.scope.isObserved(waits);
    this.#turns.letGo(frame.id, live);
    return isObserved;
  }

  #recordCancelled({ id: frame }: Frame, waits: readonly OpenWait[]): void {
    const { writer, clock } = this.#context;
    for (const { ordinal } of waits) {
      const outcome: Outcome = { ok: true, value: { $type: "undefined" } };
      writer.record({ type: "effect", at: clock.now(), frame, ordinal, outcome, cancelled: true });
    }
  }

  #finishIfOver(frame: Frame, live: LiveTurn): void {
    const { state, writer } = this.#context;
    const execution = frame.running;
    if (!execution || state.end || state.frames[frame.id] !== frame) return;
    if (live.end?.kind === "exited") {
      if (live.delta) this.#recordPatch(frame, live);
      this.#turns.close(frame.id);
      writer.recordEnd("completed", { frame: frame.id });
      return;
    }
    if (!isOver(execution, live)) return;
    const end = live.end ??= {
      kind: "threw",
      error: { name: "Error", message: "The code waits for something that will never happen" },
    };
    const finish = live.scope.finish();
    if (this.#turns.stopIfInterrupted(live)) return;
    const isChanged = finish.ok && end.kind !== "returned" && Object.keys(finish.patch).length > 0;
    const delta = isChanged
      ? mergedDelta(live.delta, { index: live.delivered, patch: finish.patch })
      : live.delta;
    this.#turns.close(frame.id);
    this.#finishTurn(frame, execution, { end, finish, delta });
  }

  /** Records the end of a turn whose code has ended. */
  #finishTurn(
    frame: Frame,
    { kind }: TurnExecution,
    { end, finish, delta }: {
      readonly end: NonNullable<LiveTurn["end"]>;
      readonly finish: Finish;
      readonly delta: StateDelta | undefined;
    },
  ): void {
    const { writer, definitions, state } = this.#context;
    const out = delta ? { out: delta } : {};
    const locals = finish.ok ? { locals: finish.locals } : {};
    const isLost = !finish.ok && (end.kind === "ended" || kind === "function");
    const error = end.kind === "threw" ? end.error : isLost ? finish.error : undefined;
    const fires = this.#firedInPlace(frame, delta);
    if (error && kind === "turn") return this.#endFailedTurn(frame, error, { ...out, ...locals });
    if (error) {
      const message = this.#placedMessage(frame, error);
      return writer.recordReturn(frame, { ok: false, error: { name: error.name, message } }, out);
    }
    if (end.kind !== "returned") {
      if (kind === "turn" && this.#isDone(frame, delta)) {
        return writer.recordReturn(frame, { ok: true, value: { $type: "undefined" } }, { ...out, ...fires });
      }
      return this.#endTurn(frame, { ...out, ...locals, ...fires });
    }
    if (kind === "expressions") {
      const description = resolvedDescription(definitions.definitionOf(frame)[1], end.value);
      return this.#endTurn(frame, { ...out, description });
    }
    if (kind === "function") {
      const summary = end.summary ?? this.#ownSummary(frame, delta);
      return writer.recordReturn(frame, { ok: true, value: end.value }, { ...out, summary });
    }
    const seen = { ...variablesInCode(state, frame), ...lastResultVariables(frame) };
    const variables = patched(seen, delta?.patch ?? {});
    const filled = filledValue(end.value, { state, frame, variables });
    if (!filled.ok) return this.#endFailedTurn(frame, filled, { ...out, ...locals });
    const summary = end.summary ?? this.#ownSummary(frame, delta);
    writer.recordReturn(frame, { ok: true, value: filled.value }, { ...out, summary, ...fires });
  }

  /** The summary that the playbook wrote to `$__`. */
  #ownSummary(frame: Frame, delta: StateDelta | undefined): string | undefined {
    const agent = this.#context.state.agents[frame.agent];
    const change = delta?.patch?.["__"];
    const value = change && "value" in change
      ? change.value
      : agent?.writes["__"]?.frame === frame.id
      ? agent.state["__"]
      : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  /** The trigger whose playbook the turn of a model carried out in place. */
  #firedInPlace(frame: Frame, delta: StateDelta | undefined): { readonly fires?: Firing } {
    const { definitions, state } = this.#context;
    if (frame.root !== "messages" || frame.running?.kind !== "turn") return {};
    const [agentClass] = definitions.definitionOf(frame);
    const fires = firingInPlace(state, frame, { agentClass, notes: delta?.notes });
    return fires ? { fires } : {};
  }

  /**
   * Whether a turn that did nothing ends its playbook: the answer has no code but `Step`, and the last step was reached.
   * Messages that need no answer are done then, too.
   */
  #isDone(frame: Frame, delta: StateDelta | undefined): boolean {
    const { history } = frame.running!;
    const answer = this.#turns.answerOf(frame.running!);
    if (history.length > 0 || !answer.ok || !isIdleCode(answer.code)) return false;
    if (frame.playbook === processMessages.name) return true;
    const [, playbook] = this.#context.definitions.definitionOf(frame);
    const noted = delta?.notes?.findLast(({ kind }) => kind === "step")?.text;
    return isLastStep(playbook, noted ?? frame.step);
  }

  /** The message of an error with its line, added once: a recursive playbook fails at one line many times. */
  #placedMessage(frame: Frame, error: CodeError): string {
    const where = this.#placeOf(frame, error);
    if (where === undefined) return error.message;
    return error.message.endsWith(` (${where})`) ? error.message : `${error.message} (${where})`;
  }

  #placeOf(frame: Frame, { line, expression }: CodeError): string | undefined {
    if (expression !== undefined) {
      const [, { placeholders }] = this.#context.definitions.definitionOf(frame);
      const location = placeholders[expression]?.location;
      return location && `${location.file}:${location.line}:${location.column}`;
    }
    if (line === undefined) return undefined;
    const place = placeInProgram(this.#context, frame, line);
    return place ? `${place.file}:${place.line}` : `line ${line} of ${frame.playbook}`;
  }

  /**
   * Ends a turn whose answer is not code, or whose code would judge words that the model has not read. The next prompt says
   * what is wrong with it.
   */
  #refuseAnswer(frame: Frame): boolean {
    const answer = this.#turns.answerOf(frame.running!);
    if (!answer.ok) {
      this.#endFailedTurn(frame, { name: "AnswerError", message: answer.fault }, {});
      return true;
    }
    const unread = mayRefuse(frame) ? unreadWords(answer.code) : undefined;
    if (unread === undefined) return false;
    this.#endFailedTurn(frame, { name: "AnswerError", ...unread }, { refused: true });
    return true;
  }

  #endFailedTurn(
    frame: Frame,
    { name, message, line }: CodeError,
    more: Pick<EndTurnEntry, "out" | "locals" | "refused">,
  ): void {
    const { ui, definitions } = this.#context;
    const answer = this.#turns.answerOf(frame.running!);
    const source = answer.ok && line !== undefined ? lineOf(answer.code, line) : "";
    const error = { name, message, ...(line === undefined ? {} : { line }) };
    this.#endTurn(frame, { ...more, error: { ...error, ...(source === "" ? {} : { source }) } });
    ui.event({
      type: "repair",
      agent: frame.agent,
      klass: definitions.classNameOf(frame.agent),
      playbook: frame.playbook,
      error: `${name}: ${message}`,
    });
  }

  /** Ends a turn. The request for the next one may join the same append. */
  #endTurn(frame: Frame, more: Omit<EndTurnEntry, "type" | "at" | "frame">): void {
    const { writer, clock, schedule } = this.#context;
    writer.record({ type: "end-turn", at: clock.now(), frame: frame.id, ...more });
    schedule.markReady(frame.id);
  }
}

/** Whether a turn has no code: it is the answer of a raw playbook. Its placeholders before it are code. */
function isPlainAnswer({ mode, running }: Frame): boolean {
  return mode === "raw" && running?.kind === "turn";
}

/** Bound on the characters of a line that an error shows. */
const maxLineCharacters = 160;

function lineOf(code: string, line: number): string {
  const text = code.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1]?.trim() ?? "";
  return text.length > maxLineCharacters ? `${text.slice(0, maxLineCharacters).toWellFormed()}…` : text;
}
