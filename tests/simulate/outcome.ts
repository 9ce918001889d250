import type { Entry, State } from "../../src/engine/mod.ts";
import type { Kind } from "./generate.ts";

/** The part of a session's history that must not depend on stops. */
export interface Outcome {
  readonly said: readonly string[];
  readonly returned: readonly string[];
  /** Sent by `POST`, each once. */
  readonly posted: readonly string[];
  readonly variables: Readonly<Record<string, unknown>>;
  readonly artifacts: readonly string[];
}

/** The outcome of a history. Times always differ. Order, random numbers and agents differ only in concurrent work. */
export function outcomeOf(entries: readonly Entry[], state: State, kind: Kind): Outcome {
  const said: string[] = [];
  const returned: string[] = [];
  const posted: string[] = [];
  for (const entry of entries) {
    if (entry.type === "effect" && entry.did?.kind === "said") said.push(mask(entry.did.text, kind));
    if (entry.type === "return") {
      const text = JSON.stringify(entry.outcome);
      // Batches of messages may be split differently.
      if (!text.includes('"undefined"')) returned.push(text);
    }
    if (entry.type === "start" && entry.wait.kind === "outside" && !entry.wait.repeatable) {
      posted.push(entry.wait.what);
    }
  }
  const agents = Object.values(state.agents);
  const artifacts = agents.flatMap((agent) =>
    Object.values(agent.artifacts).map((artifact) => `${agent.klass} ${artifact.name}: ${artifact.content}`)
  );
  if (kind === "sequential") {
    const variables = Object.fromEntries(agents.map((agent) => [agent.id, agent.state]));
    return { said, returned, posted, variables, artifacts };
  }
  const variables: Record<string, Record<string, unknown>> = {};
  for (const agent of agents) {
    const merged = variables[agent.klass] ??= {};
    for (const [name, value] of Object.entries(agent.state)) {
      // A parameter is also a variable: the last call's.
      if (name !== "a") merged[name] = merge(merged[name], value);
    }
  }
  return {
    said: said.sort(),
    returned: returned.sort(),
    posted: posted.sort(),
    variables: sortKeys(variables),
    artifacts: [...new Set(artifacts)].sort(),
  };
}

function mask(text: string, kind: Kind): string {
  const timeless = text.replace(/\bat\d+/g, "at");
  return kind === "sequential" ? timeless : timeless.replace(/\br\d[\d.e-]*/g, "r");
}

/** Merges several agents of a class: numbers add up, lists are joined, other values form a set. */
function merge(first: unknown, second: unknown): unknown {
  if (typeof second === "number") return (typeof first === "number" ? first : 0) + second;
  const parts = [...(Array.isArray(first) ? first as string[] : []), ...partsOf(second)];
  return (Array.isArray(second) ? parts : [...new Set(parts)]).sort();
}

function partsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map((each) => JSON.stringify(each));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, each]) =>
      Array.isArray(each) || (typeof each === "object" && each !== null)
        ? partsOf(each).map((part) => `${name}: ${part}`)
        : [`${name}: ${JSON.stringify(each)}`]
    );
  }
  return [JSON.stringify(value)];
}

function sortKeys(variables: Record<string, Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(variables).map(([klass, record]) => [
      klass,
      Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1)),
    ]),
  );
}
