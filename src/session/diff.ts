import {
  decodeEntry,
  type Entry,
  type Outcome,
  restoreState,
  type State,
  wordsShownBy,
} from "../engine/mod.ts";
import type { SessionStore } from "../store/mod.ts";
import { spentOf, type SpentSnapshot } from "./snapshot.ts";

/** A session, now or after its first `position` entries. */
export interface SessionMoment {
  readonly store: SessionStore;
  readonly id: string;
  readonly position?: number;
}

/** The differences of two moments: of two sessions, or of one. */
export interface SessionDiff {
  readonly a: MomentFacts;
  readonly b: MomentFacts;
  /** The number of equal entries from the first one on. */
  readonly common: number;
  /** Agents that differ. */
  readonly agents: readonly AgentDiff[];
  /** Effects that both moments have after the common entries, with different results. */
  readonly results: readonly ResultDiff[];
}

/** One of the two moments. */
export interface MomentFacts {
  readonly id: string;
  readonly position: number;
  /** Paths of its program's files, as the session has them. */
  readonly program: readonly string[];
  /** The type of its first entry after the common ones. */
  readonly next?: Entry["type"];
  readonly stack: readonly StackCall[];
  /** Words to persons that were shown after the common entries. */
  readonly words: readonly {
    readonly position: number;
    readonly by: string;
    readonly to: string;
    readonly text: string;
  }[];
  readonly spent: SpentSnapshot;
  readonly end?: "completed" | "failed";
}

/** A call on a stack. */
interface StackCall {
  readonly depth: number;
  readonly agent: string;
  readonly playbook: string;
  readonly turn: number;
  readonly step?: string;
}

/** An agent that differs; `in` is absent if both moments have it. */
interface AgentDiff {
  readonly id: string;
  readonly klass: string;
  readonly in?: "a" | "b";
  /** Variables that differ. A variable without `a` was added, and one without `b` was removed. */
  readonly variables: readonly { readonly name: string; readonly a?: Encoded; readonly b?: Encoded }[];
}

/** An effect with two results. */
interface ResultDiff {
  /** Positions of the results. */
  readonly a: number;
  readonly b: number;
  readonly playbook: string;
  readonly name: string;
  readonly before: Outcome;
  readonly after: Outcome;
}

/** Compares two moments. Throws the errors of the stores. */
export async function diffSessions(a: SessionMoment, b: SessionMoment): Promise<SessionDiff> {
  const [first, second] = [await readMoment(a), await readMoment(b)];
  const common = commonEntries(first, second);
  return {
    a: factsOf(first, common),
    b: factsOf(second, common),
    common,
    agents: agentsThatDiffer(first.state, second.state),
    // Results of different programs only happen to have the same place.
    results: common === 0 && !isSameProgram(first.state, second.state)
      ? []
      : resultsThatDiffer(first, second, common),
  };
}

interface ReadMoment {
  readonly id: string;
  readonly state: State;
  /** The entries that can be read, by position. */
  readonly entries: ReadonlyMap<number, Entry>;
}

async function readMoment({ store, id, position }: SessionMoment): Promise<ReadMoment> {
  const loaded = await store.load(id, position === undefined ? {} : { position });
  const state = restoreState(loaded);
  const entries = new Map<number, Entry>();
  for (const record of await store.read(id)) {
    if (record.position > loaded.position) break;
    entries.set(record.position, decodeEntry(record.entry));
  }
  return { id, state, entries };
}

/** Entries that only a checkpoint holds count as equal: a fork of such a session began from the same state. */
function commonEntries(a: ReadMoment, b: ReadMoment): number {
  const last = Math.min(a.state.position, b.state.position);
  if (a.state.id !== b.state.id) return 0;
  for (let position = 1; position <= last; position++) {
    const [one, other] = [a.entries.get(position), b.entries.get(position)];
    if (one && other && JSON.stringify(one) !== JSON.stringify(other)) return position - 1;
  }
  return last;
}

function factsOf({ id, state, entries }: ReadMoment, common: number): MomentFacts {
  const later = [...entries].filter(([position]) => position > common);
  const { position, end } = state;
  const next = entries.get(common + 1)?.type;
  return {
    id,
    position,
    program: programOf(state),
    ...(next === undefined ? {} : { next }),
    stack: stackOf(state),
    words: later.flatMap(([position, entry]) => {
      const words = wordsShownBy(entry);
      return words ? [{ position, by: nameOf(state, words.by), to: words.to, text: words.text }] : [];
    }),
    spent: spentOf(state),
    ...(end ? { end: end.status } : {}),
  };
}

function programOf(state: State): readonly string[] {
  return state.sources[state.source]?.files.map(({ path }) => path) ?? [];
}

function isSameProgram(a: State, b: State): boolean {
  return a.source === b.source || programOf(a).join("\0") === programOf(b).join("\0");
}

/** The calls of a state, each after its caller. */
function stackOf(state: State): StackCall[] {
  const frames = Object.values(state.frames);
  const below = (caller: string | undefined, depth: number): StackCall[] =>
    frames.filter((frame) => frame.caller?.frame === caller).flatMap((
      { id, agent, playbook, turn, step },
    ) => [
      { depth, agent: nameOf(state, agent), playbook, turn, ...(step === undefined ? {} : { step }) },
      ...below(id, depth + 1),
    ]);
  return below(undefined, 0);
}

function nameOf({ agents }: State, id: string): string {
  const agent = agents[id];
  return agent ? `${agent.klass}(${id})` : id;
}

function agentsThatDiffer(a: State, b: State): AgentDiff[] {
  const ids = [...new Set([...Object.keys(a.agents), ...Object.keys(b.agents)])].sort();
  return ids.flatMap((id): AgentDiff[] => {
    const [one, other] = [a.agents[id], b.agents[id]];
    // Different programs give the same id to agents of different classes.
    if (one && other && one.klass !== other.klass) return [onlyIn("a", id, one), onlyIn("b", id, other)];
    if (!one || !other) return [one ? onlyIn("a", id, one) : onlyIn("b", id, other!)];
    const variables = variablesThatDiffer(one.state, other.state);
    return variables.length === 0 ? [] : [{ id, klass: one.klass, variables }];
  });
}

function onlyIn(which: "a" | "b", id: string, { klass, state }: State["agents"][string]): AgentDiff {
  const variables = which === "a" ? variablesThatDiffer(state, {}) : variablesThatDiffer({}, state);
  return { id, klass, in: which, variables };
}

type Variables = State["agents"][string]["state"];
type Encoded = Variables[string];

function variablesThatDiffer(a: Variables, b: Variables): AgentDiff["variables"] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
    .filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
    .map((name) => ({
      name,
      ...(Object.hasOwn(a, name) ? { a: a[name] as Encoded } : {}),
      ...(Object.hasOwn(b, name) ? { b: b[name] as Encoded } : {}),
    }));
}

function resultsThatDiffer(a: ReadMoment, b: ReadMoment, common: number): ResultDiff[] {
  const [before, after] = [resultsOf(a), resultsOf(b)];
  return [...before].flatMap(([key, one]) => {
    const other = after.get(key);
    if (!other || Math.max(one.position, other.position) <= common || one.name !== other.name) return [];
    if (JSON.stringify(one.outcome) === JSON.stringify(other.outcome)) return [];
    const { playbook, name } = one;
    return [{
      a: one.position,
      b: other.position,
      playbook,
      name,
      before: one.outcome,
      after: other.outcome,
    }];
  });
}

interface FoundResult {
  readonly position: number;
  readonly playbook: string;
  readonly name: string;
  readonly outcome: Outcome;
}

/** The results of effects, by frame, turn and number. Calls are there with the results of their playbooks. */
function resultsOf({ entries }: ReadMoment): ReadonlyMap<string, FoundResult> {
  const results = new Map<string, FoundResult>();
  const playbooks = new Map<string, string>();
  const turns = new Map<string, number>();
  const names = new Map<string, string>();
  const callers = new Map<
    string,
    { readonly key: string; readonly playbook: string; readonly name: string }
  >();
  for (const [position, entry] of entries) {
    const keyOf = (frame: string, ordinal: number) => `${frame} ${turns.get(frame) ?? 0} ${ordinal}`;
    switch (entry.type) {
      case "thread":
        playbooks.set(entry.frame.id, entry.frame.playbook);
        break;
      case "turn":
        turns.set(entry.frame, (turns.get(entry.frame) ?? 0) + 1);
        break;
      case "call": {
        const { frame, callee, asked } = entry;
        playbooks.set(callee.id, callee.playbook);
        callers.set(callee.id, {
          key: keyOf(frame, asked.ordinal),
          playbook: playbooks.get(frame) ?? frame,
          name: callee.playbook,
        });
        break;
      }
      case "start":
        names.set(keyOf(entry.frame, entry.asked.ordinal), entry.asked.name);
        break;
      case "effect": {
        const { frame, ordinal, asked, outcome } = entry;
        const key = keyOf(frame, ordinal);
        const name = asked?.name ?? names.get(key) ?? "";
        results.set(key, { position, playbook: playbooks.get(frame) ?? frame, name, outcome });
        break;
      }
      case "return": {
        const call = callers.get(entry.frame);
        if (!call) break;
        const { key, playbook, name } = call;
        results.set(key, { position, playbook, name, outcome: entry.outcome });
        break;
      }
    }
  }
  return results;
}
