import { loadPythonParser } from "../language/python_syntax.ts";
import { type FenceElement, readElements } from "../language/elements.ts";
import { agentName } from "../language/heading_names.ts";
import { parseProgram } from "../language/mod.ts";
import { toCamelCase, withoutNumber } from "../language/names.ts";
import type { SourceLine } from "../language/source.ts";
import { parseHeading } from "../language/signature.ts";
import type { ProgramNames } from "./context.ts";
import { helperCode } from "./helpers.ts";
import { openPythonParser, type PythonTree } from "./python_tree.ts";
import { type PythonBlock, translateBlocks, type TranslatedBlocks } from "./translate.ts";
import type { UpgradedFile, UpgradeNote } from "./upgraded_file.ts";
import { upgradeServers } from "./servers.ts";

/** A fence of Python with its tree. */
interface PythonFence extends PythonBlock {
  readonly fence: FenceElement;
  /** Lines that were moved to make the block readable: the row of each line in the file's block. */
  readonly rows: readonly number[];
}

/** An agent of a file: the first line after its heading, and what its code needs to know. */
interface AgentPart {
  readonly from: number;
  readonly to: number;
  readonly fences: readonly FenceElement[];
  readonly playbooks: ReadonlyMap<string, readonly string[]>;
}

/** Replaces lines `from` up to `to` (not included) by others. Lines count from 0. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/**
 * Upgrades a program of the original: Python blocks become TypeScript, the first line names this program, servers in Python
 * become commands. A block whose translation cannot be read stays as it is. An upgraded file is not changed again.
 */
export async function upgradeProgram(
  file: { readonly path: string; readonly text: string },
  builtins: ReadonlySet<string>,
): Promise<UpgradedFile> {
  const parse = await openPythonParser();
  await loadPythonParser();
  const eol = file.text.includes("\r\n") ? "\r\n" : "\n";
  const lines = file.text.split(/\r\n|\n/);
  const notes: UpgradeNote[] = [];
  const edits: Edit[] = [...upgradeShebang(lines, notes), ...upgradeServers(lines, notes)];
  const parts = agentParts(file.path, lines);
  const agents = agentNames(lines, parts);
  const isPlain = outsideFences(lines, parts);
  for (const part of parts) {
    const inner = await upgradeAgent(part, lines, { parse, builtins, agents, path: file.path, isPlain });
    edits.push(...inner.edits);
    notes.push(...inner.notes);
  }
  edits.push(...renamedBuiltins(lines, isPlain, edits, notes));
  const after = applyEdits(lines, edits).join(eol);
  notes.sort((a, b) => a.line - b.line || a.column - b.column);
  return { path: file.path, before: file.text, after, notes };
}

function upgradeShebang(lines: readonly string[], notes: UpgradeNote[]): Edit[] {
  const [first = ""] = lines;
  if (!/^#!.*\b(?:pb|playbooks)\b/.test(first) || /env -S playbooks run/.test(first)) return [];
  const line = "#!/usr/bin/env -S playbooks run";
  notes.push({ line: 1, column: 1, message: `the first line is ${line} now`, needsPerson: false });
  return [{ from: 0, to: 1, lines: [line] }];
}

function sourceLines(path: string, lines: readonly string[]): SourceLine[] {
  return lines.map((text, index) => ({
    text: index === 0 && text.startsWith("#!") ? "" : text,
    file: path,
    line: index + 1,
    indent: 0,
    root: 0,
  }));
}

function agentParts(path: string, lines: readonly string[]): readonly AgentPart[] {
  const parts: {
    from: number;
    to: number;
    fences: FenceElement[];
    playbooks: Map<string, readonly string[]>;
  }[] = [
    { from: 0, to: lines.length, fences: [], playbooks: new Map() },
  ];
  for (const element of readElements(sourceLines(path, lines), [])) {
    const last = parts.at(-1)!;
    if (element.kind === "heading" && element.level === 1) {
      last.to = element.line.line - 1;
      parts.push({ from: element.line.line, to: lines.length, fences: [], playbooks: new Map() });
    } else if (element.kind === "heading" && element.level === 2) {
      const { title, parameters } = parseHeading(element.title);
      const names = parameters.map(({ name }) => name);
      last.playbooks.set(toCamelCase(withoutNumber(title)), names);
      if (/^[A-Za-z_]\w*$/.test(title)) last.playbooks.set(title, names);
    } else if (element.kind === "fence") last.fences.push(element);
  }
  return parts;
}

function agentNames(lines: readonly string[], parts: readonly AgentPart[]): ReadonlySet<string> {
  return new Set(
    parts.filter(({ from }) => from > 0).map(({ from }) => {
      const title = lines[from - 1]!.replace(/^\s*#\s*/, "").split(":")[0]!;
      return agentName(title.trim());
    }),
  );
}

function isPython({ language }: FenceElement): boolean {
  return ["python", "py", "python3"].includes(language);
}

/** Which lines are neither fences nor inside of them. */
function outsideFences(lines: readonly string[], parts: readonly AgentPart[]): readonly boolean[] {
  const plain = lines.map(() => true);
  for (const fence of parts.flatMap(({ fences }) => fences)) {
    const start = fence.line.line - 1;
    plain.fill(false, start, start + fence.lines.length + 2);
  }
  return plain;
}

interface AgentOptions {
  readonly parse: (source: string) => PythonTree;
  readonly builtins: ReadonlySet<string>;
  readonly agents: ReadonlySet<string>;
  readonly path: string;
  readonly isPlain: readonly boolean[];
}

interface AgentEdits {
  readonly edits: readonly Edit[];
  readonly notes: readonly UpgradeNote[];
}

async function upgradeAgent(
  part: AgentPart,
  lines: readonly string[],
  options: AgentOptions,
): Promise<AgentEdits> {
  const notes: UpgradeNote[] = [];
  const fences = part.fences.filter(isPython).flatMap((fence) => {
    const read = readFence(fence, options.parse);
    if (!("fault" in read)) return [read];
    notes.push({ ...read.fault, needsPerson: true });
    return [];
  });
  if (fences.length === 0) return { edits: [], notes };
  const others = part.fences.filter((fence) => !isPython(fence));
  if (others.some((fence) => fence.lines.some(({ text }) => /^\s*const py = \{/.test(text)))) {
    const line = fences[0]!.fence.line.line;
    const message = 'this agent already has helpers named "py"; rename those, then upgrade again';
    return { edits: [], notes: [...notes, { line, column: 1, message, needsPerson: true }] };
  }
  const surroundings: ProgramNames = {
    playbooks: part.playbooks,
    agents: options.agents,
    builtins: options.builtins,
  };
  const translated = translateBlocks(fences, surroundings);
  // Placeholders may need helpers, too, so they come first.
  const placeholderNotes: UpgradeNote[] = [];
  const placeholders = placeholderEdits(part, lines, translated, options, placeholderNotes);
  const blocks = blockEdits(fences, translated);
  const fault = await faultOf(lines, blocks, options);
  if (fault !== undefined) {
    const line = fences[0]!.fence.line.line;
    const message = `the Python of this agent stays as it is, since its translation is refused: ${fault}`;
    return { edits: [], notes: [...notes, { line, column: 1, message, needsPerson: true }] };
  }
  fences.forEach((fence, at) => {
    notes.push({
      line: fence.fence.line.line,
      column: 1,
      message: "the Python block is TypeScript now",
      needsPerson: false,
    });
    for (const { at: offset, message, needsPerson } of translated.blocks[at]!.remarks) {
      notes.push({ ...placeOf(fence, offset), message, needsPerson });
    }
  });
  return { edits: [...blocks, ...placeholders], notes: [...notes, ...placeholderNotes] };
}

/** Parses a block. A decorator above an import, which the original accepted, is put above the function. */
function readFence(
  fence: FenceElement,
  parse: (source: string) => PythonTree,
): PythonFence | { readonly fault: Omit<UpgradeNote, "needsPerson"> } {
  const texts = fence.lines.map(({ text }) =>
    text.slice(Math.min(fence.indent, text.length - text.trimStart().length))
  );
  const order = texts.map((_, row) => row);
  for (let row = 0; row < order.length; row++) {
    // Move imports up, past the decorators above them.
    let at = row;
    const isImport = /^(?:import|from)\s/.test(texts[order[at]!]!);
    while (isImport && at > 0 && /^@/.test(texts[order[at - 1]!]!)) {
      [order[at - 1], order[at]] = [order[at]!, order[at - 1]!];
      at--;
    }
  }
  const source = order.map((row) => texts[row]!).join("\n");
  const tree = parse(source);
  if (tree.faultAt === undefined) return { fence, source, tree, rows: order };
  const place = placeOf({ fence, source, rows: order }, tree.faultAt);
  return { fault: { ...place, message: "this Python block cannot be read from here, so it stays as it is" } };
}

function placeOf(
  { fence, source, rows }: Pick<PythonFence, "fence" | "source" | "rows">,
  offset: number,
): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset).split("\n");
  const row = rows[before.length - 1] ?? 0;
  return {
    line: fence.lines[row]?.line ?? fence.line.line + row,
    column: before.at(-1)!.length + 1 + fence.indent,
  };
}

function blockEdits(fences: readonly PythonFence[], translated: TranslatedBlocks): readonly Edit[] {
  const helpers = helperCode(translated.helpers);
  const codes = translated.blocks.map(({ code }) => code.trim());
  const last = codes.findLastIndex((code) => code !== "");
  const at = translated.needsHelpersFirst || last < 0 ? 0 : last;
  if (helpers !== "") {
    codes[at] = (translated.needsHelpersFirst ? [helpers, codes[at]!] : [codes[at]!, helpers]).filter((
      text,
    ) => text !== "")
      .join("\n\n");
  }
  return fences.map(({ fence }, index) => {
    const start = fence.line.line - 1;
    const isClosed = fence.raw.length === fence.lines.length + 2;
    const to = start + fence.lines.length + (isClosed ? 2 : 1);
    const code = codes[index]!;
    if (code === "") return { from: start, to, lines: [] };
    const space = " ".repeat(fence.indent);
    const mark = fence.raw[0]!.trimStart().match(/^(`+|~+)/)![0];
    const longest = Math.max(
      0,
      ...(code.match(/^\s*(`{3,}|~{3,})/gm) ?? []).map((text) => text.trim().length),
    );
    const fenceMark = mark[0]!.repeat(Math.max(mark.length, longest >= mark.length ? longest + 1 : 0));
    const body = code.split("\n").map((line) => line === "" ? line : space + line);
    return { from: start, to, lines: [`${space}${fenceMark}ts`, ...body, `${space}${fenceMark}`] };
  });
}

/** Checks the translation as a run would read it. Returns why it is refused. */
async function faultOf(
  lines: readonly string[],
  edits: readonly Edit[],
  { path, builtins }: AgentOptions,
): Promise<string | undefined> {
  const text = applyEdits(lines, edits).join("\n");
  const ranges: [number, number][] = [];
  let shift = 0;
  for (const { from, to, lines: own } of [...edits].sort((a, b) => a.from - b.from)) {
    ranges.push([from + shift + 1, from + shift + own.length]);
    shift += own.length - (to - from);
  }
  const { problems } = await parseProgram([{ path, text }], { builtins: [...builtins] });
  const fault = problems.find(({ severity, location, message }) =>
    severity === "error" &&
    /^(?:Cannot read this code|A code block|"[^"]*" is declared twice|An export|A generator)/.test(message) &&
    ranges.some(([from, to]) => location.line >= from && location.line <= to)
  );
  return fault?.message;
}

/** Placeholders that use what the block imported, in JavaScript. The others are read as they are. */
function placeholderEdits(
  part: AgentPart,
  lines: readonly string[],
  translated: TranslatedBlocks,
  { parse, isPlain }: AgentOptions,
  notes: UpgradeNote[],
): readonly Edit[] {
  const edits: Edit[] = [];
  for (let row = part.from; row < part.to; row++) {
    const line = lines[row]!;
    if (!isPlain[row] || !line.includes("{")) continue;
    const text = line.replace(/(?<!\{)\{([^{}]+)\}(?!\})/g, (whole, expression: string) => {
      const result = expression.includes("$") ? undefined : translated.placeholder(parse(expression.trim()));
      return result === undefined ? whole : `{${result}}`;
    });
    if (text === line) continue;
    notes.push({
      line: row + 1,
      column: 1,
      message: "the placeholder is JavaScript now",
      needsPerson: false,
    });
    edits.push({ from: row, to: row + 1, lines: [text] });
  }
  return edits;
}

/** `Exit()` in steps, which the original's documents named and its runtime did not have. */
function renamedBuiltins(
  lines: readonly string[],
  isPlain: readonly boolean[],
  edits: readonly Edit[],
  notes: UpgradeNote[],
): Edit[] {
  return lines.flatMap((line, row) => {
    const isTaken = edits.some(({ from, to }) => row >= from && row < to);
    const text = line.replace(/(?<![\w.])Exit\(\)/g, "EndProgram()");
    if (!isPlain[row] || isTaken || text === line) return [];
    notes.push({ line: row + 1, column: 1, message: "Exit() is EndProgram() now", needsPerson: false });
    return [{ from: row, to: row + 1, lines: [text] }];
  });
}

function applyEdits(lines: readonly string[], edits: readonly Edit[]): string[] {
  const output = [...lines];
  for (const { from, to, lines: own } of [...edits].sort((a, b) => b.from - a.from)) {
    const isGone = own.length === 0 && output[from - 1]?.trim() === "" && output[to]?.trim() === "";
    output.splice(from, to - from + (isGone ? 1 : 0), ...own);
  }
  return output;
}
