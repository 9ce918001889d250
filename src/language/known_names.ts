import { findPlaceholders } from "./placeholder.ts";
import { nameKey } from "./names.ts";
import type { AgentClass, Playbook } from "./program.ts";
import { flattenSteps } from "./steps.ts";

/** Finds the placeholders of all descriptions. It runs after all agents are read, since it needs their names. */
export function withPlaceholders(
  agents: readonly AgentClass[],
  builtins: ReadonlySet<string>,
): AgentClass[] {
  const classes = namesByKey(agents);
  return agents.map((agent) => {
    if (!agent.playbooks.some(mayHavePlaceholders)) return agent;
    const own = namesByKey(agent.playbooks);
    const callable = (name: string) => own.get(nameKey(name)) ?? classes.get(nameKey(name));
    const helpers = new Set(agent.module?.helpers ?? []);
    const state = stateNames(agent);
    return {
      ...agent,
      playbooks: agent.playbooks.map((playbook) => {
        if (!mayHavePlaceholders(playbook)) return playbook;
        const parameters = new Set(playbook.parameters.map((parameter) => parameter.name));
        const placeholders = findPlaceholders(playbook.description, {
          parameters,
          callable,
          builtins,
          helpers,
          state,
        });
        return { ...playbook, placeholders };
      }),
    };
  });
}

function mayHavePlaceholders(playbook: Playbook): boolean {
  return playbook.mode !== "code" && playbook.description.includes("{");
}

function namesByKey(named: readonly { readonly name: string }[]): ReadonlyMap<string, string> {
  return new Map(named.map(({ name }) => [nameKey(name), name]));
}

/** The variables of an agent: each `$x` in its text, and each `state.x` in its code. */
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
