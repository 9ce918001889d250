import { type AgentClass, type Program, toCamelCase } from "../../language/mod.ts";
import type { Encoded } from "../../sandbox/mod.ts";
import type { State } from "../fold/state.ts";
import { isMissing, shortened } from "./builtin.ts";

/** The receiver of a message, or the source that a wait is for. */
type ResolvedTarget =
  | { readonly kind: "person"; readonly name: string }
  | { readonly kind: "agent"; readonly id: string }
  | { readonly kind: "class"; readonly klass: string }
  | { readonly kind: "anyone" }
  | { readonly kind: "unknown"; readonly message: string };

/** Resolves a target: `"user"`, a person's name, an agent, `"agent 1001"`, `"1001"`, or a class name. */
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
  if (/^(the\s+)?(user|human)$/i.test(text)) return { kind: "person", name: defaultPerson(program) };
  const klass = findClass(program, text);
  if (klass?.type === "Human") return { kind: "person", name: klass.name };
  if (klass) return { kind: "class", klass: klass.name };
  if (/^meeting\b/i.test(text)) return { kind: "unknown", message: "No meeting is going on" };
  return {
    kind: "unknown",
    message: `Nobody is called "${shortened(text)}"; there are: ${
      ["user", ...program.agents.map((agent) => agent.name)].join(", ")
    }`,
  };
}

/** Names of the persons who can answer: those that the program declares, else `user`. */
export function personsOf(program: Program): readonly string[] {
  const declared = program.agents.filter((agent) => agent.type === "Human");
  return declared.length > 0 ? declared.map((agent) => agent.name) : ["user"];
}

/** The person that `user` means: the first one that the program declares, else the person at the terminal. */
function defaultPerson(program: Program): string {
  return personsOf(program)[0]!;
}

/** An agent class by any spelling of its name, ignoring case. */
export function findClass(program: Program, spelling: string): AgentClass | undefined {
  const exact = program.agents.find((agent) => agent.name === spelling);
  if (exact) return exact;
  const wanted = toCamelCase(spelling).toLowerCase();
  return program.agents.find((agent) => agent.name.toLowerCase() === wanted) ??
    program.agents.find((agent) => agent.name.toLowerCase() === `${wanted}agent`);
}

function agentOrPerson(state: State, program: Program, id: string): ResolvedTarget {
  const agent = state.agents[id];
  if (!agent) {
    const known = Object.values(state.agents).map((each) => `${each.klass} (agent ${each.id})`).join(", ");
    return { kind: "unknown", message: `There is no agent ${id}; there are: ${known}` };
  }
  const klass = program.agents.find((each) => each.name === agent.klass);
  return klass?.type === "Human" ? { kind: "person", name: klass.name } : { kind: "agent", id };
}

function describe(value: Encoded): string {
  if (value === null) return "null";
  if (isMissing(value)) return "undefined";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
