import type { Agent, Frame, State } from "../engine/fold/state.ts";
import { type AgentClass, type Playbook, playbookMarkdown } from "../language/mod.ts";
import { display, type Encoded } from "../sandbox/mod.ts";
import type { TurnLines } from "./describe.ts";
import { processMessages } from "./process_messages.ts";

/**
 * The message that the next turn of a frame adds to its prompt. It begins with `[turn 3 of Main · Seller (agent
 * 1000)]`.
 */
export function turnMessage(
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

/** A fence longer than every fence inside the text. */
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

/** Bounds on the characters of a value and of a record in a message. Code always gets the whole. */
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
