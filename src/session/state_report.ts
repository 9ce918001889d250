import {
  depthOf,
  describeCall,
  display,
  type Encoded,
  type Frame,
  openQuestions,
  type Programs,
  type State,
} from "../engine/mod.ts";
import { stepAt } from "./step_at.ts";

/** The state of a session for people: plain data. Values are texts of at most `maxCharacters`. */
export interface StateReport {
  readonly position: number;
  readonly agents: readonly AgentReport[];
  /** Calls on the stack, each after its caller. */
  readonly calls: readonly CallReport[];
  readonly meetings: readonly MeetingReport[];
  /** Turns that are done, and requests to models without an answer. */
  readonly done: { readonly turns: number; readonly unanswered: number };
  readonly end?: { readonly status: "completed" | "failed"; readonly reason?: string };
}

interface AgentReport {
  readonly id: string;
  readonly klass: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly artifacts: readonly { readonly name: string; readonly characters: number }[];
  /** Messages that nothing of the agent has taken. */
  readonly undelivered: readonly { readonly from: string; readonly text: string }[];
}

/** A call on the stack, and the first actions of a resume for it. */
export interface CallReport {
  readonly id: string;
  readonly agent: string;
  readonly klass: string;
  readonly playbook: string;
  /** `MakeAnOffer(900)` */
  readonly call: string;
  /** The number of its callers. */
  readonly depth: number;
  readonly turn: number;
  readonly step?: string;
  readonly stepText?: string;
  /** `shop.pb:12`, the place of the step. */
  readonly place?: string;
  readonly locals: Readonly<Record<string, string>>;
  readonly next: readonly PlannedAction[];
}

/** An action of a resume. */
export type PlannedAction =
  | { readonly kind: "fetch answer"; readonly model: string; readonly id: string }
  | { readonly kind: "ask model"; readonly isAgain: boolean }
  | { readonly kind: "wait for call"; readonly call: string }
  | { readonly kind: "wait for words"; readonly from: readonly string[]; readonly untilMs?: number }
  | { readonly kind: "sleep"; readonly untilMs: number }
  | { readonly kind: "fetch task"; readonly id: string; readonly what: string }
  | { readonly kind: "repeat"; readonly what: string }
  /** It is not known whether it was done; the policy of `durability.uncertain` decides. */
  | { readonly kind: "uncertain"; readonly what: string; readonly policy: string };

interface MeetingReport {
  readonly id: string;
  readonly topic: string;
  readonly owner: string;
  readonly attendees: readonly { readonly name: string; readonly status: string }[];
}

/** The report of a state. `programs` must hold its sources. */
export function reportState(
  state: State,
  programs: Programs,
  { maxCharacters }: { readonly maxCharacters: number },
): StateReport {
  const text = (value: Encoded) => display(value, { maxCharacters });
  const texts = (values: Readonly<Record<string, Encoded>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
  const { calls, turns, rehearsed = 0 } = state.spent;
  return {
    position: state.position,
    agents: Object.values(state.agents).map(({ id, klass, state: variables, artifacts, inbox }) => ({
      id,
      klass,
      variables: texts(variables),
      artifacts: Object.values(artifacts).map(({ name, content }) => ({ name, characters: content.length })),
      undelivered: inbox.filter(({ news }) => !news).map(({ from, fromKlass, text }) => ({
        from: /^\d+$/.test(from) ? `${fromKlass}(${from})` : from,
        text,
      })),
    })),
    calls: callsInOrder(state).map((frame) => ({
      ...callReport(state, frame, programs, maxCharacters),
      locals: texts(withoutGone(frame.locals)),
    })),
    meetings: Object.values(state.meetings ?? {}).filter(({ ended }) => ended === undefined)
      .map(({ id, topic, owner, attendees }) => ({
        id,
        topic,
        owner: nameIn(state, owner),
        attendees: attendees.map(({ name, status }) => ({ name: nameIn(state, name), status })),
      })),
    done: { turns, unanswered: Math.max(0, calls - (turns - rehearsed)) },
    ...(state.end ? { end: endOf(state.end) } : {}),
  };
}

/**
 * The status of a session that no process runs: its end, `waiting` if it waits for words of persons alone, or `stopped`.
 */
export function restingStatus(
  state: State,
  programs: Programs,
): "completed" | "failed" | "waiting" | "stopped" {
  if (state.end) return state.end.status;
  const actions = Object.values(state.frames).map((frame) => nextActions(state, frame));
  const waits = actions.length > 0 && actions.every((each) => each.length > 0) &&
    actions.flat().every(isIdle);
  return waits && openQuestions(state, programs).length > 0 ? "waiting" : "stopped";
}

/** Whether an action goes on only when someone else does something. */
function isIdle(action: PlannedAction): boolean {
  return action.kind === "wait for call" || action.kind === "wait for words" && action.untilMs === undefined;
}

function endOf({ status, reason }: NonNullable<State["end"]>): NonNullable<StateReport["end"]> {
  return { status, ...(reason === undefined ? {} : { reason }) };
}

/** Functions of the code cannot be kept, so they are no values. */
function withoutGone(locals: Frame["locals"]): Frame["locals"] {
  return Object.fromEntries(
    Object.entries(locals).filter(([, value]) =>
      typeof value !== "object" || value === null || (value as { $type?: unknown }).$type !== "gone"
    ),
  );
}

/** Each root, then its callees. */
function callsInOrder(state: State): readonly Frame[] {
  const frames = Object.values(state.frames);
  const callees = Map.groupBy(frames, ({ caller }) => caller?.frame);
  const below = (frame: Frame): Frame[] => [frame, ...(callees.get(frame.id) ?? []).flatMap(below)];
  return frames.filter(({ caller }) => !caller || !state.frames[caller.frame]).flatMap(below);
}

function callReport(
  state: State,
  frame: Frame,
  programs: Programs,
  maxCharacters: number,
): Omit<CallReport, "locals"> {
  const { id, agent, playbook, args, step: number, source } = frame;
  const klass = state.agents[agent]?.klass ?? "";
  const step = number === undefined ? undefined : stepAt(programs, { source, klass, playbook, number });
  return {
    id,
    agent,
    klass,
    playbook,
    call: describeCall({ ordinal: 0, name: playbook, args: Object.values(args) }, {
      maxArgumentCharacters: maxCharacters,
    }),
    depth: depthOf(state, frame),
    turn: turnOf(frame),
    ...(number === undefined ? {} : { step: number }),
    ...(step ? { stepText: step.text, place: `${step.location.file}:${step.location.line}` } : {}),
    next: nextActions(state, frame),
  };
}

/** The turn that a call is in. A function of the program has one turn only, also after this one has ended. */
function turnOf({ mode, turn, endedTurn }: Frame): number {
  return mode === "code" ? endedTurn?.turn ?? turn : turn;
}

function nextActions(state: State, { accepted, phase, running }: Frame): readonly PlannedAction[] {
  const actions: PlannedAction[] = [];
  if (accepted) actions.push({ kind: "fetch answer", model: accepted.model, id: accepted.id });
  else if (phase !== "running") actions.push({ kind: "ask model", isAgain: phase === "asked" });
  for (const [key, open] of Object.entries(running?.open ?? {})) {
    const asked = running?.history.asked[Number(key)];
    switch (open.kind) {
      case "call":
        actions.push({ kind: "wait for call", call: asked ? describeCall(asked) : `effect ${key}` });
        break;
      case "messages":
        actions.push({
          kind: "wait for words",
          from: open.sources.map((source) => nameIn(state, source)),
          ...(open.deadline === undefined ? {} : { untilMs: open.deadline }),
        });
        break;
      case "sleep":
        actions.push({ kind: "sleep", untilMs: open.until });
        break;
      case "outside": {
        const { what, task, repeatable } = open;
        actions.push(
          task
            ? { kind: "fetch task", id: task.id, what }
            : repeatable
            ? { kind: "repeat", what }
            : { kind: "uncertain", what, policy: state.settings.durability.uncertain },
        );
      }
    }
  }
  return actions;
}

/** An agent as `Seller(1000)`; anything else by its own name. */
function nameIn(state: State, id: string): string {
  const agent = state.agents[id];
  return agent ? `${agent.klass}(${id})` : id;
}
