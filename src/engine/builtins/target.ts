import {
  type AgentClass,
  findAgentClass,
  peopleOf,
  type Person,
  personNamed,
  type Program,
} from "../../language/mod.ts";
import type { Encoded } from "../../sandbox/mod.ts";
import type { State } from "../fold/state.ts";
import { isMissing, shortened } from "./builtin.ts";

/** The receiver of a message, or the source that a wait is for. */
type ResolvedTarget =
  /** `bufferMs`: as in `PersonDelivery`. */
  | { readonly kind: "person"; readonly name: string; readonly bufferMs?: number }
  | { readonly kind: "agent"; readonly id: string }
  | { readonly kind: "class"; readonly klass: string }
  | { readonly kind: "anyone" }
  | { readonly kind: "unknown"; readonly message: string };

/**
 * Resolves a target: `"user"`, a person's name or display name, an agent, `"agent 1001"`, `"1001"`, or a class name.
 * `user` is the person with this name, else the first one that the program declares.
 */
export function resolveTarget(state: State, program: Program, target: Encoded): ResolvedTarget {
  if (typeof target === "number") return resolveTarget(state, program, String(target));
  if (typeof target === "object" && target !== null && !Array.isArray(target)) {
    const record = target as { readonly [key: string]: Encoded };
    if (record["$type"] === "agent") return agentOrPerson(state, program, String(record["id"]));
  }
  if (typeof target !== "string") {
    const message = Array.isArray(target)
      ? "Words go to one receiver: Say them to each one"
      : `A target is a name or an agent, not ${describe(target)}`;
    return { kind: "unknown", message };
  }
  const text = target.trim();
  const id = /^(?:agent\s+)?(\d+)$/i.exec(text)?.[1];
  if (id !== undefined) return agentOrPerson(state, program, id);
  if (text === "*" || /^any(one|body)?$/i.test(text)) return { kind: "anyone" };
  const people = peopleOf(program);
  if (/^(the\s+)?(user|human)$/i.test(text)) return personTarget(personNamed(people, text)!);
  const klass = findClass(program, text);
  if (klass?.type === "Human") return personTarget(personNamed(people, klass.name)!);
  if (klass) return { kind: "class", klass: klass.name };
  const person = personNamed(people, text);
  if (person) return personTarget(person);
  if (/^meeting\b/i.test(text)) return { kind: "unknown", message: "No meeting is going on" };
  return {
    kind: "unknown",
    message: `There is no "${shortened(text)}" to speak to; there are: ${
      ["user", ...program.agents.map((agent) => agent.name)].join(", ")
    }`,
  };
}

/** An agent class by any spelling of its name, ignoring case. */
export function findClass(program: Program, spelling: string): AgentClass | undefined {
  return findAgentClass(program.agents, spelling);
}

function agentOrPerson(state: State, program: Program, id: string): ResolvedTarget {
  const agent = state.agents[id];
  if (!agent) {
    const known = Object.values(state.agents).map((each) => `${each.klass} (agent ${each.id})`).join(", ");
    return { kind: "unknown", message: `There is no agent ${id}; there are: ${known}` };
  }
  const klass = program.agents.find((each) => each.name === agent.klass);
  return klass?.type === "Human"
    ? personTarget(personNamed(peopleOf(program), klass.name)!)
    : { kind: "agent", id };
}

function personTarget({ name, delivery: { bufferMs } }: Person): ResolvedTarget {
  return { kind: "person", name, ...(bufferMs === undefined ? {} : { bufferMs }) };
}

function describe(value: Encoded): string {
  if (value === null) return "null";
  if (isMissing(value)) return "undefined";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
