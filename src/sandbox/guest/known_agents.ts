import { primordials } from "./primordials.ts";
import type { AgentIdentity } from "./protocol.ts";

/*
 * The agents that the code can find. The host knows those of the turn's start; each delivery brings new ones.
 */

const { parse, append, lower, slice, mapGet, mapSet, Map: NewMap } = primordials;
let agents: AgentIdentity[] | undefined;
const byId = new NewMap<string, AgentIdentity>();

/** Returns all agents that the code can find. */
export function knownAgents(): readonly AgentIdentity[] {
  if (agents === undefined) {
    agents = [];
    addAgents(parse(ask("agents")!) as AgentIdentity[]);
  }
  return agents;
}

/** Adds agents that the code has not seen yet. */
export function addAgents(fresh: readonly AgentIdentity[]): void {
  if (fresh.length === 0) return;
  const all = knownAgents();
  for (let i = 0; i < fresh.length; i++) {
    append(all, fresh[i]);
    mapSet(byId, fresh[i]!.id, fresh[i]);
  }
}

/** The values that an agent was made with, encoded; `undefined` if there are none. */
export function propertiesOf(id: string): Readonly<Record<string, unknown>> | undefined {
  knownAgents();
  return (mapGet(byId, id) as AgentIdentity | undefined)?.properties;
}

/** All spellings of a name have one key: `GetRate`, `getRate`, `get_rate`, `Get rate`. */
export function spellingKey(name: string): string {
  let key = "";
  for (let i = 0; i < name.length; i++) {
    const character = slice(name, i, i + 1);
    if (character !== "_" && character !== " " && character !== "-" && character !== "'") key += character;
  }
  return lower(key);
}
