import { parse } from "yaml";

/** A program's run as a real model would have answered it: the answers, and what must come of them. */
export interface Recording {
  /** `<program>.<variant>`, as the file is named. */
  readonly name: string;
  readonly program: string;
  /** Whose voice it is, and its slips: for the test's name. */
  readonly voice: string;
  readonly replies: readonly string[];
  /** Parameters of the entry playbook, as the command line gives them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Words to the user, in order. */
  readonly said: readonly string[];
  /** Variables of agents at the end, by id; those that are not named may be anything. */
  readonly state: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Turns whose code failed and was reported to the model. */
  readonly repairs: number;
  readonly answers: readonly RecordedAnswer[];
}

/** One answer, and the line of the request that it is for. */
export interface RecordedAnswer {
  /** `[turn 3 of Main · Seller (agent 1000)]`; equal lines are answered in the order of the file. */
  readonly turn: string;
  readonly text: string;
  readonly cutOff: boolean;
  /** A tool that was never offered and is called all the same; `text` is its arguments. */
  readonly tool: string | undefined;
  /** What the model thought first, sent as the provider sends thoughts. */
  readonly thoughts: string | undefined;
}

/**
 * Reads a recording: front matter, then under each turn line as a heading the answer, word for word.
 *
 * After the turn line may stand `cut off`, or `calls NAME` for a call of a tool. Lines that begin with `> ` right below
 * it are thoughts.
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
  const lines = part.slice(end + 1).replace(/^\n/, "").trimEnd().split("\n");
  const first = lines.findIndex((line) => !line.startsWith("> "));
  const thoughts = lines.slice(0, first < 0 ? lines.length : first).map((line) => line.slice(2)).join("\n");
  const tool = /^calls (\S+)$/.exec(how!)?.[1];
  if (how !== "" && how !== "cut off" && tool === undefined) throw new Error(`what is "${how}"?`);
  return {
    turn: turn!,
    text: lines.slice(first < 0 ? lines.length : first).join("\n").trim(),
    cutOff: how === "cut off",
    tool,
    thoughts: thoughts === "" ? undefined : thoughts,
  };
}
