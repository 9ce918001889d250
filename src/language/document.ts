import type { Problem, Program, SourceFile } from "./program.ts";
import { splitLines } from "./source.ts";

/** A program and its problems. */
interface Parsed {
  readonly program: Program;
  readonly problems: readonly Problem[];
}

/** Lines to add to a file: `text` after the line `after`, which counts from 1; 0 is the start of the file. */
interface Insertion {
  readonly after: number;
  readonly text: readonly string[];
  /** The place in words. */
  readonly place: string;
}

const trigger = ["### Triggers", "- At the beginning"];

/** The maximum of tries. Each one reads the program again. */
const maxTries = 8;

/**
 * Finds the lines that would make a program of a text without a beginning, and puts them into the hint. Each proposal is
 * tried before it is made.
 *
 * A Markdown document, such as a runbook or a README, has only this problem: the others are about a program that it is not.
 */
export async function adviseBeginning(
  files: readonly SourceFile[],
  { program, problems }: Parsed,
  parse: (files: readonly SourceFile[]) => Promise<Parsed>,
): Promise<readonly Problem[]> {
  const [file] = files;
  if (file === undefined || files.length > 1 || /\.pbasm$/i.test(file.path)) return problems;
  const document = kindOfDocument(file, program);
  const isIdle = problems.some(({ code }) => code === "no-beginning" || code === "no-agents");
  if (document === undefined && !isIdle) return problems;
  const hint = await workingHint(file, program, { isDocument: document !== undefined, parse });
  if (hint === undefined) return problems;
  if (document === undefined) {
    return problems.map((problem) => {
      if (problem.code === "no-beginning") return { ...problem, hint: `${hint}\nOr start it with --call` };
      return problem.code === "no-agents" ? { ...problem, hint } : problem;
    });
  }
  const { location, title } = program.agents[0] ??
    { location: { file: file.path, line: 1, column: 1 }, title: "" };
  return [{
    severity: "error",
    code: "document",
    message: `This is ${document}, not yet a program: nothing in it says when it begins`,
    hint,
    location,
    length: Math.max(1, title.length),
  }];
}

/** What a text without triggers and steps is, in words; `undefined` if it is written as a program. */
function kindOfDocument({ path, text }: SourceFile, { agents, frontMatter }: Program): string | undefined {
  const isProgram = agents.some(({ type, playbooks }) =>
    type !== "AI" ||
    playbooks.some(({ triggers, metadata }) => triggers.length > 0 || metadata["cli_entry"] !== undefined)
  ) || /^\s*#{2,3}\s*(?:triggers?|steps?)\s*:?\s*$/im.test(text) || /^\s*@playbook\b/m.test(text);
  if (isProgram) return undefined;
  const name = path.split(/[\\/]/).pop()!.toLowerCase();
  if (typeof frontMatter["name"] === "string" && typeof frontMatter["description"] === "string") {
    return "a skill or agent file in Markdown";
  }
  if (/^readme\b/.test(name)) return "a README";
  if (/\.(?:md|markdown|mdx|txt)$/.test(name)) {
    return name.endsWith(".txt") ? "a text" : "a Markdown document";
  }
  return undefined;
}

async function workingHint(
  file: SourceFile,
  program: Program,
  { isDocument, parse }: {
    readonly isDocument: boolean;
    readonly parse: (files: readonly SourceFile[]) => Promise<Parsed>;
  },
): Promise<string | undefined> {
  const works = async (text: string) => {
    const { problems } = await parse([{ path: file.path, text }]);
    return problems.every(({ severity }) => severity !== "error");
  };
  for (const insertions of proposals(file, program).slice(0, maxTries)) {
    if (await works(withInsertions(file.text, insertions))) return insertions.map(describe).join("\n");
  }
  if (!isDocument) return undefined;
  const name = file.path.split(/[\\/]/).pop()!;
  const reader = ["# Reader", "## Main", `{LoadFile(${JSON.stringify(name)}, { inline: true })}`, ...trigger];
  if (!(await works(reader.join("\n")))) return undefined;
  return [
    "Its code blocks are not the code of a program. Save these lines beside it, as a program that reads it:",
    ...reader,
  ].join("\n");
}

/** The lines to add, the best place first. */
function proposals(file: SourceFile, program: Program): (readonly Insertion[])[] {
  const lines = splitLines(file.text);
  const [agent] = program.agents;
  const own = (agent?.playbooks ?? []).filter(({ mode, location }) =>
    mode !== "code" && location.file === file.path
  );
  const end = lastWritten(lines, lines.length);
  if (agent === undefined) {
    const start = lines.findIndex((line, index) => index > 0 && line.trim() === "---");
    const top = /^(?:#!.*\n)?---\s*$/m.test(lines[0] ?? "") && start > 0 ? start + 1 : 0;
    const heading = {
      after: top,
      text: [`# ${stemOf(file.path)}`],
      place: top === 0 ? "as the first line" : `below line ${top}`,
    };
    return [[heading, { after: end, text: trigger, place: "at the end" }]];
  }
  if (own.length === 0) return [[{ after: end, text: trigger, place: "at the end" }]];
  const starts = program.agents.flatMap((each) => [each, ...each.playbooks]).filter(({ location }) =>
    location.file === file.path
  ).map(({ location }) => location.line).sort((a, b) => a - b);
  const free = own.filter(({ parameters }) => parameters.every(({ optional }) => optional));
  const ranked = [
    ...free.filter(({ name }) => mainNames.test(name)),
    ...free.filter(({ steps }) => steps.length > 0),
    ...free.filter(({ description }) => description !== ""),
    ...own,
  ];
  return [...new Set(ranked)].map((playbook) => {
    const { line } = playbook.location;
    const next = starts.find((start) => start > line) ?? lines.length + 1;
    const after = lastWritten(lines, next - 1);
    return [{ after, text: trigger, place: `at the end of "## ${playbook.title}", below line ${after}` }];
  });
}

/** Headings that most often begin a document's procedure. */
const mainNames = /^(?:main|begin|start|run|steps?|instructions?|procedure|process|workflow|how)/i;

/** The number of the last line up to `end` that is neither empty nor a rule. */
function lastWritten(lines: readonly string[], end: number): number {
  let last = Math.min(end, lines.length);
  while (last > 0 && /^\s*(?:-{3,}|\*{3,}|_{3,})?\s*$/.test(lines[last - 1]!)) last--;
  return last;
}

function withInsertions(text: string, insertions: readonly Insertion[]): string {
  const lines = splitLines(text);
  for (const { after, text } of [...insertions].reverse()) lines.splice(after, 0, ...text);
  return lines.join("\n");
}

function describe({ text, place }: Insertion): string {
  const what = text.length === 1 ? "this line" : text.length === 2 ? "these two lines" : "these lines";
  return [`Add ${what} ${place}:`, ...text].join("\n");
}

function stemOf(path: string): string {
  const name = (path.split(/[\\/]/).pop() ?? path).replace(/(?<=.)\.[^.]*$/, "");
  return /^\p{L}/u.test(name) ? name : "Agent";
}
