import type { ModelRequest, PromptMessage } from "../model/model.ts";
import {
  type AgentClass,
  type Parameter,
  type Playbook,
  playbookMarkdown,
  type Program,
} from "../language/mod.ts";
import { display, type Encoded } from "../sandbox/mod.ts";
import { condense, condensedTranscript } from "../engine/fold/condense_0_2.ts";
import type { RequestEntry } from "../engine/fold/entry.ts";
import { type Agent, chainOf, type Frame, type State } from "../engine/fold/state.ts";
import { countRepeats, describeTurn, type TurnLines } from "./describe.ts";
import { processMessages } from "./process_messages.ts";
import { rules } from "./rules.ts";

/**
 * The whole request for a frame whose last message has been journaled: a function of the state alone, so that a resume
 * sends what the uninterrupted run would have sent, byte by byte.
 */
export function buildRequest(
  state: State,
  frame: Frame,
  program: Program,
  agentClass: AgentClass,
): ModelRequest {
  if (frame.mode === "raw") {
    return { answer: "text", system: rawRules, messages: frame.transcript };
  }
  const messages: PromptMessage[] = [];
  for (const each of chainOf(state, frame)) messages.push(...each.transcript);
  return {
    answer: "code",
    system: systemPrompt(program, agentClass, frame.agent),
    messages: condense(mergeNeighbours(messages), state.settings.limits.contextTokens),
  };
}

const rawRules = "Answer with the text that is asked for and nothing else.";

/** Providers want roles to alternate: where a callee's first message follows its caller's answer they do, elsewhere we join. */
function mergeNeighbours(messages: readonly PromptMessage[]): PromptMessage[] {
  const merged: PromptMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (last && last.role === message.role) {
      merged[merged.length - 1] = { role: last.role, text: `${last.text}\n\n${message.text}` };
    } else {
      merged.push(message);
    }
  }
  return merged;
}

/** The system prompt of an agent: rules of the language, who it is, what it can call. It is the same for all its turns. */
export function systemPrompt(program: Program, agentClass: AgentClass, id: string): string {
  const others = program.agents.filter((other) => other.type !== "Human" && other.name !== agentClass.name);
  const people = program.agents.filter((other) => other.type === "Human");
  return [
    rules,
    section("Agent", [`You are ${agentClass.name} (agent ${id}).`, agentClass.description.trim()]),
    section(
      "Playbooks",
      fenced(agentClass.playbooks.filter((playbook) => !playbook.hidden).map(declareOwn)),
    ),
    section("Other agents", fenced(others.map(declareAgent))),
    section("People", people.length > 0 ? people.map((person) => `- ${person.name}`) : ["- user"]),
    section("Triggers", listTriggers(agentClass, others)),
  ].filter((part) => part !== "").join("\n\n");
}

function section(title: string, lines: readonly string[]): string {
  const body = lines.filter((line) => line !== "").join("\n");
  return body === "" ? "" : `# ${title}\n${body}`;
}

function fenced(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["```ts", ...lines, "```"];
}

function declareOwn(playbook: Playbook): string {
  return `${comment(playbook.description, "")}declare function ${playbook.name}(${
    declareParameters(playbook.parameters)
  }): Promise<unknown>;`;
}

function declareAgent(agent: AgentClass): string {
  const methods = agent.playbooks.filter((playbook) => playbook.public && !playbook.hidden).map((playbook) =>
    `${comment(playbook.description, "  ")}  ${playbook.name}(${
      declareParameters(playbook.parameters)
    }): Promise<unknown>;`
  );
  return [
    `${comment(agent.description, "")}declare const ${agent.name}: {`,
    "  getOrCreate(): Promise<Agent>;",
    ...methods,
    "};",
  ].join("\n");
}

function declareParameters(parameters: readonly Parameter[]): string {
  return parameters.map((parameter) => {
    const type = parameter.type && /^[\w<>[\]|{}:;, ]+$/.test(parameter.type) ? parameter.type : "unknown";
    return `${parameter.rest ? "..." : ""}${parameter.name}${parameter.optional ? "?" : ""}: ${type}`;
  }).join(", ");
}

/** Characters of the comment in a declaration. */
const maxCommentLength = 300;

function comment(description: string, indent: string): string {
  const paragraph = (description.trim().split(/\n\s*\n/)[0] ?? "").replace(/\s+/g, " ").replaceAll(
    "*/",
    "* /",
  );
  if (paragraph === "") return "";
  const short = paragraph.length > maxCommentLength ? `${paragraph.slice(0, maxCommentLength)}…` : paragraph;
  return `${indent}/** ${short} */\n`;
}

function listTriggers(agentClass: AgentClass, others: readonly AgentClass[]): string[] {
  const lines: string[] = [];
  for (const playbook of agentClass.playbooks) {
    for (const trigger of playbook.triggers) {
      if (trigger.kind !== "begin") lines.push(`- ${trigger.text} → ${callForm(playbook)}`);
    }
  }
  for (const other of others) {
    for (const playbook of other.playbooks.filter((each) => each.public)) {
      for (const trigger of playbook.triggers) {
        if (trigger.kind !== "begin") lines.push(`- ${trigger.text} → ${other.name}.${callForm(playbook)}`);
      }
    }
  }
  return [...new Set(lines)];
}

function callForm(playbook: Playbook): string {
  return `${playbook.name}(${playbook.parameters.map((parameter) => parameter.name).join(", ")})`;
}

/** The request for the next turn of a frame, as its entry records it. */
export function nextRequest(
  state: State,
  frame: Frame,
  playbook: Playbook,
  agentClass: AgentClass,
): Pick<RequestEntry, "text" | "transcript" | "artifacts" | "repeats"> {
  const lines = frame.endedTurn ? describeTurn(state, frame.endedTurn) : noLines;
  const text = turnMessage(state, frame, { playbook, agentClass, lines });
  const transcript = condensedTranscript(frame.transcript, text, state.settings.limits.contextTokens);
  const known = state.agents[frame.agent]?.artifacts ?? {};
  const byName = Map.groupBy(lines.artifacts, ({ name }) => name);
  const artifacts = [...byName.values()].map(([first]) => first!).filter(({ name }) => !(name in known));
  const repeats = countRepeats(state, frame);
  return {
    text,
    ...(transcript ? { transcript } : {}),
    ...(artifacts.length > 0 ? { artifacts } : {}),
    ...(repeats > 0 ? { repeats } : {}),
  };
}

const noLines: TurnLines = { results: [], done: [], artifacts: [] };

/**
 * The message that the next turn of a frame adds to its prompt. It begins with the line
 * `[turn 3 of Main · Seller (agent 1000)]`.
 */
function turnMessage(
  state: State,
  frame: Frame,
  { playbook, agentClass, lines }: {
    readonly playbook: Playbook;
    readonly agentClass: AgentClass;
    readonly lines: TurnLines;
  },
): string {
  const head = `[turn ${frame.turn} of ${playbook.name} · ${agentClass.name} (agent ${frame.agent})]`;
  const description = frame.description ?? playbook.description;
  if (frame.mode === "raw") return `${head}\n\n${description.trim()}`;
  const parts = frame.transcript.length === 0
    ? firstTurn(state, frame, playbook, description)
    : laterTurn(state, frame, lines);
  return [head, ...parts].join("\n");
}

function firstTurn(state: State, frame: Frame, playbook: Playbook, description: string): string[] {
  const isMessages = playbook.name === processMessages.name;
  const fence = longestFence(description);
  return [
    "Run this playbook, from its first step.",
    ...frame.changeSummary.flatMap((text) => ["", text]),
    "",
    `${fence}md`,
    playbookMarkdown(playbook, description).trim(),
    fence,
    "",
    ...(isMessages ? messageLines(frame) : [`Arguments: ${displayRecord(frame.args)}`]),
    `State: ${displayRecord(state.agents[frame.agent]?.state ?? {})}`,
    ...(frame.root ? heardLines(state, state.agents[frame.agent]?.heard ?? []) : []),
  ];
}

function heardLines({ agents }: State, heard: Agent["heard"]): string[] {
  if (heard.length === 0) return [];
  const name = (id: string | undefined) => {
    if (id === undefined) return "you";
    const agent = agents[id];
    return agent ? `${agent.klass} (agent ${id})` : id;
  };
  return [
    "Said before:",
    ...heard.map(({ from, to, text }) => `- ${name(from)} to ${name(to)}: ${JSON.stringify(text)}`),
  ];
}

/** A fence that no fence inside the text can close. */
function longestFence(text: string): string {
  const longest = Math.max(3, ...[...text.matchAll(/`{3,}/g)].map((match) => match[0].length));
  return "`".repeat(longest + 1);
}

function laterTurn(state: State, frame: Frame, { results, done }: TurnLines): string[] {
  const lines: string[] = [];
  const { turn, error } = frame.endedTurn ?? {};
  if (error) {
    const place = error.line === undefined ? "" : ` at line ${error.line}`;
    lines.push(`The code of turn ${turn} failed${place}: ${error.name}: ${error.message}`);
    if (done.length > 0) {
      lines.push(
        `Already done in turn ${turn}, and not to be done again:`,
        ...done.map((call) => `- ${call}`),
      );
    } else {
      lines.push(`Nothing had been done in turn ${turn}.`);
    }
  } else if (results.length > 0) {
    lines.push(`Results of turn ${turn}:`, ...results.map((result) => `- ${result}`));
  }
  lines.push(`State: ${displayRecord(state.agents[frame.agent]?.state ?? {})}`);
  lines.push(`Locals: ${displayRecord(frame.locals)}`);
  lines.push(`Last step reached: ${frame.step ?? "none"}`);
  for (const text of frame.changeSummary) lines.push("", text, "");
  lines.push(error ? "Write the code again from there." : "Go on.");
  if (frame.idle > 0) lines.push("The last turn had no effect: take the next step, or Return.");
  return lines;
}

function messageLines(frame: Frame): string[] {
  const messages = frame.args["messages"];
  const lines = ["Messages:"];
  for (const each of Array.isArray(messages) ? messages as readonly Encoded[] : []) {
    const message = each as { readonly [key: string]: Encoded };
    const from = /^\d+$/.test(String(message["from"]))
      ? `${message["klass"]} (agent ${message["from"]})`
      : String(message["from"]);
    const waits = message["waits"] === true ? ", who waits for an answer" : "";
    lines.push(`- from ${from}${waits}: ${JSON.stringify(message["text"] ?? "")}`);
  }
  return lines;
}

/** Characters of a value and of a record that a message shows; code always has the whole. */
const maxValueLength = 400;
const maxRecordLength = 8_000;

function displayRecord(record: Readonly<Record<string, Encoded>>): string {
  let length = 2;
  const parts: string[] = [];
  const entries = Object.entries(record);
  for (const [key, value] of entries) {
    const part = `${JSON.stringify(key)}:${display(value, { maxCharacters: maxValueLength })}`;
    length += part.length + 1;
    if (length > maxRecordLength) {
      parts.push(`… ${entries.length - parts.length} more`);
      break;
    }
    parts.push(part);
  }
  return `{${parts.join(",")}}`;
}
