import {
  type OpenQuestion,
  openQuestions,
  peopleIn,
  personsAsked,
  type Programs,
  type State,
} from "../engine/mod.ts";
import type { SessionChange, SessionStatus } from "../store/mod.ts";

/** A session at a position: plain data. It holds all that a front end needs before it follows the later events. */
export interface SessionSnapshot {
  readonly id: string;
  readonly name?: string;
  readonly status: SessionStatus;
  /** The number of journal entries in this snapshot. */
  readonly position: number;
  readonly agents: readonly AgentSnapshot[];
  /** Calls on the stack, each after its caller. */
  readonly frames: readonly FrameSnapshot[];
  /** Unanswered questions to persons. */
  readonly questions: readonly OpenQuestion[];
  /** Outside effects that were started and have no result. If no process runs the session, they are uncertain. */
  readonly openEffects: readonly OpenEffect[];
  /** Names of the persons who can answer. */
  readonly persons: readonly string[];
  /** The same persons, each with the questions that this person can answer, oldest first. */
  readonly people: readonly PersonSnapshot[];
  readonly spent: SpentSnapshot;
  readonly end?: { readonly status: "completed" | "failed"; readonly atMs: number; readonly reason?: string };
}

/** A person. */
interface PersonSnapshot {
  readonly name: string;
  readonly displayName: string;
  /** The id of the person's agent, if there is one. */
  readonly id?: string;
  readonly questions: readonly OpenQuestion[];
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

/** An outside effect that was started. */
interface OpenEffect {
  readonly id: string;
  readonly agent: string;
  readonly playbook: string;
  /** For people: `POST https://shop.example/orders`. */
  readonly what: string;
  readonly startedAtMs: number;
  /** Whether it may be repeated without a person's consent. */
  readonly isRepeatable: boolean;
}

/** The session's use of models in all its runs. */
export interface SpentSnapshot {
  readonly turns: number;
  /** Answers of models, without the rehearsal. */
  readonly answers: number;
  /** Requests, also those without an answer. */
  readonly calls: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** Answers without a known price. */
  readonly unpriced: number;
}

/** The snapshot of a state. */
export function snapshotOf(
  state: State,
  programs: Programs,
  record: { readonly status: SessionStatus; readonly name?: string },
): SessionSnapshot {
  const { id, position, end } = state;
  const people = peopleIn(state, programs);
  const persons = people.map(({ name }) => name);
  const questions = openQuestions(state, programs);
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
    questions,
    openEffects: openEffectsOf(state),
    persons,
    people: people.map(({ name, displayName, id }) => ({
      name,
      displayName,
      ...(id === undefined ? {} : { id }),
      questions: questions.filter((question) => personsAsked(question).includes(name)),
    })),
    spent: spentOf(state),
    ...(end ? { end: endOf(end) } : {}),
  };
}

/** The use of models in all runs of a session. */
export function spentOf({ spent }: State): SpentSnapshot {
  return {
    turns: spent.turns,
    answers: spent.turns - (spent.rehearsed ?? 0),
    calls: spent.calls,
    tokens: spent.inputTokens + spent.outputTokens,
    costUsd: spent.costUsd,
    unpriced: spent.unpriced,
  };
}

/** The use of models, as the summary of a session has it. */
export function summaryCounts(state: State): SessionChange {
  const { turns, calls, tokens, costUsd } = spentOf(state);
  return { turns, calls, tokens, costUsd };
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
