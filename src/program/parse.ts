import { codeLanguage, loadStripTypes } from "./code_block.ts";
import { type PlacedPlaybook, readModule } from "./code_module.ts";
import { readElements } from "./elements.ts";
import { takeFrontMatter } from "./front_matter.ts";
import { expandImports, type ReadImport } from "./imports.ts";
import { isListItem, readList } from "./list.ts";
import { type Body, booleanOf, choiceOf, markdownOf, takeMetadata } from "./metadata.ts";
import { builtinNames, nameKey, toCamelCase } from "./names.ts";
import { findPlaceholders } from "./placeholder.ts";
import type { AgentClass, Playbook, Problem, Program, SourceFile } from "./program.ts";
import { type AgentDraft, type PlaybookDraft, readSections } from "./sections.ts";
import { parseHeading } from "./signature.ts";
import { errorAt, locate, type SourceLine, splitLines, warningAt } from "./source.ts";
import { flattenSteps, readNotes, readNumberedSteps, readSteps } from "./steps.ts";
import { readTriggers } from "./trigger.ts";

/** How {@linkcode parseProgram} reads what `!import` names; without `readImport` no import is found. */
export interface ParseOptions {
  readonly readImport?: ReadImport;
}

/** A program and all that is wrong with it, in the order of the files. */
export interface ParseResult {
  readonly program: Program;
  readonly problems: readonly Problem[];
}

/** Characters of one file; programs are read by people. */
const maximumFile = 4 * 1024 * 1024;
/** Problems that are reported: after so many nobody reads on. */
const maximumProblems = 200;

/**
 * Reads the files of a program, in their order.
 *
 * Accepts any text and never throws: what is wrong is among the problems, and one that is an `error` keeps the program
 * from running. A file whose name ends in `.pbasm` is in the numbered form. Touches no disk, and no model.
 */
export async function parseProgram(
  files: readonly SourceFile[],
  options: ParseOptions = {},
): Promise<ParseResult> {
  const problems: Problem[] = [];
  const source = readFiles(files, { ...options, problems });
  const drafts = readSections(readElements(source.lines, problems), problems);
  const needsTypes = drafts.some((draft) =>
    draft.fences.some(({ fence }) => codeLanguage(fence.language) === "ts")
  );
  const strip = needsTypes ? await loadStripTypes() : undefined;
  const isStrict = (line: SourceLine) => isNumbered(files[line.root]!.path);
  const parsed = drafts.map((draft) =>
    readAgent(draft, { strict: isStrict(draft.heading.line), strip, problems })
  );
  const agents = withPlaceholders(parsed);

  checkNames(agents, problems);
  const frontMatter = source.frontMatter;
  const program: Program = {
    title: textOr(frontMatter["title"], stem(files[0]?.path ?? "program")),
    description: textOr(frontMatter["description"], ""),
    frontMatter,
    agents,
  };
  const first = { file: files[0]?.path ?? "", line: 1, column: 1 };
  if (source.isEmpty) {
    const message = files.length === 0
      ? "No program was given"
      : "There is nothing in this program: all of its files are empty";
    problems.push({ severity: "error", message, location: first, length: 1 });
  } else if (agents.length === 0 && !problems.some((problem) => problem.severity === "error")) {
    const message = "No agents found: a program needs at least one";
    problems.push({
      severity: "error",
      message,
      hint: 'Begin an agent with a line like "# Greeter"',
      location: first,
      length: 1,
    });
  } else if (agents.length > 0 && !hasBeginning(program)) {
    problems.push({
      severity: "warning",
      code: "no-beginning",
      message: "No playbook says when the program begins",
      hint: 'Give one of them "### Triggers" with "- At the beginning", or start it with --call',
      location: agents[0]!.location,
      length: 1,
    });
  }
  return { program, problems: inOrder(problems, files) };
}

/** Whether some playbook of an agent begins with the program. */
export function hasBeginning(program: Program): boolean {
  return program.agents.some((agent) => agent.type !== "Human" && agent.playbooks.some(isBeginning));
}

/** Whether a playbook runs when the program starts. */
export function isBeginning(playbook: Playbook): boolean {
  return playbook.triggers.some((trigger) => trigger.kind === "begin");
}

/** Whether a file holds the numbered form, by its name. */
export function isNumbered(path: string): boolean {
  return /\.pbasm$/i.test(path);
}

interface Source {
  readonly lines: readonly SourceLine[];
  readonly frontMatter: Readonly<Record<string, unknown>>;
  readonly isEmpty: boolean;
}

function readFiles(
  files: readonly SourceFile[],
  options: ParseOptions & { readonly problems: Problem[] },
): Source {
  const { problems } = options;
  const lines: SourceLine[] = [];
  const frontMatter: Record<string, unknown> = {};
  const firstIn = new Map<string, string>();
  let isEmpty = true;
  for (const [root, { path, text }] of files.entries()) {
    const refuse = (message: string) =>
      problems.push({ severity: "error", message, location: { file: path, line: 1, column: 1 }, length: 1 });
    if (text.includes("\0")) {
      refuse("This is not a text file");
      isEmpty = false;
      continue;
    }
    if (text.length > maximumFile) {
      refuse("This file is larger than 4 MiB: that is no program");
      isEmpty = false;
      continue;
    }
    const all = splitLines(text.replace(/^\uFEFF/, "")).map((text, index) => ({
      text,
      file: path,
      line: index + 1,
      indent: 0,
      root,
    }));
    const own = all[0]!.text.startsWith("#!") ? all.slice(1) : all;
    if (own.some((line) => line.text.trim() !== "")) isEmpty = false;
    const { data, rest } = takeFrontMatter(own, problems);
    for (const [key, { value, line }] of data) {
      const other = firstIn.get(key);
      if (other === undefined) frontMatter[key] = value;
      else {problems.push(
          errorAt(line, `Duplicate front matter key "${key}": ${other} has it, too`, { length: key.length }),
        );}
      firstIn.set(key, other ?? path);
    }
    lines.push(
      ...isNumbered(path) ? rest : expandImports(rest, { readImport: options.readImport, problems }),
    );
  }
  return { lines, frontMatter, isEmpty };
}

interface ReadOptions {
  /** Whether the file is a `.pbasm` one, where all is where it belongs. */
  readonly strict: boolean;
  readonly strip: Awaited<ReturnType<typeof loadStripTypes>> | undefined;
  readonly problems: Problem[];
}

function readAgent(draft: AgentDraft, options: ReadOptions): AgentClass {
  const { problems } = options;
  const { line, index, title: heading } = draft.heading;
  const colon = heading.indexOf(":");
  const title = (colon < 0 ? heading : heading.slice(0, colon)).trim();
  const kind = colon < 0 ? "AI" : heading.slice(colon + 1).trim();
  if (!isAgentType(kind)) {
    const place = { index: index + colon + 1, length: Math.max(1, heading.length - colon - 1) };
    const hint = 'A type is AI, Human or MCP, as in "# Alice:Human"';
    problems.push(errorAt(line, `"${kind}" is no type of agent`, { ...place, hint }));
  }
  let name = toCamelCase(title);
  if (!/^[A-Z]/.test(name)) {
    const message = heading === ""
      ? "An agent needs a name"
      : `Cannot make a name of "${title}": it must begin with a letter from A to Z`;
    problems.push(errorAt(line, message, { index, length: Math.max(1, title.length) }));
    name = `Agent${name}`;
  }
  const body = takeMetadata(draft.body, options);
  const startupMode = choiceOf(body, "startup_mode", ["default", "standby"], problems) ?? "default";
  const { module, playbooks: functions } = readModule(draft.fences, options);
  const written = draft.playbooks.map((playbook) => ({
    playbook: readPlaybook(playbook, options),
    line: playbook.heading.line,
  }));
  const playbooks = inSourceOrder(draft, written, functions);
  if (kind === "Human" && playbooks.length > 0) {
    problems.push(warningAt(draft.heading.line, `"${name}" is a person: playbooks of persons are not run`));
  }
  return {
    name,
    title: title === "" ? name : title,
    type: isAgentType(kind) ? kind : "AI",
    description: markdownOf(body.rest) || textOr(body.metadata["description"], ""),
    metadata: body.metadata,
    startupMode,
    playbooks: playbooks.map(({ playbook }) => playbook),
    ...(module === undefined ? {} : { module }),
    location: locate(line, index),
  };
}

function readPlaybook(draft: PlaybookDraft, options: ReadOptions): Playbook {
  const { strict, problems } = options;
  const { line, index } = draft.heading;
  const heading = parseHeading(draft.heading.title);
  for (const { message, ...place } of heading.faults) {
    problems.push(errorAt(line, message, { index: index + place.index, length: place.length }));
  }
  let name = toCamelCase(heading.title);
  const complain = (message: string) =>
    problems.push(errorAt(line, message, { index, length: Math.max(1, heading.title.length) }));
  if (name === "") {
    complain("A playbook needs a name");
    name = "Playbook";
  } else if (!/^[A-Z]/.test(name)) {
    complain(`Cannot make a name of "${heading.title}": it must begin with a letter from A to Z`);
    name = `Playbook${name}`;
  } else if (builtinNames.has(name)) complain(`"${name}" is a builtin: give this playbook another name`);

  const body = takeMetadata(draft.body, options);
  const chosen = choiceOf(body, "execution_mode", ["playbook", "react", "raw"], problems);
  const items = draft.steps ?? (!strict && chosen !== "raw" && isBareList(body) ? [...body.rest] : undefined);
  const list = readList(items ?? []);
  const steps = strict ? readNumberedSteps(list, { problems }) : readSteps(list, { problems });
  const prose = draft.steps === undefined && items !== undefined ? "" : markdownOf(body.rest);
  const description = prose || textOr(body.metadata["description"], "");
  const mode = chosen ?? (steps.length > 0 ? "playbook" : "react");
  if (draft.steps !== undefined && steps.length === 0) {
    problems.push(warningAt(line, `The steps of "${name}" are empty`, { index }));
  } else if (steps.length === 0 && description === "") {
    problems.push(warningAt(line, `"${name}" has neither steps nor a description`, { index }));
  }
  return {
    name,
    title: heading.title === "" ? name : heading.title,
    mode,
    parameters: heading.parameters,
    description,
    placeholders: [],
    triggers: readTriggers(readList(draft.triggers)),
    steps,
    notes: readNotes(readList(draft.notes), { numbered: strict }),
    metadata: body.metadata,
    public: booleanOf(body, "public", problems),
    hidden: booleanOf(body, "hidden", problems),
    meeting: booleanOf(body, "meeting", problems),
    source: "",
    location: locate(line, index),
  };
}

/** Steps are sometimes a list right under the heading; prose with a list in it is a description. */
function isBareList(body: Body): boolean {
  const [first] = body.rest;
  if (first?.kind !== "text" || !isListItem(first.text)) return false;
  return readList(body.rest).every((item) => item.listed);
}

/** Code playbooks take their places between the others: begin playbooks run in the order of the file. */
function inSourceOrder(
  draft: AgentDraft,
  written: readonly PlacedPlaybook[],
  functions: readonly PlacedPlaybook[],
): PlacedPlaybook[] {
  const ordered: PlacedPlaybook[] = [];
  const remaining = [...functions];
  const takeUntil = (count: number) => {
    for (const { fence, after } of draft.fences) {
      if (after !== count) continue;
      while (remaining.length > 0 && fence.lines.includes(remaining[0]!.line)) {
        ordered.push(remaining.shift()!);
      }
    }
  };
  takeUntil(0);
  for (const [index, playbook] of written.entries()) {
    ordered.push(playbook);
    takeUntil(index + 1);
  }
  return [...ordered, ...remaining];
}

/** Which names are known is known only when all agents have been read. */
function withPlaceholders(agents: readonly AgentClass[]): AgentClass[] {
  const classes = agents.map((agent) => agent.name);
  return agents.map((agent) => {
    const callables = new Set([...classes, ...agent.playbooks.map((playbook) => playbook.name)]);
    const helpers = new Set(agent.module?.helpers ?? []);
    const state = stateNames(agent);
    return {
      ...agent,
      playbooks: agent.playbooks.map((playbook) => {
        if (playbook.mode === "code" || !playbook.description.includes("{")) return playbook;
        const parameters = new Set(playbook.parameters.map((parameter) => parameter.name));
        return {
          ...playbook,
          placeholders: findPlaceholders(playbook.description, { parameters, callables, helpers, state }),
        };
      }),
    };
  });
}

/** Each `$x` that occurs in an agent is one of its variables, as is `state.x` in its code. */
function stateNames(agent: AgentClass): ReadonlySet<string> {
  const names = new Set<string>();
  const collect = (text: string, form: RegExp) => {
    for (const match of text.matchAll(form)) names.add(match[1]!);
  };
  const variable = /\$([A-Za-z_]\w*)/g;
  collect(agent.description, variable);
  for (const block of agent.module?.blocks ?? []) collect(block.text, /\bstate\.([A-Za-z_]\w*)/g);
  for (const playbook of agent.playbooks) {
    for (const parameter of playbook.parameters) if (parameter.state) names.add(parameter.name);
    if (playbook.mode === "code") continue;
    collect(playbook.description, variable);
    for (const step of flattenSteps(playbook.steps)) collect(step.text, variable);
    for (const text of [...playbook.triggers.map((trigger) => trigger.text), ...playbook.notes]) {
      collect(text, variable);
    }
  }
  return names;
}

function checkNames(agents: readonly AgentClass[], problems: Problem[]): void {
  const complain = (what: string, entry: AgentClass | Playbook, before: AgentClass | Playbook) => {
    const { line, file } = before.location;
    const same = before.name === entry.name ? `"${entry.name}"` : `"${entry.name}" and "${before.name}"`;
    const message = `Two ${what} are called ${same}: the other one is in line ${line} of ${file}`;
    problems.push({ severity: "error", message, location: entry.location, length: entry.title.length });
  };
  const classes = new Map<string, AgentClass>();
  for (const agent of agents) {
    const before = classes.get(nameKey(agent.name));
    if (before === undefined) classes.set(nameKey(agent.name), agent);
    else complain("agents", agent, before);
    const playbooks = new Map<string, Playbook>();
    for (const playbook of agent.playbooks) {
      const before = playbooks.get(nameKey(playbook.name));
      if (before === undefined) playbooks.set(nameKey(playbook.name), playbook);
      else complain(`playbooks of "${agent.name}"`, playbook, before);
      if (playbook.mode === "code" && builtinNames.has(playbook.name)) {
        const message = `"${playbook.name}" is a builtin: give this function another name`;
        problems.push({ severity: "error", message, location: playbook.location, length: 1 });
      }
    }
  }
}

function inOrder(problems: readonly Problem[], files: readonly SourceFile[]): Problem[] {
  const rank = new Map(files.map((file, index) => [file.path, index]));
  const rankOf = (problem: Problem) => rank.get(problem.location.file) ?? files.length;
  return [...problems].sort((a, b) =>
    rankOf(a) - rankOf(b) || a.location.line - b.location.line || a.location.column - b.location.column
  ).slice(0, maximumProblems);
}

function isAgentType(kind: string): kind is AgentClass["type"] {
  return kind === "AI" || kind === "Human" || kind === "MCP";
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value.trim() !== "" ? value : otherwise;
}

function stem(path: string): string {
  return (path.split(/[\\/]/).pop() ?? path).replace(/(?<=.)\.[^.]*$/, "");
}
