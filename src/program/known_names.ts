import { findPlaceholders } from "./placeholder.ts";
import type { AgentClass } from "./program.ts";
import { flattenSteps } from "./steps.ts";

/** Finds the placeholders of all descriptions: which names they may use is known when all agents have been read. */
export function withPlaceholders(agents: readonly AgentClass[]): AgentClass[] {
  const classes = agents.map((agent) => agent.name);
  return agents.map((agent) => {
    const callables = new Set([...classes, ...agent.playbooks.map((playbook) => playbook.name)]);
    const helpers = new Set(agent.module?.helpers ?? []);
    const state = stateNames(agent);
    return {
      ...agent,
      playbooks: agent.playbooks.map((playbook) => {
        if (playbook.mode === "code" || !playbook.description.includes("{")) return playbook;
        const parameters = new Set(playbook.parameters.map((parameter) => parameter.name));
        return {
          ...playbook,
          placeholders: findPlaceholders(playbook.description, { parameters, callables, helpers, state }),
        };
      }),
    };
  });
}

/** Each `$x` that occurs in an agent is one of its variables, as is `state.x` in its code. */
function stateNames(agent: AgentClass): ReadonlySet<string> {
  const names = new Set<string>();
  const collect = (text: string, form: RegExp) => {
    for (const match of text.matchAll(form)) names.add(match[1]!);
  };
  const variable = /\$([A-Za-z_]\w*)/g;
  collect(agent.description, variable);
  for (const block of agent.module?.blocks ?? []) collect(block.text, /\bstate\.([A-Za-z_]\w*)/g);
  for (const playbook of agent.playbooks) {
    for (const parameter of playbook.parameters) if (parameter.state) names.add(parameter.name);
    if (playbook.mode === "code") continue;
    collect(playbook.description, variable);
    for (const step of flattenSteps(playbook.steps)) collect(step.text, variable);
    for (const text of [...playbook.triggers.map((trigger) => trigger.text), ...playbook.notes]) {
      collect(text, variable);
    }
  }
  return names;
}
