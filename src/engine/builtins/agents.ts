import { type AgentClass, isBeginning, type Playbook, type Program } from "../../language/mod.ts";
import type { Encoded } from "../../sandbox/mod.ts";
import type { NewAgent } from "../fold/entry.ts";
import { type Agent, type Frame, framesOf, type State } from "../fold/state.ts";
import { type EffectContext, shortened } from "./builtin.ts";

/** An agent of a class, with the next id. */
export function newAgent(
  state: State,
  klass: AgentClass,
  given: Readonly<Record<string, Encoded>>,
): NewAgent {
  return {
    id: String(state.next.agent),
    klass: klass.name,
    properties: given,
    begins: beginPlaybooks(klass).map((playbook) => playbook.name),
  };
}

/** As `newAgent`. If only an older source has the class, the agent keeps that source. */
export function newAgentOf(
  { state, texts }: EffectContext,
  klass: AgentClass,
  given: Readonly<Record<string, Encoded>>,
): NewAgent {
  const agent = newAgent(state, klass, given);
  const newest = texts.find(({ source }) => source === state.source)?.program;
  if (newest?.agents.some((each) => each.name === klass.name)) return agent;
  const text = texts.find(({ program }) => program.agents.includes(klass));
  return text ? { ...agent, source: text.source } : agent;
}

/** Playbooks of a class that run when an agent of it is created, in file order. */
export function beginPlaybooks(klass: AgentClass): readonly Playbook[] {
  // Playbooks of persons are not run.
  if (klass.type === "Human") return [];
  return klass.playbooks.filter(isBeginning);
}

/** The first agent of a class that runs nothing, has nothing to begin and no message to read, except the caller. */
export function idleAgent(state: State, klass: AgentClass, caller: Frame): string | undefined {
  return Object.values(state.agents).find((agent) =>
    agent.klass === klass.name && agent.id !== caller.agent && framesOf(state, agent.id).length === 0 &&
    agent.begins.length === 0 && agent.inbox.length === 0
  )?.id;
}

/** The first agent of a class, whatever it does now. */
export function firstAgent(state: State, klass: AgentClass): Agent | undefined {
  return Object.values(state.agents).find((agent) => agent.klass === klass.name);
}

/** An agent as a value for code. */
export function agentValue(agent: { readonly id: string; readonly klass: string }): Encoded {
  return { $type: "agent", id: agent.id, klass: agent.klass };
}

/** The message about an unknown class, with the names of the known ones. */
export function unknownClass(program: Program, spelling: string): string {
  return `There is no agent class ${shortened(spelling)}; there are: ${
    program.agents.map((agent) => agent.name).join(", ")
  }`;
}

/** The message about an attempt to create a person. */
export function personExists({ name }: AgentClass): string {
  return `${name} is a person, and exists from the start: Say("${name}", …) and Yield("${name}") reach this person`;
}
