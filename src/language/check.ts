import { builtinNames, nameKey } from "./names.ts";
import type { AgentClass, Playbook, Problem } from "./program.ts";

/** Finds names that two agents, or two playbooks of an agent, share, and those that are taken by builtins. */
export function checkNames(agents: readonly AgentClass[], problems: Problem[]): void {
  const complain = (what: string, entry: AgentClass | Playbook, before: AgentClass | Playbook) => {
    const { line, file } = before.location;
    const same = before.name === entry.name ? `"${entry.name}"` : `"${entry.name}" and "${before.name}"`;
    const message = `Two ${what} are called ${same}: the other one is in line ${line} of ${file}`;
    problems.push({ severity: "error", message, location: entry.location, length: entry.title.length });
  };
  const classes = new Map<string, AgentClass>();
  for (const agent of agents) {
    const before = classes.get(nameKey(agent.name));
    if (before === undefined) classes.set(nameKey(agent.name), agent);
    else complain("agents", agent, before);
    const playbooks = new Map<string, Playbook>();
    for (const playbook of agent.playbooks) {
      const before = playbooks.get(nameKey(playbook.name));
      if (before === undefined) playbooks.set(nameKey(playbook.name), playbook);
      else complain(`playbooks of "${agent.name}"`, playbook, before);
      if (playbook.mode === "code" && builtinNames.has(playbook.name)) {
        const message = `"${playbook.name}" is a builtin: give this function another name`;
        problems.push({ severity: "error", message, location: playbook.location, length: 1 });
      }
    }
  }
}
