import { nameKey } from "./names.ts";
import type { AgentClass, Playbook } from "./program.ts";

/** An agent class by any spelling of its name. "Tax" also finds "Tax agent". */
export function findAgentClass(agents: readonly AgentClass[], spelling: string): AgentClass | undefined {
  const exact = agents.find((agent) => agent.name === spelling);
  if (exact) return exact;
  const wanted = nameKey(spelling);
  if (wanted === "") return undefined;
  return agents.find((agent) => nameKey(agent.name) === wanted) ??
    agents.find((agent) => nameKey(agent.name) === `${wanted}agent`);
}

/** A playbook by any spelling of its name or its title. */
export function playbookNamed(agent: AgentClass, spelling: string): Playbook | undefined {
  const exact = agent.playbooks.find((playbook) => playbook.name === spelling);
  if (exact) return exact;
  const wanted = nameKey(spelling);
  if (wanted === "") return undefined;
  return agent.playbooks.find((playbook) => nameKey(playbook.name) === wanted) ??
    agent.playbooks.find((playbook) => nameKey(playbook.title) === wanted);
}

/** Whether an agent's playbooks are the tools of a server, whose names are not in the program. */
export function hasTools(agent: AgentClass): boolean {
  return agent.type === "MCP" || agent.metadata["remote"] !== undefined;
}
