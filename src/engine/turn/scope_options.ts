import type { AgentClass, Playbook, Program } from "../../language/mod.ts";
import { variablesIn } from "../../language/variable_names.ts";
import type { Encoded } from "../../sandbox/mod.ts";
import type { AgentReference, ScopeCode, ScopeOptions } from "../../sandbox/sandbox.ts";
import { scopeLimits } from "../bounds.ts";
import { parametersWithMeeting, positionalArguments } from "../builtins/arguments.ts";
import { meetingsOf } from "../fold/meetings.ts";
import { spellingsOfTool } from "../tool_playbooks.ts";
import type { Agent, Frame, State } from "../fold/state.ts";

/**
 * The start values of a frame's turn. All of them come from the journal, so a replay starts from the same ones.
 * `answer` is the code of a model's answer.
 */
export function scopeOptions(
  state: State,
  frame: Frame,
  { program, agentClass, playbook, answer }: {
    readonly program: Program;
    readonly agentClass: AgentClass;
    readonly playbook: Playbook;
    readonly answer: string;
  },
): ScopeOptions {
  const running = frame.running;
  if (!running) throw new TypeError(`Frame ${frame.id} has no turn in flight`);
  const module = agentClass.module;
  const meetings = meetingsOf(state, frame).map(({ id }) => id);
  const meetingPlaybooks = agentClass.playbooks.filter(({ meeting }) => meeting).map(({ name }) => name);
  return {
    ...(meetings.length > 0 ? { meetings } : {}),
    ...(meetingPlaybooks.length > 0 ? { meetingPlaybooks } : {}),
    ...(running.kind === "turn" ? {} : { artifactVariables: variablesNamedBy(agentClass) }),
    code: scopeCode(frame, { agentClass, playbook, answer }),
    ...(module
      ? { module: { code: module.code, helpers: module.helpers, functions: module.functions } }
      : {}),
    self: { id: frame.agent, klass: agentClass.name },
    state: running.state,
    playbooks: agentClass.playbooks.filter(isGlobal).map((each) => each.name),
    ...(running.kind === "turn" ? { prompted: promptedIn(agentClass) } : {}),
    ...(running.kind === "turn" ? { parameters: parametersOf(program, agentClass) } : {}),
    classes: Object.fromEntries(
      program.agents.filter((each) => each.type !== "Human").map((each) => [
        each.name,
        each.playbooks.filter((one) => one.public).flatMap((one) =>
          one.mode === "tool" ? spellingsOfTool(one) : [one.name]
        ),
      ]),
    ),
    privates: privatesOf(program),
    agents: agentsBetween(state, 0, running.position),
    seed: `${state.id}/${frame.id}/${frame.turn}`,
    nowMs: running.at,
    limits: scopeLimits(state.settings, running),
  };
}

/** Whether code calls a playbook by its bare name. A tool must not replace what the language itself has. */
function isGlobal({ mode, name }: Playbook): boolean {
  return mode !== "tool" || !languageNames.has(name);
}

const languageNames: ReadonlySet<string> = new Set(
  ("Object Function Array Number String Boolean Symbol BigInt Math JSON Date RegExp Map Set WeakMap WeakSet WeakRef " +
    "Promise Proxy Reflect Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError " +
    "ArrayBuffer DataView Iterator globalThis undefined NaN Infinity eval isNaN isFinite parseInt parseFloat encodeURI " +
    "encodeURIComponent decodeURI decodeURIComponent escape unescape").split(" "),
);

/** Names behind `$` in the text of a class, at most 100. */
function variablesNamedBy(agentClass: AgentClass): readonly string[] {
  let names = variableNames.get(agentClass);
  if (names === undefined) {
    const text = JSON.stringify(agentClass);
    names = [...new Set(variablesIn(text))].slice(0, 100);
    variableNames.set(agentClass, names);
  }
  return names;
}

const variableNames = new WeakMap<AgentClass, readonly string[]>();

/** The playbooks of a class that a model runs turn by turn. */
function promptedIn({ playbooks }: AgentClass): readonly string[] {
  return playbooks.filter(({ mode }) => mode === "playbook" || mode === "react").map(({ name }) => name);
}

/** Parameters of the playbooks that an agent can call. */
function parametersOf(
  program: Program,
  agentClass: AgentClass,
): Readonly<Record<string, readonly string[]>> {
  const known = parameterLists.get(agentClass);
  if (known !== undefined) return known;
  const names = (playbook: Playbook) => parametersWithMeeting(playbook).map(({ name }) => name);
  const others = program.agents.flatMap((each) =>
    each.playbooks.filter((one) => one.public).map((one) => [`${each.name}.${one.name}`, names(one)] as const)
  );
  const own = agentClass.playbooks.map((each) => [each.name, names(each)] as const);
  const lists = Object.fromEntries([...others, ...own]);
  parameterLists.set(agentClass, lists);
  return lists;
}

/** A class belongs to one program, and has many turns. */
const parameterLists = new WeakMap<AgentClass, Readonly<Record<string, readonly string[]>>>();

/** Agents that were created after entry `from`, up to and including entry `to`. */
export function agentsBetween(state: State, from: number, to: number): readonly AgentReference[] {
  if (state.lastBorn <= from) return [];
  const references: AgentReference[] = [];
  for (const agent of Object.values(state.agents)) {
    if (agent.born > from && agent.born <= to) references.push(referenceTo(agent));
  }
  return references;
}

/** Code finds the values that an agent was made with at its handle. The start message is no such value. */
function referenceTo({ id, klass, properties }: Agent): AgentReference {
  const { startup_message: _, ...given } = properties;
  return Object.keys(given).length === 0 ? { id, klass } : { id, klass, properties: given };
}

/** The playbooks of each class that other agents cannot call. */
function privatesOf(program: Program): Readonly<Record<string, readonly string[]>> {
  const known = privateLists.get(program);
  if (known !== undefined) return known;
  const lists = Object.fromEntries(
    program.agents.map((each) => [
      each.name,
      each.playbooks.filter((one) => !one.public).map((one) => one.name),
    ]),
  );
  privateLists.set(program, lists);
  return lists;
}

const privateLists = new WeakMap<Program, Readonly<Record<string, readonly string[]>>>();

function scopeCode(
  frame: Frame,
  { agentClass, playbook, answer }: {
    readonly agentClass: AgentClass;
    readonly playbook: Playbook;
    readonly answer: string;
  },
): ScopeCode {
  const running = frame.running!;
  switch (running.kind) {
    case "turn":
      return { kind: "turn", text: answer, locals: frame.locals, reading: running.reading };
    case "expressions":
      return {
        kind: "expressions",
        expressions: playbook.placeholders.map(({ expression }) => expression),
        sources: playbook.placeholders.map(({ source }) => source),
        playbook: playbook.name,
        locals: frame.locals,
      };
    case "function": {
      const found = agentClass.module?.functions.find((each) => each.name === playbook.name);
      return {
        kind: "function",
        implementation: found?.implementation ?? playbook.name,
        args: positionalArguments(playbook, frame.args),
      };
    }
  }
}

/** The description with its placeholders replaced by their texts, in order. */
export function resolvedDescription(playbook: Playbook, texts: Encoded): string {
  const list = Array.isArray(texts) ? texts as readonly Encoded[] : [];
  let description = "";
  let end = 0;
  for (const [index, placeholder] of playbook.placeholders.entries()) {
    description += playbook.description.slice(end, placeholder.start) + String(list[index] ?? "");
    end = placeholder.end;
  }
  return description + playbook.description.slice(end);
}
