import { assert } from "@std/assert";
import type { Location } from "../../language/mod.ts";
import type {
  CodeError,
  Delivery,
  EffectRequest,
  Note,
  OpenWait,
  Outcome,
  Progress,
  Scope,
  ScopeOptions,
  StatePatch,
} from "../../sandbox/sandbox.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { mergedPatch, patched } from "../fold/apply.ts";
import { describeCall } from "../../prompt/describe.ts";
import type { Core } from "../core.ts";
import type { Asked, CallEntry, EndTurnEntry, ReturnEntry, StateDelta } from "../fold/entry.ts";
import { readPermitted } from "../builtins/files.ts";
import type { ScopeImages } from "./images.ts";
import { DamagedJournalError } from "../../store/file/mod.ts";
import type { HistoryPlace, Result, TurnHistory } from "../fold/history.ts";
import { isAskedFor } from "../fold/encoding.ts";
import { perform, type Text } from "../builtins/perform.ts";
import type { Divergence } from "../fold/result.ts";
import { agentsBetween, resolvedDescription, scopeOptions } from "./scope_options.ts";
import { type Frame, type TurnExecution, writesUnseen } from "../fold/state.ts";

/**
 * Runs the code of turns, live and again: the only code that talks to scopes.
 *
 * Invariants:
 * 1. Results are delivered to a frame one at a time, in the order of the journal, live as in replay.
 * 2. What code saw and did between two results (`StateDelta`) is journaled once, with the first entry of that frame after it.
 *    It sees the agent's variables as they are when it goes on, so that code between two awaits is never interleaved.
 * 3. A turn is over when its code has ended and no effect of it is open.
 * 4. A scope may be let go while its code waits and all that it did is journaled: replay gives it again. So does an image
 *    that was taken then; it is used only where the ledger is the one that it was taken with.
 */
export class Turns {
  readonly #core: Core;
  /** Turns in flight, by frame, the one that went on last at the end. */
  readonly #live = new Map<string, LiveTurn>();
  /** Turns in flight without a scope, and how many results their code had been given. */
  readonly #asleep = new Map<string, number>();
  /** Turns whose ledgers have grown so that an image may be due. */
  readonly #imageWanted = new Set<string>();
  /** Results after which a turn whose code has ended is looked at again, since each look runs it once more. */
  readonly #nextProbe = new WeakMap<TurnExecution, number>();
  /** When the next image may be taken, by `World.elapsed`. */
  #nextImageAt = 0;
  /** The answer that was read last. */
  #read: { readonly of: TurnExecution; readonly answer: Answer } | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Lets go of all scopes. */
  closeAll(): void {
    for (const live of this.#live.values()) live.scope[Symbol.dispose]();
    this.#live.clear();
    this.#asleep.clear();
  }

  /** Runs the unfinished turn of a frame again, from the results in its ledger, and takes it up where it stood. */
  replay(frame: Frame): void {
    if (frame.mode === "raw") {
      this.run(frame);
      return;
    }
    if (this.#refuseAnswer(frame)) return;
    const running = frame.running!;
    let again = this.#runAgain(frame, running.history.length);
    if (this.#makesWay(again.live)) return;
    let divergence = this.#divergence(frame, again);
    if (divergence) {
      this.#close(frame.id);
      again = this.#runAgain(frame, running.history.length, { places: true });
      if (this.#makesWay(again.live)) return;
      divergence = this.#divergence(frame, again);
    }
    const { live, requests } = again;
    let { out } = again;
    if (divergence && this.#core.redo) {
      this.#close(frame.id);
      this.#core.record({ type: "redo", at: this.#core.now(), frame: frame.id, ordinal: divergence.ordinal });
      this.replay(frame);
      return;
    }
    if (divergence) {
      this.#core.stop = divergence;
      return;
    }
    const fresh = requests.filter((request) => !running.history.asked[request.ordinal]);
    for (const request of fresh) {
      this.#perform(frame, request, out);
      out = undefined;
    }
    this.#settle(frame, live, out);
  }

  /** Whether code had to make way in the middle of a step: nothing of that step is kept, and a resume does it again. */
  #makesWay(live: LiveTurn): boolean {
    if (live.scope.isInterrupted) this.#core.stop ??= { kind: "interrupted" };
    return live.scope.isInterrupted;
  }

  /** The first call of a replayed turn that is not what the ledger holds: the code has changed. */
  #divergence(frame: Frame, again: RunAgain): Divergence | undefined {
    const running = frame.running!;
    const asked = new Map(again.requests.map((request) => [request.ordinal, request]));
    const ordinals = Object.entries(running.history.asked).sort(([a], [b]) => Number(a) - Number(b));
    for (const [key, before] of ordinals) {
      const ordinal = Number(key);
      if (ordinal <= again.asked) continue;
      const now = asked.get(ordinal);
      if (now && now.name === before.name && JSON.stringify(now.args) === JSON.stringify(before.args)) {
        continue;
      }
      // Of code that met a bound inside of the engine nobody knows what it asked for before.
      if (!now && again.live.scope.isCut) continue;
      const agent = this.#core.state.agents[frame.agent];
      const place = this.#placeInProgram(frame, now?.line);
      return {
        kind: "diverged",
        frame: frame.id,
        ordinal,
        playbook: `${agent?.klass ?? ""}.${frame.playbook}`,
        before: describeCall(before),
        ...(now ? { now: describeCall(now) } : {}),
        ...(place ? { line: place.line } : {}),
      };
    }
    return undefined;
  }

  /** Runs the code of a frame's turn, which is journaled. */
  run(frame: Frame): void {
    if (this.#core.stop) return;
    if (frame.mode === "raw" && frame.running?.kind === "turn") {
      this.return(frame, { ok: true, value: frame.running.text.trim() });
      return;
    }
    if (!this.#core.sandbox) {
      this.#core.untilSandbox.push(() => {
        if (this.#core.state.frames[frame.id] === frame) this.run(frame);
      });
      return;
    }
    if (this.#refuseAnswer(frame)) return;
    const live = this.#openScope(frame);
    this.#advance(frame, live, live.scope.start());
  }

  /** Where a line of a playbook's own code stands in the program. */
  #placeInProgram(frame: Frame, line: number | undefined): Location | undefined {
    if (line === undefined || frame.running?.kind !== "function") return undefined;
    return this.#core.definition(frame)[0].module?.lines[line - 1];
  }

  #placed(frame: Frame, error: { readonly message: string; readonly line?: number }): string {
    if (error.line === undefined) return error.message;
    const place = this.#placeInProgram(frame, error.line);
    const where = place ? `${place.file}:${place.line}` : `line ${error.line} of ${frame.playbook}`;
    return `${error.message} (${where})`;
  }

  /** Ends a turn whose answer is no code at all; the model is told what is wrong with it. */
  #refuseAnswer(frame: Frame): boolean {
    const answer = this.#answerOf(frame.running!);
    if (answer.ok) return false;
    this.#endFailedTurn(frame, { name: "AnswerError", message: answer.fault }, {});
    return true;
  }

  /** What the answer of a turn comes to; other turns have none. It is read once for who asks again at once. */
  #answerOf(running: TurnExecution): Answer {
    if (running.kind !== "turn") return noAnswer;
    if (this.#read?.of !== running) {
      this.#read = { of: running, answer: readAnswer(running.text, running.finish) };
    }
    return this.#read.answer;
  }

  #endFailedTurn(
    frame: Frame,
    error: CodeError,
    more: { readonly out?: StateDelta; readonly locals?: Frame["locals"] },
  ): void {
    this.#endTurn(frame, { ...more, error });
    this.#core.ui.event({
      type: "repair",
      agent: frame.agent,
      klass: this.#core.klassOf(frame.agent),
      playbook: frame.playbook,
      error: `${error.name}: ${error.message}`,
    });
  }

  #openScope(frame: Frame, { places } = { places: false }): LiveTurn {
    const running = frame.running!;
    const looked: Looked = { delivered: 0, lastSeenPosition: running.lastSeenPosition };
    const live: LiveTurn = {
      scope: this.#core.sandbox!.open({ ...this.#optionsOf(frame, looked), places }),
      ...looked,
      known: running.position,
      asked: 0,
      imaged: 0,
    };
    this.#live.set(frame.id, live);
    return live;
  }

  /** What a turn starts from; `looked` notes what it sees of the agent's variables. */
  #optionsOf(frame: Frame, looked: Looked): ScopeOptions {
    const [agentClass, playbook] = this.#core.definition(frame);
    const program = this.#core.programOf(frame.source);
    const read = this.#answerOf(frame.running!);
    const answer = read.ok ? read.code : "";
    const options = scopeOptions(this.#core.state, frame, { program, agentClass, playbook, answer });
    return { ...options, state: patched(options.state, this.#look(frame, looked)) };
  }

  /**
   * What others changed in the agent's variables since the code last looked: as the journal has it, else as of now, which
   * the frame's next entry will tell.
   */
  #look(frame: Frame, live: Looked): StatePatch {
    const running = frame.running!;
    if (live.delivered <= running.lastDeltaIndex) return running.history.observed[live.delivered] ?? {};
    const patch = writesUnseen(this.#core.state, frame, live.lastSeenPosition);
    live.lastSeenPosition = this.#core.state.position;
    if (!isEmpty(patch)) live.observed = { ...live.observed, [live.delivered]: patch };
    return patch;
  }

  #deliver(frame: Frame, live: LiveTurn, result: Result): Progress {
    return live.scope.deliver(this.#delivery(frame, live, result));
  }

  #delivery(frame: Frame, live: LiveTurn, result: Result): Delivery {
    const agents = agentsBetween(this.#core.state, live.known, result.position);
    live.known = result.position;
    live.delivered++;
    const { ordinal, outcome } = result;
    return {
      ordinal,
      outcome: isAskedFor(frame.running!.history.asked[ordinal], outcome) ? asAsked : outcome,
      patch: this.#look(frame, live),
      agents,
      nowMs: result.at,
    };
  }

  /** Delivers a frame's next result, which is durable, and goes on from there. */
  deliverNext(id: string): void {
    const frame = this.#core.state.frames[id];
    if (this.#core.stop) return;
    const live = this.#live.get(id) ?? (frame && this.#wake(frame));
    const result = live && frame?.running?.history.at(live.delivered);
    if (!frame || !live || !result) return;
    this.#live.delete(id);
    this.#live.set(id, live);
    this.#advance(frame, live, this.#deliver(frame, live, result));
    if (live.delivered - live.imaged >= this.#core.resultsPerImage) this.#imageWanted.add(id);
  }

  /** Keeps images of turns that have grown; to be called when all that is recorded is durable. */
  keepImages(): void {
    const { images } = this.#core.log;
    const { elapsed } = this.#core.world;
    for (const id of this.#imageWanted) {
      const begin = elapsed();
      if (begin < this.#nextImageAt) return;
      const live = this.#live.get(id);
      const frame = this.#core.state.frames[id];
      const last = frame?.running?.history.at((live?.delivered ?? 0) - 1);
      if (images && live && last && !canSleep(live)) continue;
      this.#imageWanted.delete(id);
      if (!images || !live || !last) continue;
      live.imaged = live.delivered;
      const bytes = images.due(id) ? live.scope.freeze() : undefined;
      if (!bytes) continue;
      images.keep(id, {
        about: {
          begun: frame!.running!.position,
          source: frame!.source,
          delivered: live.delivered,
          last: last.position,
          ...placeOf(images, frame!.running!, live.delivered),
          asked: live.asked,
        },
        bytes,
      });
      this.#nextImageAt = elapsed() + restPerImage * (elapsed() - begin);
    }
  }

  /** Lets scopes go until no more than `mostLiveScopes` are left, if so many may. */
  #limitLive(): void {
    let over = this.#live.size - this.#core.mostLiveScopes;
    if (over <= 0) return;
    for (const mostResults of [shortLedger, Infinity]) {
      for (const [id, live] of this.#live) {
        const running = this.#core.state.frames[id]?.running;
        if (!running || running.history.length > mostResults || !canSleep(live)) continue;
        live.scope[Symbol.dispose]();
        this.#live.delete(id);
        this.#asleep.set(id, live.delivered);
        if (--over === 0) return;
      }
    }
  }

  /** Runs a turn again whose scope was let go, up to where its code waits. */
  #wake(frame: Frame): LiveTurn | undefined {
    const delivered = this.#asleep.get(frame.id);
    const { running } = frame;
    if (delivered === undefined || !running) return undefined;
    this.#asleep.delete(frame.id);
    const { live, requests, out } = this.#runAgain(frame, delivered);
    if (this.#makesWay(live)) return undefined;
    assert(
      requests.every(({ ordinal }) => running.history.asked[ordinal]),
      "A replay asks for what was asked before",
    );
    if (out) live.out = out;
    return live;
  }

  /**
   * Runs a turn's code with the first `count` results: from an image, if there is one, and else from its start; from there
   * in any case if its requests are to tell their lines.
   */
  #runAgain(frame: Frame, count: number, { places } = { places: false }): RunAgain {
    const thawed = places ? undefined : this.#thaw(frame, count);
    if (!thawed) frame.running!.history.load();
    const live = thawed ?? this.#openScope(frame, { places });
    const { history, lastDeltaIndex } = frame.running!;
    const requests: EffectRequest[] = [];
    const first = live.delivered;
    const asked = live.asked;
    let out: StateDelta | undefined = first > lastDeltaIndex ? { index: first } : undefined;
    if (!thawed) out = this.#take(frame, live, live.scope.start(), requests);
    // Up to its last entry all that the code did is journaled; of that, only what it asked for is looked at.
    const known = history.slice(first, Math.max(first, Math.min(lastDeltaIndex, count)));
    if (known.length > 0) {
      const progress = live.scope.replay(known.map((result) => this.#delivery(frame, live, result)));
      this.#take(frame, live, progress, requests);
    }
    for (const result of history.slice(first + known.length, count)) {
      out = mergeOut(out, this.#take(frame, live, this.#deliver(frame, live, result), requests));
    }
    return { live, requests, out, asked };
  }

  /** The scope of a turn from the image that was kept of it, if there is one of this very turn and ledger. */
  #thaw(frame: Frame, count: number): LiveTurn | undefined {
    const { history, position } = frame.running!;
    if (count < this.#core.resultsPerImage) return undefined;
    const image = this.#core.log.images?.read(frame.id);
    if (!image) return undefined;
    const { begun, source, delivered, last, asked } = image.about;
    if (begun !== position || source !== frame.source || delivered > count) return undefined;
    if (!loadBehind(history, image.about)) return undefined;
    if (history.at(delivered - 1)?.position !== last) return undefined;
    const looked: Looked = { delivered: 0, lastSeenPosition: frame.running!.lastSeenPosition };
    const scope = this.#core.sandbox!.thaw(this.#optionsOf(frame, looked), image.bytes);
    if (!scope) return undefined;
    const live: LiveTurn = { ...looked, scope, known: last, delivered, asked, imaged: delivered };
    this.#live.set(frame.id, live);
    return live;
  }

  #advance(frame: Frame, live: LiveTurn, progress: Progress): void {
    if (this.#makesWay(live)) return;
    const requests: EffectRequest[] = [];
    let out = mergeOut(live.out, this.#take(frame, live, progress, requests));
    delete live.out;
    for (const request of requests) {
      if (this.#core.state.end) return;
      this.#perform(frame, request, out);
      out = undefined;
    }
    this.#settle(frame, live, out);
  }

  /** Ends the turn if it is over; else what it changed is journaled, so that others see it. */
  #settle(frame: Frame, live: LiveTurn, out: StateDelta | undefined): void {
    if (out) live.out = out;
    if (live.out?.patch && frame.running && !this.#isOver(frame.running, live)) {
      this.#core.record({ type: "patch", at: this.#core.now(), frame: frame.id, out: live.out });
      delete live.out;
    }
    const current = this.#cancelWaits(frame, live);
    if (current) this.#finishIfDone(frame, current);
    this.#limitLive();
  }

  /**
   * Cancels the waits that code which has ended left open and that no code can observe, as the loser of a `Promise.race`:
   * they must not hold the program. Gives the turn as it is then; nothing if it is still observed, and goes on later.
   */
  #cancelWaits(frame: Frame, live: LiveTurn): LiveTurn | undefined {
    const { running } = frame;
    if (!running || this.#core.state.end || live.delivered < running.history.length) return live;
    const waits = openWaits(running);
    if (waits === undefined) return live;
    if (live.end?.kind === "exited") return live;
    if (live.end) {
      this.#recordCancelled(frame, waits);
      return live;
    }
    if (waits.length === 0 && !running.hasCancelled) return live;
    if (!live.scope.hasEnded) return live;
    if (waits.length > 0) {
      if (live.delivered < (this.#nextProbe.get(running) ?? 0)) return live;
      if (!canSleep(live)) {
        this.#core.record({ type: "patch", at: this.#core.now(), frame: frame.id, out: live.out! });
        delete live.out;
      }
      const isObserved = live.scope.isObserved(waits);
      // The made-up results have changed the scope: the turn is run again.
      live.scope[Symbol.dispose]();
      this.#live.delete(frame.id);
      this.#asleep.set(frame.id, live.delivered);
      if (isObserved) {
        this.#nextProbe.set(running, 2 * live.delivered + 1);
        return undefined;
      }
    }
    const again = waits.length > 0 ? this.#wake(frame)! : live;
    this.#recordCancelled(frame, waits);
    const { end } = again.scope.cancelWaits();
    if (end) again.end = end;
    return again;
  }

  #recordCancelled(frame: Frame, waits: readonly OpenWait[]): void {
    for (const { ordinal } of waits) {
      const outcome: Outcome = { ok: true, value: { $type: "undefined" } };
      this.#core.record({
        type: "effect",
        at: this.#core.now(),
        frame: frame.id,
        ordinal,
        outcome,
        cancelled: true,
      });
    }
  }

  /** Nothing more can come of a turn. */
  #isOver(running: TurnExecution, live: LiveTurn): boolean {
    return live.end?.kind === "exited" ||
      (live.delivered >= running.history.length && isEmpty(running.open));
  }

  /** Takes what the code did: notes to the ui, requests to the list, the rest as an `StateDelta` if it is not journaled yet. */
  #take(frame: Frame, live: LiveTurn, progress: Progress, requests: EffectRequest[]): StateDelta | undefined {
    for (const request of progress.requests) {
      requests.push(request);
      live.asked = Math.max(live.asked, request.ordinal);
    }
    if (progress.end) live.end = progress.end;
    const index = live.delivered;
    if (index <= (frame.running?.lastDeltaIndex ?? -1)) return undefined;
    for (const note of progress.notes) this.#note(frame, note);
    const { observed } = live;
    delete live.observed;
    return {
      index,
      ...(observed ? { in: observed } : {}),
      ...(isEmpty(progress.patch) ? {} : { patch: progress.patch }),
      ...(progress.notes.length > 0 ? { notes: progress.notes } : {}),
    };
  }

  #note(frame: Frame, note: Note): void {
    const klass = this.#core.klassOf(frame.agent);
    switch (note.kind) {
      case "step": {
        const number = note.text.includes(":") ? note.text.slice(note.text.indexOf(":") + 1) : note.text;
        const text = this.#stepText(frame, number);
        this.#core.ui.event({
          type: "step",
          agent: frame.agent,
          klass,
          playbook: frame.playbook,
          step: number,
          ...(text === undefined ? {} : { text }),
        });
        return;
      }
      case "trigger":
        this.#core.ui.event({ type: "trigger", agent: frame.agent, text: note.text });
        return;
      case "log":
        this.#core.ui.event({ type: "log", agent: frame.agent, klass, text: note.text });
        return;
    }
  }

  #stepText(frame: Frame, number: string): string | undefined {
    let steps = this.#core.definition(frame)[1].steps;
    for (;;) {
      const exact = steps.find((step) => step.number === number);
      if (exact) return exact.text;
      const above = steps.find((step) => number.startsWith(`${step.number}.`));
      if (!above) return undefined;
      steps = above.children;
    }
  }

  #perform(frame: Frame, request: EffectRequest, out: StateDelta | undefined): void {
    const asked: Asked = {
      ordinal: request.ordinal,
      name: request.name,
      args: request.args,
    };
    const performed = perform(request, {
      state: this.#core.state,
      frame,
      program: this.#core.programOf(frame.source),
      texts: this.#textsFor(frame),
      nowMs: this.#core.now(),
      wordsInMinute: this.#core.words.at(this.#core.now()),
      readFile: (path) => readPermitted(path, this.#core.state.settings, this.#core.world),
    });
    switch (performed.kind) {
      case "result": {
        const { did } = performed;
        this.#core.recordResult(frame, asked.ordinal, performed.outcome, {
          asked,
          ...(out ? { out } : {}),
          ...(did ? { did } : {}),
        });
        return;
      }
      case "start": {
        const { wait } = performed;
        this.#core.mail.waitBegins(wait);
        this.#core.record({
          type: "start",
          at: this.#core.now(),
          frame: frame.id,
          asked,
          ...(out ? { out } : {}),
          wait,
        }, () => {
          this.#core.changedAgents.add(frame.agent);
          const klass = this.#core.klassOf(frame.agent);
          if (wait.kind === "outside") this.#core.flights.fly(frame, asked, wait.key);
          else if (wait.kind === "sleep") {
            this.#core.ui.event({ type: "sleep", agent: frame.agent, klass, untilMs: wait.until });
          } else this.#core.ui.event({ type: "wait", agent: frame.agent, klass, for: wait.sources });
        });
        return;
      }
      case "call": {
        const { callee, created } = performed;
        const entry: CallEntry = {
          type: "call",
          at: this.#core.now(),
          frame: frame.id,
          asked,
          ...(out ? { out } : {}),
          ...(created ? { created } : {}),
          callee,
        };
        const begin = () => {
          if (created) this.#core.announceAgent(created);
          this.#core.threads.begin(callee.id);
        };
        if (callee.mode === "code" && !created) this.#core.recordInside(entry, begin);
        else this.#core.record(entry, begin);
        this.#core.threads.makeReady(callee.id);
        return;
      }
    }
  }

  /** The texts that a frame's calls go to, in this order: the newest, unless it is pinned, and then its own. */
  #textsFor(frame: Frame): readonly Text[] {
    const { state, programs } = this.#core;
    const sources = [
      ...(frame.pinned ? [] : [state.source]),
      frame.source,
      state.source,
      ...Object.values(state.oldTexts ?? {}),
    ];
    return [...new Set(sources)].map((source) => ({ program: programs.get(source), source }));
  }

  #finishIfDone(frame: Frame, live: LiveTurn): void {
    const running = frame.running;
    if (!running || this.#core.state.end || this.#core.state.frames[frame.id] !== frame) return;
    if (live.end?.kind === "exited") {
      if (live.out) {
        this.#core.record({ type: "patch", at: this.#core.now(), frame: frame.id, out: live.out });
      }
      this.#close(frame.id);
      this.#core.end("completed", { frame: frame.id });
      return;
    }
    if (!this.#isOver(running, live)) return;
    if (!live.end) {
      live.end = {
        kind: "threw",
        error: { name: "Error", message: "The code waits for something that will never happen" },
      };
    }
    const { end } = live;
    const finish = live.scope.finish();
    if (this.#makesWay(live)) return;
    let out = live.out;
    if (finish.ok && Object.keys(finish.patch).length > 0 && end.kind !== "returned") {
      out = mergeOut(out, { index: live.delivered, patch: finish.patch });
    }
    this.#close(frame.id);
    const lost = !finish.ok && (end.kind === "ended" || running.kind === "function")
      ? finish.error
      : undefined;
    const error = end.kind === "threw" ? end.error : lost;
    const more = out ? { out } : {};
    if (error && running.kind !== "turn") {
      this.return(frame, { ok: false, error: { name: error.name, message: this.#placed(frame, error) } }, {
        out,
      });
      return;
    }
    if (error) {
      this.#endFailedTurn(frame, error, {
        ...more,
        ...(finish.ok ? { locals: finish.locals } : {}),
      });
      return;
    }
    if (end.kind === "returned" && running.kind === "expressions") {
      const description = resolvedDescription(this.#core.definition(frame)[1], end.value);
      this.#endTurn(frame, { ...more, description });
      return;
    }
    if (end.kind === "returned") {
      this.return(frame, { ok: true, value: end.value }, { out, summary: end.summary });
      return;
    }
    this.#endTurn(frame, { ...more, ...(finish.ok ? { locals: finish.locals } : {}) });
  }

  /** Ends a turn; the next one may be asked for with the same append. */
  #endTurn(frame: Frame, more: Omit<EndTurnEntry, "type" | "at" | "frame">): void {
    this.#core.record({ type: "end-turn", at: this.#core.now(), frame: frame.id, ...more });
    this.#core.readyFrames.add(frame.id);
  }

  #close(id: string): void {
    this.#live.get(id)?.scope[Symbol.dispose]();
    this.#live.delete(id);
    this.#asleep.delete(id);
  }

  /** Takes a frame off the stack and gives its caller the outcome. */
  return(
    frame: Frame,
    outcome: Outcome,
    more: { readonly out?: StateDelta | undefined; readonly summary?: string | undefined } = {},
  ): void {
    this.#close(frame.id);
    const { agent, caller } = frame;
    const klass = this.#core.klassOf(agent);
    if (!caller && !outcome.ok) {
      this.#core.end("failed", {
        reason: `${frame.playbook} of ${klass} (agent ${agent}): ${outcome.error.message}`,
        frame: frame.id,
      });
      return;
    }
    const entry: ReturnEntry = {
      type: "return",
      at: this.#core.now(),
      frame: frame.id,
      outcome,
      ...(more.out ? { out: more.out } : {}),
      ...(more.summary === undefined ? {} : { summary: more.summary }),
    };
    const goOn = () => {
      this.#core.changedAgents.add(agent);
      this.#core.ui.event({ type: "return", agent, klass, playbook: frame.playbook, ok: outcome.ok });
      if (caller) this.deliverNext(caller.frame);
    };
    if (caller) this.#core.recordInside(entry, goOn);
    else this.#core.record(entry, goOn);
  }
}

/** What comes of a turn that no model answered. */
const noAnswer: Answer = { ok: true, code: "" };

/** What the code asked for it has at hand. */
const asAsked: Outcome = { ok: true, value: { $type: "asked" } };

/** Between two images passes so many times the time that the first of them took: images take a twentieth of all time. */
const restPerImage = 20;

/** Results of a turn that is run again in next to no time. */
const shortLedger = 50;

/** Where reading a ledger can begin for what an image lacks: before its last result, and before what had none yet. */
function placeOf(
  images: ScopeImages,
  running: TurnExecution,
  delivered: number,
): Pick<HistoryPlace, "after"> {
  const begun = [
    ...Object.values(running.open).map(({ position }) => position),
    ...running.history.slice(delivered - 1).map(({ begun, position }) => begun ?? position),
  ];
  const after = images.placeBefore(Math.min(...begun));
  return after ? { after } : {};
}

/** Reads the part of a history that an image lacks; `false` if the journal is damaged there. */
function loadBehind(history: TurnHistory, place: HistoryPlace): boolean {
  try {
    history.load(place);
    return true;
  } catch (error) {
    if (place.after && error instanceof DamagedJournalError) return false;
    throw error;
  }
}

/** The open effects of a turn if all of them only wait; nothing if some are work, which is never given up. */
function openWaits({ open, history }: TurnExecution): readonly OpenWait[] | undefined {
  const waits: OpenWait[] = [];
  for (const [key, { kind }] of Object.entries(open)) {
    if (kind !== "sleep" && kind !== "messages") return undefined;
    const ordinal = Number(key);
    waits.push({ ordinal, name: history.asked[ordinal]!.name as OpenWait["name"] });
  }
  return waits;
}

/** Whether all is journaled that the code did, so that nobody can tell when it is run again. */
function canSleep({ out, observed, end }: LiveTurn): boolean {
  return end === undefined && observed === undefined &&
    (out === undefined || (out.in === undefined && out.patch === undefined && out.notes === undefined));
}

function isEmpty(record: object): boolean {
  for (const key in record) if (Object.hasOwn(record, key)) return false;
  return true;
}

/** How far the code of a turn has seen. */
interface Looked {
  /** Results that it was given. */
  delivered: number;
  /** Position up to which it knows the agent's variables. */
  lastSeenPosition: number;
  /** Writes of others that it observed since its last entry, by `delivered`. */
  observed?: Readonly<Record<number, StatePatch>>;
}

/** A turn that was run again. */
interface RunAgain {
  readonly live: LiveTurn;
  readonly requests: readonly EffectRequest[];
  /** What its code did since its last entry. */
  readonly out: StateDelta | undefined;
  /** The highest ordinal that had been asked for before `requests`. */
  readonly asked: number;
}

/** A turn in flight. */
interface LiveTurn extends Looked {
  readonly scope: Scope;
  /** Position up to which the code knows which agents there are. */
  known: number;
  /** The highest ordinal that it has asked for, and results that it had been given when an image was last thought of. */
  asked: number;
  imaged: number;
  end?: NonNullable<Progress["end"]>;
  /** What the code did since its last entry. */
  out?: StateDelta;
}

function mergeOut(first: StateDelta | undefined, second: StateDelta | undefined): StateDelta | undefined {
  if (!first || !second) return first ?? second;
  return {
    index: second.index,
    ...(first.in || second.in ? { in: { ...first.in, ...second.in } } : {}),
    ...(first.patch || second.patch ? { patch: mergedPatch(first.patch ?? {}, second.patch ?? {}) } : {}),
    ...(first.notes || second.notes ? { notes: [...first.notes ?? [], ...second.notes ?? []] } : {}),
  };
}
