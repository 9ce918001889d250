import type { ModelRequest, PromptMessage } from "../../src/model/model.ts";
import { maskQuoted } from "./words.ts";

/** The parts of a request that the rehearsal uses, parsed from its text. */
export interface Reading {
  readonly turn: number;
  readonly playbook: string;
  readonly klass: string;
  readonly agent: string;
  /** Own playbooks by name. */
  readonly playbooks: readonly Declared[];
  /** Other classes, each with its public playbooks. */
  readonly others: readonly { readonly klass: string; readonly playbooks: readonly Declared[] }[];
  readonly people: readonly string[];
  readonly triggers: readonly { readonly text: string; readonly playbook: string }[];
  /** Playbooks on the stack, including this one. A step in plain words never calls them again. */
  readonly stack: readonly string[];
  readonly description: string;
  readonly steps: readonly StepText[];
  /** Top-level steps up to this number are done; `""` at the start. */
  readonly done: string;
  /** The failed top-level step, which is skipped. Present only after a failed turn. */
  readonly failed?: { readonly step: string; readonly error: string };
  readonly args: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, unknown>>;
  readonly locals: Readonly<Record<string, unknown>>;
  /** JavaScript references to agents that earlier turns of this frame created, with the class. */
  readonly created: ReadonlyMap<string, string>;
  /** Only in `ProcessMessages`. */
  readonly inbox: readonly InboxMessage[];
}

/** A playbook, read from its TypeScript declaration. */
export interface Declared {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly optional: boolean }[];
}

/** A numbered step with the steps below it. */
export interface StepText {
  readonly number: string;
  readonly code: string;
  readonly text: string;
  readonly children: StepText[];
}

/** A message to an agent that waited for nothing. */
export interface InboxMessage {
  readonly from: string;
  /** The JavaScript target of an answer; `undefined` for a person. */
  readonly agent: string | undefined;
  readonly waits: boolean;
  readonly text: string;
}

/** Parses a request. Missing parts are empty, so any text gives a reading. */
export function readRequest(request: ModelRequest): Reading {
  const sections = readSections(request.system);
  const messages = request.messages.flatMap(splitAtHeads);
  const start = messages.findLastIndex((message) => readHead(message)?.turn === 1);
  const frame = messages.slice(Math.max(start, 0));
  const last = frame.at(-1) ?? { role: "user", text: "" };
  const head = readHead(last) ?? { turn: 1, playbook: "", klass: "", agent: "" };
  const texts = frame.filter((message) => message.role === "user").map((message) =>
    readPlaybook(message.text)
  );
  const known = texts.filter((text) => text !== undefined);
  const playbook = known.at(-1) ?? { description: afterFirstLine(last.text), steps: [] };
  const position = readPosition(frame, last.text, { before: known[0]?.steps ?? [], now: playbook.steps });
  return {
    ...head,
    playbooks: readDeclarations(sections.get("Playbooks") ?? ""),
    others: readClasses(sections.get("Other agents") ?? ""),
    people: readList(sections.get("People") ?? ""),
    triggers: readTriggers(sections.get("Triggers") ?? ""),
    stack: messages.map(readHead).filter((found) => found?.agent === head.agent)
      .map((found) => found!.playbook),
    ...playbook,
    ...position,
    args: readRecord(frame[0]?.text ?? "", "Arguments"),
    state: readRecord(last.text, "State"),
    locals: readRecord(last.text, "Locals"),
    created: readCreated(frame),
    inbox: readInbox(last.text),
  };
}

/** The top-level part of a step's number: `02` of `02.01`. */
export function topOf(number: string): string {
  return number.split(".")[0] ?? "";
}

const sectionNames = ["Agent", "Playbooks", "Other agents", "People", "Triggers"];

/**
 * Finds a section. Sections come in a fixed order, so a heading inside a description is seldom taken for a section. The
 * builtins are known already.
 */
function readSections(system: string): Map<string, string> {
  const sections = new Map<string, string>();
  let current = "";
  let last = -1;
  let fence = false;
  for (const line of system.split("\n")) {
    if (/^\s*```/.test(line)) fence = !fence;
    const name = fence ? undefined : /^# (.+?)\s*$/.exec(line)?.[1];
    if (name === "Builtins") current = "";
    else if (name && sectionNames.indexOf(name) > last) {
      current = name;
      last = sectionNames.indexOf(name);
    } else if (current) sections.set(current, `${sections.get(current) ?? ""}${line}\n`);
  }
  return sections;
}

/** Two user messages in a row arrive as one. Each begins at its turn line. */
function splitAtHeads(message: PromptMessage): PromptMessage[] {
  if (message.role !== "user") return [message];
  return message.text.split(/\n\n(?=\[turn \d+ of .+ · .+ \(agent .+\)\]\n)/)
    .map((text) => ({ role: "user", text }));
}

interface Head {
  readonly turn: number;
  readonly playbook: string;
  readonly klass: string;
  readonly agent: string;
}

function readHead(message: PromptMessage): Head | undefined {
  if (message.role !== "user") return undefined;
  const match = /^\[turn (\d+) of (.+?) · (.+?) \(agent (.+?)\)\]/.exec(message.text);
  if (!match) return undefined;
  return { turn: Number(match[1]), playbook: match[2]!, klass: match[3]!, agent: match[4]! };
}

function readPlaybook(text: string): { description: string; steps: StepText[] } | undefined {
  const block = /^(`{4,})md\n([\s\S]*?)^\1\s*$/m.exec(text)?.[2];
  if (block === undefined) return undefined;
  const lines = block.split("\n");
  const steps = lines.findLastIndex((line) => /^### Steps\s*$/.test(line));
  const rest = steps < 0 ? [] : lines.slice(steps + 1);
  const end = rest.findIndex((line) => /^#{1,3} /.test(line));
  const firstSection = lines.findIndex((line) => /^### (Triggers|Steps|Notes)\s*$/.test(line));
  return {
    description: lines.slice(1, firstSection < 0 ? undefined : firstSection).join("\n").trim(),
    steps: readSteps(end < 0 ? rest : rest.slice(0, end)),
  };
}

/** Nesting comes from the numbers: `02.01` is below `02`, however it is indented. */
function readSteps(lines: readonly string[]): StepText[] {
  const roots: StepText[] = [];
  const byNumber = new Map<string, { text: string; children: StepText[] }>();
  let last: { text: string } | undefined;
  for (const line of lines) {
    const match = /^\s*- (\d+(?:\.\d+)*)(?::([A-Z]{3}))?(?:\s+(.*))?$/.exec(line);
    if (!match) {
      if (last && line.trim()) last.text += ` ${line.trim()}`;
      continue;
    }
    const number = match[1]!;
    const step = { number, code: match[2] ?? "", text: (match[3] ?? "").trim(), children: [] };
    const parent = byNumber.get(number.replace(/\.?\d+$/, ""));
    (parent?.children ?? roots).push(step);
    byNumber.set(number, step);
    last = step;
  }
  return roots;
}

/** The position of the frame: from the code of earlier turns, or from the reached step if the last turn failed. */
function readPosition(
  frame: readonly PromptMessage[],
  last: string,
  steps: { readonly before: readonly StepText[]; readonly now: readonly StepText[] },
): { done: string; failed?: { step: string; error: string } } {
  const written = frame.filter((message) => message.role === "assistant").map((message) =>
    [...message.text.matchAll(/\bStep\("(?:[^":]*:)?(\d+)[\d.]*/g)].map((match) => match[1]!)
  );
  const error = /^The code of turn \d+ failed(?: at line \d+)?: (.*)$/m.exec(last)?.[1];
  if (error !== undefined) {
    const reached = topOf(/^Last step reached: (?:[^:\s]*:)?([\d.]+)/m.exec(last)?.[1] ?? "");
    const first = written.at(-1)?.[0] ?? "";
    const step = Number(reached) >= Number(first) ? reached : first;
    return { done: step, failed: { step, error } };
  }
  const done = written.findLast((numbers) => numbers.length > 0)?.at(-1) ?? "";
  if (!/^The program was edited/m.test(last)) return { done };
  // The numbers belong to the old text. The step is the one with the same words, if there is exactly one.
  const text = steps.before.find((step) => step.number === done)?.text;
  return { done: steps.now.find((step) => step.text === text)?.number ?? done };
}

function readDeclarations(section: string): Declared[] {
  return [...section.matchAll(/^declare function ([\w$]+)\((.*)\): /gm)].map(toDeclared);
}

function readClasses(section: string): { klass: string; playbooks: Declared[] }[] {
  return [...section.matchAll(/^declare const ([\w$]+): \{\n([\s\S]*?)^\};/gm)].map((match) => ({
    klass: match[1]!,
    playbooks: [...match[2]!.matchAll(/^ {2}([\w$]+)\((.*)\): /gm)].map(toDeclared)
      .filter((playbook) => playbook.name !== "getOrCreate"),
  }));
}

function toDeclared(match: RegExpExecArray): Declared {
  const masked = maskQuoted(`${match[2]},`);
  const parameters = [...masked.matchAll(/\s*(?:\.\.\.)?\$?(\w+)(\?)?\s*:[^,]*,/g)]
    .map((parameter) => ({ name: parameter[1]!, optional: parameter[2] === "?" }));
  return { name: match[1]!, parameters };
}

function readList(section: string): string[] {
  return [...section.matchAll(/^- (.+)$/gm)].map((match) => match[1]!.trim());
}

function readTriggers(section: string): { text: string; playbook: string }[] {
  return readList(section).flatMap((line) => {
    const match = /^(.*) → ([\w$.]+)/.exec(line);
    return match ? [{ text: match[1]!, playbook: match[2]! }] : [];
  });
}

/** A line like `State: {"x":1,"buyer":Buyer (agent 1001)}`. It is almost JSON, and `…` marks a cut. */
function readRecord(text: string, name: string): Record<string, unknown> {
  const line = text.split("\n").findLast((candidate) => candidate.startsWith(`${name}: {`)) ?? "";
  const inside = line.slice(name.length + 3);
  const record: Record<string, unknown> = {};
  let depth = 0;
  let start = 0;
  for (const match of inside.matchAll(/"(?:[^"\\]|\\.)*"?|[[({]|[\])}]|,|$/g)) {
    if (/^[[({]$/.test(match[0])) depth++;
    else if (/^[\])}]$/.test(match[0])) depth--;
    const ends = match[0] === "" || (match[0] === "," && depth === 0) || depth < 0;
    if (!ends) continue;
    const pair = /^\s*"((?:[^"\\]|\\.)*)":([\s\S]*)$/.exec(inside.slice(start, match.index));
    if (pair) record[unquote(`"${pair[1]}"`)] = readValue(pair[2]!.trim());
    start = match.index + 1;
    if (depth < 0) break;
  }
  return record;
}

/** Only the variable's name and an agent's class are needed, so text that is not JSON stays text. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readCreated(frame: readonly PromptMessage[]): Map<string, string> {
  const created = new Map<string, string>();
  for (const message of frame) {
    if (message.role !== "assistant") continue;
    for (const match of message.text.matchAll(/((?:state\.)?[\w$]+) = await CreateAgent\("(\w+)"/g)) {
      created.set(match[1]!, match[2]!);
    }
  }
  return created;
}

function readInbox(text: string): InboxMessage[] {
  const list = /^Messages:\n([\s\S]*)$/m.exec(text)?.[1] ?? "";
  return [...list.matchAll(/^- from (.+?)(?: \(agent (\d+)\))?(, who waits for an answer)?: (".*")\s*$/gm)]
    .map((match) => ({
      from: match[1]!,
      agent: match[2] === undefined ? undefined : `agent ${match[2]}`,
      waits: match[3] !== undefined,
      text: unquote(match[4]!),
    }));
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

function afterFirstLine(text: string): string {
  return text.slice(text.indexOf("\n") + 1).trim();
}
