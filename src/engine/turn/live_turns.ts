import type {
  Delivery,
  EffectRequest,
  OpenWait,
  Outcome,
  Progress,
  Scope,
  ScopeOptions,
  StatePatch,
} from "../../sandbox/sandbox.ts";
import { callBuiltin } from "../builtins/call.ts";
import { effectNamed } from "../builtins/table.ts";
import type { SessionContext } from "../context.ts";
import { mergedPatch, patched } from "../fold/apply.ts";
import { isAskedFor } from "../fold/encoding.ts";
import type { StateDelta } from "../fold/entry.ts";
import type { Result } from "../fold/history.ts";
import { writesUnseenInCode } from "../fold/meetings.ts";
import { type Frame, lastResultVariables, type TurnExecution } from "../fold/state.ts";
import type { SandboxLoader } from "../sandbox_loader.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { emitNote } from "./notes.ts";
import { agentsBetween, scopeOptions } from "./scope_options.ts";

/** How much the code of a turn has seen. */
interface Observation {
  /** The number of results given to it. */
  delivered: number;
  /** Position up to which it has seen the agent's variables. */
  lastSeenPosition: number;
  /** Writes of others that it observed since its last entry, by `delivered`. */
  observed?: Readonly<Record<number, StatePatch>>;
}

/** A turn in flight whose scope is open. */
export interface LiveTurn extends Observation {
  readonly scope: Scope;
  /** Position up to which the code knows the existing agents. */
  knownAgentsPosition: number;
  /** The highest ordinal that the code has used. */
  lastOrdinal: number;
  /** `delivered` when a snapshot was last considered. */
  deliveredAtSnapshot: number;
  end?: NonNullable<Progress["end"]>;
  /** The code's change since its last entry. */
  delta?: StateDelta;
  /** Requests that are performed after the playbooks of triggers have returned. */
  pending?: readonly EffectRequest[];
}

/** The open scopes of turns, and the turns in flight whose scope was closed for now. */
export class LiveTurns {
  readonly #context: SessionContext;
  readonly #sandbox: SandboxLoader;
  /** Turns in flight with a scope, by frame, in the order in which they last ran. */
  readonly #live = new Map<string, LiveTurn>();
  /** Turns in flight without a scope, and the number of results given to their code. */
  readonly #asleep = new Map<string, number>();
  /** The last answer that was read: several callers ask for it in a row. */
  #read: { readonly of: TurnExecution; readonly answer: Answer } | undefined;

  constructor(context: SessionContext, sandbox: SandboxLoader) {
    this.#context = context;
    this.#sandbox = sandbox;
  }

  get size(): number {
    return this.#live.size;
  }

  /** Turns with an open scope, in the order in which they last ran. */
  entries(): Iterable<[string, LiveTurn]> {
    return this.#live.entries();
  }

  get(frame: string): LiveTurn | undefined {
    return this.#live.get(frame);
  }

  /** Whether the code of a turn has started in this run. */
  hasStarted(frame: string): boolean {
    return this.#live.has(frame) || this.#asleep.has(frame);
  }

  /** Notes that a turn runs now. */
  touch(frame: string, live: LiveTurn): void {
    this.#live.delete(frame);
    this.#live.set(frame, live);
  }

  /** Opens the scope of a frame's turn. With `places`, its requests carry their line numbers. */
  open(frame: Frame, { places } = { places: false }): LiveTurn {
    const observation: Observation = { delivered: 0, lastSeenPosition: frame.running!.lastSeenPosition };
    const options = { ...this.#optionsOf(frame, observation), places };
    return this.#add(frame, observation, {
      scope: this.#sandbox.loaded!.open(options),
      knownAgentsPosition: frame.running!.position,
      lastOrdinal: 0,
      deliveredAtSnapshot: 0,
    });
  }

  /**
   * Opens the scope of a frame's turn from a snapshot; `undefined` if the bytes are unusable. The code had used the ordinals
   * up to `asked`, and the result at position `last` was its newest one.
   */
  restore(
    frame: Frame,
    bytes: Uint8Array,
    { delivered, last, asked }: { readonly delivered: number; readonly last: number; readonly asked: number },
  ): LiveTurn | undefined {
    const observation: Observation = { delivered: 0, lastSeenPosition: frame.running!.lastSeenPosition };
    const scope = this.#sandbox.loaded!.restore(this.#optionsOf(frame, observation), bytes);
    if (!scope) return undefined;
    return this.#add(frame, { ...observation, delivered }, {
      scope,
      knownAgentsPosition: last,
      lastOrdinal: asked,
      deliveredAtSnapshot: delivered,
    });
  }

  #add(frame: Frame, observation: Observation, rest: Omit<LiveTurn, keyof Observation>): LiveTurn {
    const live: LiveTurn = { ...observation, ...rest };
    this.#live.set(frame.id, live);
    return live;
  }

  /** The start values of a turn. `observation` notes which of the agent's variables it sees. */
  #optionsOf(frame: Frame, observation: Observation): ScopeOptions {
    const { definitions, state } = this.#context;
    const [agentClass, playbook] = definitions.definitionOf(frame);
    const program = definitions.programOf(frame.source);
    const read = this.answerOf(frame.running!);
    const answer = read.ok ? read.code : "";
    const options = scopeOptions(state, frame, { program, agentClass, playbook, answer });
    const last = definitions.readsLastResult(frame) ? lastResultVariables(frame) : {};
    return {
      ...options,
      state: { ...patched(options.state, this.#observeState(frame, observation)), ...last },
    };
  }

  /** The code of a model's answer, or its fault. Turns without a model have no code of their own. */
  answerOf(execution: TurnExecution): Answer {
    if (execution.kind !== "turn") return noAnswer;
    const strip = this.#sandbox.stripTypes;
    const isStale = this.#read?.answer.ok === true && this.#read.answer.needsTypes && strip !== undefined;
    if (this.#read?.of !== execution || isStale) {
      const { text, finish, reading = 1 } = execution;
      this.#read = { of: execution, answer: readAnswer(text, finish, { reading, strip }) };
    }
    return this.#read.answer;
  }

  /** Whether the code of a turn needs a library that is not loaded. If so, the next `load` of the sandbox loads it. */
  needsLibrary(frame: Frame): boolean {
    const answer = frame.running && this.answerOf(frame.running);
    const isNeeded = answer?.ok === true && answer.needsTypes === true;
    if (isNeeded) this.#sandbox.requireTypes();
    return isNeeded;
  }

  /**
   * Writes of others to the agent's variables since the code last saw them: from the journal, or from the present
   * state. The frame's next entry journals those from the state.
   */
  #observeState(frame: Frame, observation: Observation): StatePatch {
    const execution = frame.running!;
    const { delivered } = observation;
    if (delivered <= execution.lastDeltaIndex) return execution.history.observed[delivered] ?? {};
    const patch = writesUnseenInCode(this.#context.state, frame, observation.lastSeenPosition);
    observation.lastSeenPosition = this.#context.state.position;
    if (!isEmpty(patch)) observation.observed = { ...observation.observed, [delivered]: patch };
    return patch;
  }

  /** Gives the code a result and continues it. */
  deliver(frame: Frame, live: LiveTurn, result: Result): Progress {
    return live.scope.deliver(this.#deliveryOf(frame, live, result));
  }

  /** Gives the code results whose effects on the agent are journaled. */
  replay(frame: Frame, live: LiveTurn, results: readonly Result[]): Progress {
    return live.scope.replay(results.map((result) => this.#deliveryOf(frame, live, result)));
  }

  #deliveryOf(frame: Frame, live: LiveTurn, result: Result): Delivery {
    const agents = agentsBetween(this.#context.state, live.knownAgentsPosition, result.position);
    live.knownAgentsPosition = result.position;
    live.delivered++;
    const { ordinal, outcome } = result;
    const patch = this.#observeState(frame, live);
    const last = this.#lastResultPatch(frame, result);
    return {
      ordinal,
      outcome: isAskedFor(frame.running!.history.asked[ordinal], outcome) ? asAsked : outcome,
      patch: last ? { ...patch, ...last } : patch,
      agents,
      nowMs: result.at,
    };
  }

  /** `$_` and `$__` after a call, for code that reads them. They follow from the results, so no entry has them. */
  #lastResultPatch(frame: Frame, { ordinal, outcome, summary }: Result): StatePatch | undefined {
    const isCall = frame.running!.history.asked[ordinal]?.name === callBuiltin.name;
    if (!isCall || !outcome.ok || !this.#context.definitions.readsLastResult(frame)) return undefined;
    return { _: { value: outcome.value }, __: summary === undefined ? null : { value: summary } };
  }

  /**
   * Takes the code's progress: requests go to the list. If the progress is not journaled yet, notes go to the ui, and
   * the change is returned.
   */
  take(frame: Frame, live: LiveTurn, progress: Progress, requests: EffectRequest[]): StateDelta | undefined {
    for (const request of progress.requests) {
      requests.push(request);
      live.lastOrdinal = Math.max(live.lastOrdinal, request.ordinal);
    }
    if (progress.end) live.end = progress.end;
    const index = live.delivered;
    if (index <= (frame.running?.lastDeltaIndex ?? -1)) return undefined;
    for (const note of progress.notes) emitNote(this.#context, frame, note);
    const { observed } = live;
    delete live.observed;
    return {
      index,
      ...(observed ? { in: observed } : {}),
      ...(isEmpty(progress.patch) ? {} : { patch: progress.patch }),
      ...(progress.notes.length > 0 ? { notes: progress.notes } : {}),
    };
  }

  /** Stops the run if code was interrupted inside a step. The step is discarded, and a resume repeats it. */
  stopIfInterrupted(live: LiveTurn): boolean {
    if (live.scope.isInterrupted) this.#context.schedule.stop({ kind: "interrupted" });
    return live.scope.isInterrupted;
  }

  /** Closes a scope while its code waits. A replay opens it again. */
  letGo(frame: string, live: LiveTurn): void {
    live.scope[Symbol.dispose]();
    this.#live.delete(frame);
    this.#asleep.set(frame, live.delivered);
  }

  /** The number of results given to the code of a turn whose scope was closed. The turn counts as open from now on. */
  takeAsleep(frame: string): number | undefined {
    const delivered = this.#asleep.get(frame);
    this.#asleep.delete(frame);
    return delivered;
  }

  /** Closes the scope of an ended turn. */
  close(frame: string): void {
    this.#live.get(frame)?.scope[Symbol.dispose]();
    this.#live.delete(frame);
    this.#asleep.delete(frame);
  }

  closeAll(): void {
    for (const live of this.#live.values()) live.scope[Symbol.dispose]();
    this.#live.clear();
    this.#asleep.clear();
  }
}

/** The answer of a turn without a model. */
const noAnswer: Answer = { ok: true, code: "" };

/** Stands for a result that equals its request's arguments. The code has those at hand. */
const asAsked: Outcome = { ok: true, value: { $type: "asked" } };

/** Whether all changes of the code are journaled, so that its scope can be closed for now. */
export function isJournaled({ delta, observed, end, pending }: LiveTurn): boolean {
  return end === undefined && observed === undefined && pending === undefined &&
    (delta === undefined ||
      (delta.in === undefined && delta.patch === undefined && delta.notes === undefined));
}

/** Whether a turn is over: its code can do nothing more. */
export function isOver(execution: TurnExecution, live: LiveTurn): boolean {
  return live.end?.kind === "exited" ||
    (live.delivered >= execution.history.length && isEmpty(execution.open));
}

/** The open effects of a turn if all are waits; `undefined` if one is work, which is never cancelled. */
export function openWaits({ open, history }: TurnExecution): readonly OpenWait[] | undefined {
  const waits: OpenWait[] = [];
  for (const [key, { kind }] of Object.entries(open)) {
    const ordinal = Number(key);
    const row = effectNamed(history.asked[ordinal]!.name);
    if (kind === "outside" || row?.kind !== "wait") return undefined;
    waits.push({ ordinal, sampleResult: row.sampleResult });
  }
  return waits;
}

export function mergedDelta(
  first: StateDelta | undefined,
  second: StateDelta | undefined,
): StateDelta | undefined {
  if (!first || !second) return first ?? second;
  return {
    index: second.index,
    ...(first.in || second.in ? { in: { ...first.in, ...second.in } } : {}),
    ...(first.patch || second.patch ? { patch: mergedPatch(first.patch ?? {}, second.patch ?? {}) } : {}),
    ...(first.notes || second.notes ? { notes: [...first.notes ?? [], ...second.notes ?? []] } : {}),
  };
}

function isEmpty(record: object): boolean {
  for (const key in record) if (Object.hasOwn(record, key)) return false;
  return true;
}
