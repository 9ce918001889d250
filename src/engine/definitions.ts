import type { AgentClass, Playbook, Program } from "../language/mod.ts";
import { findPlaybook } from "./builtins/perform.ts";
import type { Programs } from "./programs.ts";
import type { Frame, State } from "./fold/state.ts";
import { personsOf } from "./builtins/target.ts";

// Where the text of a living thing is found. An edit may remove or rename anything: a frame keeps the source that it
// runs, and an agent keeps the source that `State.oldTexts` names when the newest one lacks its class.

/** A class, and the source that defines it. */
export interface Defined {
  readonly agentClass: AgentClass;
  readonly source: string;
}

/** The class of an agent: of the newest source, else of the older one that it keeps. */
export function classOfAgent(state: State, programs: Programs, id: string): Defined | undefined {
  return definitionsOfAgent(state, programs, id)[0];
}

/** All definitions that an agent can go by, the newest first. */
export function definitionsOfAgent(state: State, programs: Programs, id: string): readonly Defined[] {
  const name = state.agents[id]?.klass;
  const old = state.oldTexts?.[id];
  return [state.source, ...(old === undefined ? [] : [old])].flatMap((source) => {
    const agentClass = classNamed(programs.get(source), name);
    return agentClass ? [{ agentClass, source }] : [];
  });
}

/** What a frame runs: in its own source, else in the newest source that still has it. */
export function definitionOf(
  state: State,
  programs: Programs,
  frame: Frame,
): readonly [AgentClass, Playbook] | undefined {
  const name = state.agents[frame.agent]?.klass;
  for (const source of [frame.source, ...newestFirst(state)]) {
    const agentClass = classNamed(programs.get(source), name);
    const playbook = agentClass && findPlaybook(agentClass, frame.playbook);
    if (playbook) return [agentClass, playbook];
  }
  return undefined;
}

/** Hashes of the sources that a session still has, the newest first. */
export function newestFirst(state: State): readonly string[] {
  return [state.source, ...Object.keys(state.sources).filter((hash) => hash !== state.source).reverse()];
}

/**
 * A program with the classes of those agents that live on by an older source. An agent may be younger than the turn that
 * calls it, so none is left out by its age.
 */
export function programWithLiving(state: State, programs: Programs, source: string): Program {
  const program = programs.get(source);
  if (!state.oldTexts) return program;
  const agents = [...program.agents];
  for (const [id, old] of Object.entries(state.oldTexts)) {
    const agent = state.agents[id];
    if (!agent || agents.some((each) => each.name === agent.klass)) continue;
    const agentClass = classNamed(programs.get(old), agent.klass);
    if (agentClass) agents.push(agentClass);
  }
  return agents.length === program.agents.length ? program : { ...program, agents };
}

/** Names of all who can answer: the persons of the newest source first, then those of the older ones in use. */
export function personNames(state: State, programs: Programs): readonly string[] {
  const names = new Set(newestFirst(state).flatMap((source) => personsOf(programs.get(source))));
  // A wait for "user" may be older than all sources that are still known.
  if (!names.has("user") && isAwaited(state, "user")) names.add("user");
  return [...names];
}

function isAwaited(state: State, name: string): boolean {
  return Object.values(state.frames).some(({ running }) =>
    Object.values(running?.open ?? {}).some((open) => open.kind === "messages" && open.sources.includes(name))
  );
}

function classNamed(program: Program, name: string | undefined): AgentClass | undefined {
  return program.agents.find((agent) => agent.name === name);
}
