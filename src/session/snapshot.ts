import { type OpenQuestion, openQuestions, personNames, type Programs, type State } from "../engine/mod.ts";
import type { SessionStatus } from "../store/mod.ts";

/** Where a session stands: plain data, all that a front end needs before it follows the events behind `position`. */
export interface SessionSnapshot {
  readonly id: string;
  readonly name?: string;
  readonly status: SessionStatus;
  /** Number of journal entries that this is made of. */
  readonly position: number;
  readonly agents: readonly AgentSnapshot[];
  /** Calls on the stack, each behind its caller. */
  readonly frames: readonly FrameSnapshot[];
  /** Questions to persons that nobody has answered. */
  readonly questions: readonly OpenQuestion[];
  /** Outside effects that were begun and have no result; in a session that nobody runs, they are uncertain. */
  readonly openEffects: readonly OpenEffect[];
  /** Names of those who can answer; the first one is whom `user` means. */
  readonly persons: readonly string[];
  readonly spent: SpentSnapshot;
  readonly end?: { readonly status: "completed" | "failed"; readonly atMs: number; readonly reason?: string };
}

/** An agent; `entries` counts the journal entries that are its own. */
interface AgentSnapshot {
  readonly id: string;
  readonly klass: string;
  readonly entries: number;
}

/** A call of a playbook. */
interface FrameSnapshot {
  readonly id: string;
  readonly agent: string;
  readonly playbook: string;
  readonly caller?: string;
  readonly turn: number;
  readonly phase: "ready" | "asked" | "running";
  readonly step?: string;
}

/** Something outside that was begun. */
interface OpenEffect {
  readonly id: string;
  readonly agent: string;
  readonly playbook: string;
  /** `POST https://shop.example/orders`, for people. */
  readonly what: string;
  readonly startedAtMs: number;
  /** It may be repeated without a person's consent. */
  readonly isRepeatable: boolean;
}

/** What the session has used of models, in all its runs. */
interface SpentSnapshot {
  readonly turns: number;
  /** Answers of models, without those of the rehearsal. */
  readonly answers: number;
  /** Requests begun, also those without an answer. */
  readonly calls: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** Answers whose price is not known. */
  readonly unpriced: number;
}

/** The snapshot of a state. */
export function snapshotOf(
  state: State,
  programs: Programs,
  record: { readonly status: SessionStatus; readonly name?: string },
): SessionSnapshot {
  const { id, position, end, spent } = state;
  const persons = personNames(state, programs);
  return {
    id,
    ...(record.name === undefined ? {} : { name: record.name }),
    status: record.status,
    position,
    agents: Object.values(state.agents).map(({ id, klass, entries }) => ({ id, klass, entries })),
    frames: Object.values(state.frames).map((frame) => {
      const { id, agent, playbook, caller, turn, phase, step } = frame;
      return {
        id,
        agent,
        playbook,
        ...(caller ? { caller: caller.frame } : {}),
        turn,
        phase,
        ...(step === undefined ? {} : { step }),
      };
    }),
    questions: openQuestions(state, persons),
    openEffects: openEffectsOf(state),
    persons,
    spent: {
      turns: spent.turns,
      answers: spent.turns - (spent.rehearsed ?? 0),
      calls: spent.calls,
      tokens: spent.inputTokens + spent.outputTokens,
      costUsd: spent.costUsd,
      unpriced: spent.unpriced,
    },
    ...(end ? { end: endOf(end) } : {}),
  };
}

function endOf({ status, at, reason }: NonNullable<State["end"]>): NonNullable<SessionSnapshot["end"]> {
  return { status, atMs: at, ...(reason === undefined ? {} : { reason }) };
}

function openEffectsOf(state: State): readonly OpenEffect[] {
  return Object.values(state.frames).flatMap((frame) =>
    Object.entries(frame.running?.open ?? {}).flatMap(([ordinal, open]) => {
      if (open.kind !== "outside") return [];
      const { what, at, repeatable } = open;
      const { agent, playbook } = frame;
      const id = `${frame.id}/${ordinal}`;
      return [{ id, agent, playbook, what, startedAtMs: at, isRepeatable: repeatable }];
    })
  );
}
