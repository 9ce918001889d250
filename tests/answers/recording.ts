import { parse } from "yaml";

/** A program's run with the answers of a real model and the expected results. */
export interface Recording {
  /** `<program>.<variant>`, the name of the file. */
  readonly name: string;
  readonly program: string;
  /** The imitated model and its typical mistakes, for the test's name. */
  readonly voice: string;
  readonly replies: readonly string[];
  /** Parameters of the entry playbook, as the command line gives them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Words to the user, in order. */
  readonly said: readonly string[];
  /** Variables of agents at the end, by id. Other variables are not compared. */
  readonly state: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Turns whose code failed and was reported to the model. */
  readonly repairs: number;
  readonly answers: readonly RecordedAnswer[];
}

/** One answer, with the turn line of its request. */
export interface RecordedAnswer {
  /** `[turn 3 of Main · Seller (agent 1000)]`; equal lines get their answers in the order of the file. */
  readonly turn: string;
  readonly text: string;
  readonly cutOff: boolean;
  /** A called tool that was never offered; `text` is its arguments. */
  readonly tool: string | undefined;
  /** The model's thoughts before the answer, sent in the provider's form. */
  readonly thoughts: string | undefined;
}

/**
 * Reads a recording: front matter, then each turn line as a heading with the exact answer below it.
 *
 * `cut off`, or `calls NAME` for a tool call, may follow the turn line. Lines that begin with `> ` right below
 * the heading are thoughts.
 */
export function readRecording(name: string, text: string): Recording {
  const [, front, body] = /^---\n([^]*?)\n---\n([^]*)$/.exec(text) ?? [];
  if (front === undefined || body === undefined) throw new Error(`${name} has no front matter`);
  const given = parse(front) as Partial<Recording> & { readonly voice: string };
  const [before, ...parts] = body.split(/^## (?=\[turn )/m);
  if (before?.trim() !== "") throw new Error(`${name} has words before its first answer`);
  return {
    name,
    program: name.slice(0, name.lastIndexOf(".")),
    voice: given.voice,
    replies: given.replies ?? [],
    parameters: given.parameters ?? {},
    said: given.said ?? [],
    state: given.state ?? {},
    repairs: given.repairs ?? 0,
    answers: parts.map(readAnswer),
  };
}

function readAnswer(part: string): RecordedAnswer {
  const end = part.indexOf("\n");
  const [, turn, how] = /^(\[[^\]]*\]) ?(.*)$/.exec(part.slice(0, end))!;
  return answerBelow(turn!, how!, part.slice(end + 1));
}

/** Reads the answer below a heading; `how` is the rest of the heading: nothing, `cut off`, or `calls NAME`. */
export function answerBelow(turn: string, how: string, body: string): RecordedAnswer {
  const lines = body.replace(/^\n+/, "").trimEnd().split("\n");
  const first = lines.findIndex((line) => !line.startsWith("> "));
  const thoughts = lines.slice(0, first < 0 ? lines.length : first).map((line) => line.slice(2)).join("\n");
  const tool = /^calls (\S+)$/.exec(how)?.[1];
  if (how !== "" && how !== "cut off" && tool === undefined) throw new Error(`what is "${how}"?`);
  return {
    turn,
    text: lines.slice(first < 0 ? lines.length : first).join("\n").trim(),
    cutOff: how === "cut off",
    tool,
    thoughts: thoughts === "" ? undefined : thoughts,
  };
}
