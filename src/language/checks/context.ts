import type { CodeAnalysis } from "../code_references.ts";
import type { AgentClass, Location, Problem } from "../program.ts";
import { locationAt, type SourceLine } from "../source.ts";

/** What the checks of a whole program read, and where they put its problems. */
export interface CheckContext {
  readonly agents: readonly AgentClass[];
  /** All lines of the program, with expanded imports. */
  readonly lines: readonly SourceLine[];
  readonly builtins: ReadonlySet<string>;
  /** Names that all code can use, besides the builtins. */
  readonly globals: ReadonlySet<string>;
  readonly analysis: CodeAnalysis;
  readonly problems: Problem[];
}

/** The line at a location. */
function lineAt({ lines }: CheckContext, location: Location): number {
  return lines.findIndex(({ file, line }) => file === location.file && line === location.line);
}

/**
 * The place of a word in a text that begins at a location. `row` is the line of the text that has the word. The source
 * may differ from the text, since comments are removed; then it is the place of the text.
 */
export function placeOf(
  context: CheckContext,
  text: { readonly location: Location; readonly row: number },
  word: string,
): Pick<Problem, "location" | "length"> {
  const first = lineAt(context, text.location);
  const line = first < 0 ? undefined : context.lines[first + text.row];
  const start = line === undefined || text.row > 0 ? 0 : text.location.column - 1 + line.indent;
  const index = line === undefined ? -1 : line.text.indexOf(word, start);
  return index < 0
    ? { location: text.location, length: 1 }
    : { location: locationAt(line!, index), length: word.length };
}

/** The line of a metadata key below a heading, or the line below it that has `word`; the heading if there is none. */
export function placeOfKey(
  context: CheckContext,
  entry: { readonly location: Location; readonly title: string },
  key: string,
  word: string = key,
): Pick<Problem, "location" | "length"> {
  const heading = lineAt(context, entry.location);
  let found = -1;
  for (let at = heading + 1; heading >= 0 && at < context.lines.length; at++) {
    const { text } = context.lines[at]!;
    if (/^\s*#{1,3}\s/.test(text)) break;
    if (text.trimStart().startsWith(`${key}:`)) {
      found = at;
      break;
    }
  }
  for (let at = found; found >= 0 && at < context.lines.length && at < found + maxValueLines; at++) {
    const line = context.lines[at]!;
    const index = line.text.indexOf(word);
    if (index >= 0) return { location: locationAt(line, index), length: word.length };
  }
  if (found < 0) return { location: entry.location, length: Math.max(1, entry.title.length) };
  const line = context.lines[found]!;
  const index = line.text.indexOf(key);
  return { location: locationAt(line, index), length: key.length };
}

/** A value is looked for in this many lines from its key on. */
const maxValueLines = 50;

/** Names an agent's public playbooks, as a hint for a call from another agent. */
export function publicPlaybooks(agent: AgentClass): string {
  const names = agent.playbooks.filter((playbook) => playbook.public).map((playbook) => playbook.name);
  return names.length > 0
    ? `Its public playbooks: ${names.join(", ")}`
    : `${agent.name} has no public playbook: add "public: true" below the heading of one`;
}
