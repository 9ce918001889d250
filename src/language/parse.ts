import { readAgent } from "./agent.ts";
import { adviseBeginning } from "./document.ts";
import { checkNames } from "./check.ts";
import { isCliEntry } from "./checks/entries.ts";
import { checkProgram } from "./checks/program.ts";
import { codeLanguage } from "./code_block.ts";
import { loadStripTypes } from "./code_parse.ts";
import { type CodeAnalysis, loadScopeAnalysis, noScopes } from "./code_references.ts";
import { readElements } from "./elements.ts";
import { withoutRepeatedAgents } from "./repeated_agents.ts";
import { isNumbered, type ParseOptions, readProgramFiles } from "./files.ts";
import { withPlaceholders } from "./known_names.ts";
import type { ProblemCode } from "./problem_codes.ts";
import { checkPeople, onlyPeople } from "./people.ts";
import type { Location, Playbook, Problem, Program, SourceFile } from "./program.ts";
import { type AgentDraft, readSections } from "./sections.ts";
import { splitLines } from "./source.ts";
import { loadYaml } from "./yaml.ts";
import { textOr } from "./values.ts";

/** A program and its problems, in the order of the files. */
interface ParseResult {
  readonly program: Program;
  readonly problems: readonly Problem[];
}

/** The maximum of reported problems. People do not read more. */
const maxProblems = 200;

/**
 * Reads the files of a program, in their order.
 *
 * Accepts any text and never throws. It collects all mistakes as problems; an `error` prevents a run. A file whose name
 * ends in `.pbasm` is in the numbered form. Uses neither disk nor model.
 */
export async function parseProgram(
  files: readonly SourceFile[],
  options: ParseOptions = {},
): Promise<ParseResult> {
  const result = await parseFiles(files, options);
  const { problems } = result;
  if (options.checks === undefined || !problems.some(({ code }) => beginningCodes.has(code))) return result;
  const advised = await adviseBeginning(files, result, async (changed) => await parseFiles(changed, options));
  return { ...result, problems: advised };
}

/** Problems that lines of a beginning may solve. */
const beginningCodes: ReadonlySet<ProblemCode> = new Set([
  "no-agents",
  "no-beginning",
  "code-form",
  "code-syntax",
  "python-code",
  "unknown-name",
]);

async function parseFiles(files: readonly SourceFile[], options: ParseOptions): Promise<ParseResult> {
  const problems: Problem[] = [];
  await loadYaml(files.flatMap(({ text }) => splitLines(text)));
  const source = readProgramFiles(files, { ...options, problems });
  await loadYaml(source.lines.map(({ text }) => text));
  const elements = withoutRepeatedAgents(readElements(source.lines, problems));
  const drafts = readSections(elements, problems);
  const needsTypes = drafts.some((draft) =>
    draft.fences.some(({ fence }) =>
      codeLanguage(fence.language) === "ts" ||
      // An imported file may be in TypeScript.
      (codeLanguage(fence.language) === "js" && fence.lines.some(({ text }) => /\bfrom\s*["']\./.test(text)))
    )
  );
  const strip = needsTypes ? await loadStripTypes() : undefined;
  const { builtins = [], checks } = options;
  const builtinNames = new Set(builtins);
  const analysis = checks === undefined ? undefined : await codeAnalysis(drafts);
  const agents = await withPlaceholders(
    drafts.map((draft, position) => {
      const strict = isNumbered(files[draft.heading.line.root]!.path);
      const { readImport } = options;
      return readAgent(
        draft,
        { strict, strip, builtins: builtinNames, analysis, readImport, problems },
        position,
      );
    }),
    builtinNames,
    problems,
  );
  const { frontMatter } = source;
  const program: Program = {
    title: textOr(frontMatter["title"], stem(files[0]?.path ?? "program")),
    description: textOr(frontMatter["description"], ""),
    frontMatter,
    agents,
  };
  checkNames(agents, builtins, problems);
  if (analysis !== undefined) {
    const { lines } = source;
    const globals = new Set(checks?.globals);
    checkProgram({ agents, lines, builtins: builtinNames, globals, analysis, problems });
  }
  checkPeople(agents, problems);
  const start = { file: files[0]?.path ?? "", line: 1, column: 1 };
  const missing = missingFrom(program, {
    start,
    isEmpty: source.isEmpty,
    isRefused: problems.some(isError),
    isPartial: problems.some((problem) => isError(problem) && unreadCodes.has(problem.code)),
  });
  return { program, problems: inOrder([...problems, ...missing], files) };
}

/** Prepares the checks of code. Loads the scope analysis if the program has code. */
async function codeAnalysis(drafts: readonly AgentDraft[]): Promise<CodeAnalysis> {
  const hasCode = drafts.some(({ fences }) => fences.length > 0);
  return {
    ...(hasCode ? await loadScopeAnalysis() : noScopes),
    references: new Map(),
    unreadWords: new Set(),
  };
}

/** Whether an agent has a playbook that runs when the program starts. */
export function hasBeginning(program: Program): boolean {
  return program.agents.some((agent) => agent.type !== "Human" && agent.playbooks.some(isBeginning));
}

/** Whether a playbook runs when the program starts. */
export function isBeginning(playbook: Playbook): boolean {
  return isCliEntry(playbook) || playbook.triggers.some((trigger) => trigger.kind === "begin");
}

/** The playbooks that run when the program starts. The one with `cli_entry: true` is first. */
export function entryPlaybooks(program: Program): readonly Playbook[] {
  const begins = program.agents.filter(({ type }) => type !== "Human")
    .flatMap((agent) => agent.playbooks.filter(isBeginning));
  return [...begins.filter(isCliEntry), ...begins.filter((playbook) => !isCliEntry(playbook))];
}

/** Problems of a text that is left out. It may contain the beginning of the program. */
const unreadCodes: ReadonlySet<ProblemCode> = new Set([
  "code-form",
  "code-syntax",
  "import",
  "metadata-syntax",
  "not-text",
  "python-code",
  "too-large",
]);

/** Problems of the whole program. A refused file may contain agents, so missing agents are then not reported. */
function missingFrom(
  program: Program,
  options: {
    readonly start: Location;
    readonly isEmpty: boolean;
    readonly isRefused: boolean;
    readonly isPartial: boolean;
  },
): Problem[] {
  const place = { location: options.start, length: 1 };
  if (options.isEmpty) {
    const message = options.start.file === ""
      ? "No program was given"
      : "There is nothing in this program: all of its files are empty";
    return [{ severity: "error", code: "empty-program", message, ...place }];
  }
  const first = program.agents[0];
  if (first === undefined) {
    const hint = 'Begin an agent with a line like "# Greeter"';
    const message = "No agents found: a program needs at least one";
    return options.isRefused ? [] : [{ severity: "error", code: "no-agents", message, hint, ...place }];
  }
  const people = options.isPartial ? undefined : onlyPeople(program.agents);
  if (people) return [people];
  if (hasBeginning(program) || options.isPartial) return [];
  return [{
    severity: "error",
    code: "no-beginning",
    message: "No playbook says when the program begins",
    hint: 'Give one of them "### Triggers" with "- At the beginning", or start it with --call',
    location: first.location,
    length: first.title.length,
  }];
}

/** Sorts by file and position. Drops warnings first if there are too many problems. */
function inOrder(problems: readonly Problem[], files: readonly SourceFile[]): Problem[] {
  const rank = new Map(files.map((file, index) => [file.path, index]));
  const rankOf = (problem: Problem) => rank.get(problem.location.file) ?? files.length;
  const all = eachOnce(problems);
  const kept = all.length <= maxProblems
    ? all
    : all.sort((a, b) => Number(isError(b)) - Number(isError(a))).slice(0, maxProblems);
  return kept.sort((a, b) =>
    rankOf(a) - rankOf(b) || a.location.line - b.location.line || a.location.column - b.location.column
  );
}

/** A file that is imported twice has the same problems twice. */
function eachOnce(problems: readonly Problem[]): Problem[] {
  const byText = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...byText.values()];
}

function isError(problem: Problem): boolean {
  return problem.severity === "error";
}

function stem(path: string): string {
  return (path.split(/[\\/]/).pop() ?? path).replace(/(?<=.)\.[^.]*$/, "");
}
