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
import { effectNamed } from "../builtins/table.ts";
import type { SessionContext } from "../context.ts";
import { mergedPatch, patched } from "../fold/apply.ts";
import { isAskedFor } from "../fold/encoding.ts";
import type { StateDelta } from "../fold/entry.ts";
import type { Result } from "../fold/history.ts";
import { type Frame, type TurnExecution, writesUnseen } from "../fold/state.ts";
import type { SandboxLoader } from "../sandbox_loader.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { emitNote } from "./notes.ts";
import { agentsBetween, scopeOptions } from "./scope_options.ts";

/** How much the code of a turn has seen. */
interface Observation {
  /** Results that it was given. */
  delivered: number;
  /** Position up to which it knows the agent's variables. */
  lastSeenPosition: number;
  /** What it saw of others' writes since its last entry, by `delivered`. */
  observed?: Readonly<Record<number, StatePatch>>;
}

/** A turn in flight whose scope is open. */
export interface LiveTurn extends Observation {
  readonly scope: Scope;
  /** Position up to which the code knows which agents there are. */
  knownAgents: number;
  /** The highest ordinal that the code has asked for. */
  lastOrdinal: number;
  /** Results that it had been given when a snapshot was last considered. */
  snapshotAt: number;
  end?: NonNullable<Progress["end"]>;
  /** What the code did since its last entry. */
  delta?: StateDelta;
}

/** The open scopes of turns, and the turns in flight whose scope was let go. */
export class LiveTurns {
  readonly #context: SessionContext;
  readonly #sandbox: SandboxLoader;
  /** Turns in flight, by frame; the one that went on last is last. */
  readonly #live = new Map<string, LiveTurn>();
  /** Turns in flight without a scope, and how many results their code had been given. */
  readonly #asleep = new Map<string, number>();
  /** The answer that was read last: several callers ask for it one after the other. */
  #read: { readonly of: TurnExecution; readonly answer: Answer } | undefined;

  constructor(context: SessionContext, sandbox: SandboxLoader) {
    this.#context = context;
    this.#sandbox = sandbox;
  }

  get size(): number {
    return this.#live.size;
  }

  /** Turns with an open scope, the one that went on last at the end. */
  entries(): Iterable<[string, LiveTurn]> {
    return this.#live.entries();
  }

  get(frame: string): LiveTurn | undefined {
    return this.#live.get(frame);
  }

  /** Notes that a turn goes on now. */
  touch(frame: string, live: LiveTurn): void {
    this.#live.delete(frame);
    this.#live.set(frame, live);
  }

  /** Opens the scope of a frame's turn; `places` makes its requests tell their lines. */
  open(frame: Frame, { places } = { places: false }): LiveTurn {
    const observation: Observation = { delivered: 0, lastSeenPosition: frame.running!.lastSeenPosition };
    const options = { ...this.#optionsOf(frame, observation), places };
    return this.#add(frame, observation, {
      scope: this.#sandbox.loaded!.open(options),
      knownAgents: frame.running!.position,
      lastOrdinal: 0,
      snapshotAt: 0,
    });
  }

  /** Opens the scope of a frame's turn from a snapshot; `undefined` if its bytes are of no use. */
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
      knownAgents: last,
      lastOrdinal: asked,
      snapshotAt: delivered,
    });
  }

  #add(frame: Frame, observation: Observation, rest: Omit<LiveTurn, keyof Observation>): LiveTurn {
    const live: LiveTurn = { ...observation, ...rest };
    this.#live.set(frame.id, live);
    return live;
  }

  /** What a turn starts from; `observation` notes what it sees of the agent's variables. */
  #optionsOf(frame: Frame, observation: Observation): ScopeOptions {
    const { definitions, state } = this.#context;
    const [agentClass, playbook] = definitions.definitionOf(frame);
    const program = definitions.programOf(frame.source);
    const read = this.answerOf(frame.running!);
    const answer = read.ok ? read.code : "";
    const options = scopeOptions(state, frame, { program, agentClass, playbook, answer });
    return { ...options, state: patched(options.state, this.#observeState(frame, observation)) };
  }

  /** The code of a model's answer, or what is wrong with it; turns without a model have no code of their own. */
  answerOf(execution: TurnExecution): Answer {
    if (execution.kind !== "turn") return noAnswer;
    if (this.#read?.of !== execution) {
      this.#read = { of: execution, answer: readAnswer(execution.text, execution.finish) };
    }
    return this.#read.answer;
  }

  /**
   * Writes of others to the agent's variables since the code last saw them: as the journal has them, or else as of now.
   * The next entry of the frame journals the latter.
   */
  #observeState(frame: Frame, observation: Observation): StatePatch {
    const execution = frame.running!;
    const { delivered } = observation;
    if (delivered <= execution.lastDeltaIndex) return execution.history.observed[delivered] ?? {};
    const patch = writesUnseen(this.#context.state, frame, observation.lastSeenPosition);
    observation.lastSeenPosition = this.#context.state.position;
    if (!isEmpty(patch)) observation.observed = { ...observation.observed, [delivered]: patch };
    return patch;
  }

  /** Gives the code a result and runs it on. */
  deliver(frame: Frame, live: LiveTurn, result: Result): Progress {
    return live.scope.deliver(this.#deliveryOf(frame, live, result));
  }

  /** Gives the code results whose effects on the agent are journaled. */
  replay(frame: Frame, live: LiveTurn, results: readonly Result[]): Progress {
    return live.scope.replay(results.map((result) => this.#deliveryOf(frame, live, result)));
  }

  #deliveryOf(frame: Frame, live: LiveTurn, result: Result): Delivery {
    const agents = agentsBetween(this.#context.state, live.knownAgents, result.position);
    live.knownAgents = result.position;
    live.delivered++;
    const { ordinal, outcome } = result;
    return {
      ordinal,
      outcome: isAskedFor(frame.running!.history.asked[ordinal], outcome) ? asAsked : outcome,
      patch: this.#observeState(frame, live),
      agents,
      nowMs: result.at,
    };
  }

  /**
   * Takes what the code did: requests go to the list. If it is not journaled yet, notes go to the ui, and the rest is
   * returned.
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

  /** Stops the run if code was interrupted inside a step; nothing of that step is kept, and a resume does it again. */
  stopIfInterrupted(live: LiveTurn): boolean {
    if (live.scope.isInterrupted) this.#context.schedule.stop({ kind: "interrupted" });
    return live.scope.isInterrupted;
  }

  /** Closes a scope while its code waits; a replay opens it again. */
  letGo(frame: string, live: LiveTurn): void {
    live.scope[Symbol.dispose]();
    this.#live.delete(frame);
    this.#asleep.set(frame, live.delivered);
  }

  /** How many results the code of a turn had been given whose scope was let go; it counts as open from then on. */
  takeAsleep(frame: string): number | undefined {
    const delivered = this.#asleep.get(frame);
    this.#asleep.delete(frame);
    return delivered;
  }

  /** Closes the scope of a turn that is over. */
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

/** Stands for a result that equals the arguments of its request, which the code has at hand. */
const asAsked: Outcome = { ok: true, value: { $type: "asked" } };

/** Whether all that the code did is journaled, so that its scope can be let go unnoticed. */
export function isJournaled({ delta, observed, end }: LiveTurn): boolean {
  return end === undefined && observed === undefined &&
    (delta === undefined ||
      (delta.in === undefined && delta.patch === undefined && delta.notes === undefined));
}

/** Whether a turn is over: nothing more can come of its code. */
export function isOver(execution: TurnExecution, live: LiveTurn): boolean {
  return live.end?.kind === "exited" ||
    (live.delivered >= execution.history.length && isEmpty(execution.open));
}

/** The open effects of a turn if all of them are waits; `undefined` if some are work, which is never given up. */
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
