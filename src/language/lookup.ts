import { nameKey } from "./names.ts";
import type { AgentClass, Playbook } from "./program.ts";

/** An agent class by any spelling of its name. "Tax" also finds "Tax agent". */
export function findAgentClass(agents: readonly AgentClass[], spelling: string): AgentClass | undefined {
  const index = indexOf(agentIndexes, agents, () => [agents.map((agent) => [agent.name, agent])]);
  const exact = index.exact.get(spelling);
  if (exact) return exact;
  const wanted = nameKey(spelling);
  return wanted === "" ? undefined : index.byKey.get(wanted) ?? index.byKey.get(`${wanted}agent`);
}

/** A playbook by any spelling of its name or its title. */
export function playbookNamed(agent: AgentClass, spelling: string): Playbook | undefined {
  const index = indexOf(playbookIndexes, agent, () => [
    agent.playbooks.map((playbook) => [playbook.name, playbook]),
    agent.playbooks.map((playbook) => [playbook.title, playbook]),
  ]);
  return index.exact.get(spelling) ?? index.byKey.get(nameKey(spelling));
}

/** Whether an agent's playbooks are the tools of a server, whose names are not in the program. */
export function hasTools(agent: AgentClass): boolean {
  return agent.type === "MCP" || agent.metadata["remote"] !== undefined;
}

interface NameIndex<T> {
  /** By the names of the first list, as they are. */
  readonly exact: ReadonlyMap<string, T>;
  /** By the keys of all names that have one. Of equal keys the first one counts. */
  readonly byKey: ReadonlyMap<string, T>;
}

/** Programs never change, and a name is looked up many times. */
const agentIndexes = new WeakMap<readonly AgentClass[], NameIndex<AgentClass>>();
const playbookIndexes = new WeakMap<AgentClass, NameIndex<Playbook>>();

function indexOf<Owner extends object, T>(
  indexes: WeakMap<Owner, NameIndex<T>>,
  owner: Owner,
  lists: () => readonly (readonly (readonly [string, T])[])[],
): NameIndex<T> {
  const known = indexes.get(owner);
  if (known !== undefined) return known;
  const [names = [], ...others] = lists();
  const exact = new Map([...names].reverse());
  const byKey = new Map<string, T>();
  for (const [name, value] of [...names, ...others.flat()]) {
    const key = nameKey(name);
    if (key !== "" && !byKey.has(key)) byKey.set(key, value);
  }
  const index = { exact, byKey };
  indexes.set(owner, index);
  return index;
}
