import { findPlaceholders } from "./placeholder.ts";
import { nameKey } from "./names.ts";
import { nearestName } from "./nearest_name.ts";
import type { AgentClass, Location, Placeholder, Playbook, Problem } from "./program.ts";
import { pythonFunctionNames } from "./python_expression.ts";
import { loadPythonParser } from "./python_syntax.ts";
import { flattenSteps } from "./steps.ts";
import { namePattern, variablesIn } from "./variable_names.ts";

/**
 * Finds the placeholders of all descriptions. It runs after all agents are read, since it needs their names. An expression
 * that cannot run becomes a problem.
 */
export async function withPlaceholders(
  agents: readonly AgentClass[],
  builtins: ReadonlySet<string>,
  problems: Problem[],
): Promise<readonly AgentClass[]> {
  if (!agents.some(({ playbooks }) => playbooks.some(mayHavePlaceholders))) return agents;
  await loadPythonParser();
  const classes = byKey(agents);
  return agents.map((agent) => {
    if (!agent.playbooks.some(mayHavePlaceholders)) return agent;
    const own = byKey(agent.playbooks);
    const callable = (spelling: string) => {
      const playbook = own.get(nameKey(spelling));
      if (playbook !== undefined) {
        return { name: playbook.name, parameters: playbook.parameters.map(({ name }) => name) };
      }
      const agentClass = classes.get(nameKey(spelling));
      return agentClass && { name: agentClass.name };
    };
    const helpers = new Set(agent.module?.helpers ?? []);
    // Only code inside a meeting has it.
    if (agent.playbooks.some(({ meeting }) => meeting)) helpers.add("meeting");
    const state = stateNames(agent);
    return {
      ...agent,
      playbooks: agent.playbooks.map((playbook) => {
        if (!mayHavePlaceholders(playbook)) return playbook;
        const parameters = new Set(playbook.parameters.map((parameter) => parameter.name));
        const found = findPlaceholders(playbook.description, {
          parameters,
          callable,
          builtins,
          helpers,
          state,
        });
        const placeholders: Placeholder[] = [];
        for (const { expression, source, start, end } of found) {
          const location = locationOf(playbook, start);
          if (expression.ok) placeholders.push({ expression: expression.code, source, start, end, location });
          else {
            const message = `{${source}}: ${expression.message}`;
            problems.push({ severity: "error", code: "placeholder", message, location, length: end - start });
          }
        }
        const names = [
          ...helpers,
          ...agent.playbooks.map(({ name }) => name),
          ...builtins,
          ...pythonFunctionNames,
        ];
        problems.push(...unknownCalls(playbook, found, names));
        return { ...playbook, placeholders };
      }),
    };
  });
}

/** `{lenn($items)}`: a call of a function that nothing defines. It has a variable, so it is neither JSON nor prose. */
function unknownCalls(
  playbook: Playbook,
  found: readonly { readonly start: number; readonly end: number }[],
  names: readonly string[],
): Problem[] {
  // Simple searches: one expression for the whole call would take hours for a long line.
  const calls = [...playbook.description.matchAll(/\{([^{}]*)\}/g)].flatMap(
    ({ 0: text, 1: content = "", index }) => {
      const { 0: begin, 1: name } = /^\s*([\p{L}_][\p{L}\p{M}\p{N}_]*)\(/u.exec(content) ?? [];
      const rest = content.slice(begin?.length);
      const variable = rest.search(/\$[\p{L}_]/u);
      const isCall = begin !== undefined && variable >= 0 && rest.lastIndexOf(")") > variable &&
        !rest.includes("\n");
      return isCall ? [{ text, name, index }] : [];
    },
  );
  return calls.filter(({ index }) => !found.some(({ start, end }) => start <= index && index < end))
    .map(({ text, name, index }) => {
      const near = nearestName(name!, names);
      return {
        severity: "warning",
        code: "placeholder",
        message: `${text} stays as it is: nothing that descriptions can use is called "${name}"`,
        ...(near === undefined || near === name ? {} : { hint: `Did you mean ${near}?` }),
        location: locationOf(playbook, index),
        length: text.length,
      };
    });
}

function mayHavePlaceholders(playbook: Playbook): boolean {
  return playbook.mode !== "code" && playbook.description.includes("{");
}

/** The location of a character of a description. */
function locationOf({ description, lines, location }: Playbook, offset: number): Location {
  const before = description.slice(0, offset).split("\n");
  const line = lines?.[before.length - 1];
  return line === undefined ? location : { ...line, column: line.column + before.at(-1)!.length };
}

function byKey<T extends { readonly name: string }>(named: readonly T[]): ReadonlyMap<string, T> {
  return new Map(named.map((each) => [nameKey(each.name), each]));
}

const stateMember = new RegExp(String.raw`\bstate\.(${namePattern})`, "gu");

/** The variables of an agent: each `$x` in its text, and each `state.x` in its code. */
function stateNames(agent: AgentClass): ReadonlySet<string> {
  const names = new Set<string>();
  const collect = (text: string) => {
    for (const name of variablesIn(text)) names.add(name);
  };
  collect(agent.description);
  for (const block of agent.module?.blocks ?? []) {
    for (const [, name] of block.text.matchAll(stateMember)) names.add(name!);
  }
  for (const playbook of agent.playbooks) {
    for (const parameter of playbook.parameters) if (parameter.state) names.add(parameter.name);
    if (playbook.mode === "code") continue;
    collect(playbook.description);
    for (const step of flattenSteps(playbook.steps)) collect(step.text);
    for (const { text } of playbook.triggers) collect(text);
    for (const text of playbook.notes) collect(text);
  }
  return names;
}
