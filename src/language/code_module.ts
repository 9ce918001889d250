import { analyseBlock, type AnalysedBlock, codeLanguage } from "./code_block.ts";
import { ImportedFiles } from "./code_imports.ts";
import type { StripTypes } from "./code_parse.ts";
import type { ReadImport } from "./imports.ts";
import type { CodeAnalysis, CodeReference } from "./code_references.ts";
import type { ExportedFunction } from "./code_statements.ts";
import type { FenceElement } from "./elements.ts";
import { literalValue } from "./expression.ts";
import { parseDocumentation } from "./jsdoc.ts";
import type { CodeModule, Location, Parameter, Playbook, Problem } from "./program.ts";
import { errorAt, locationAt, type SourceLine } from "./source.ts";
import { makeTrigger } from "./trigger.ts";

/** A code fence of an agent, with the number of H2 playbooks before it. */
export interface PlacedFence {
  readonly fence: FenceElement;
  readonly after: number;
}

/** A playbook with its first line. The playbooks of an agent are sorted by this line. */
export interface PlacedPlaybook {
  readonly playbook: Playbook;
  readonly line: SourceLine;
}

/** Joins an agent's code blocks to one module, and makes a playbook of each exported function. */
export function readModule(
  fences: readonly PlacedFence[],
  options: {
    readonly strip: StripTypes | undefined;
    readonly builtins: ReadonlySet<string>;
    readonly analysis: CodeAnalysis | undefined;
    readonly readImport: ReadImport | undefined;
    readonly problems: Problem[];
  },
): {
  readonly module: CodeModule | undefined;
  readonly playbooks: readonly PlacedPlaybook[];
  readonly references: readonly CodeReference[];
} {
  const { problems } = options;
  const blocks: { readonly block: AnalysedBlock; readonly placed: PlacedFence }[] = [];
  const imports = new ImportedFiles(options);
  const leaveOut = ({ fence }: PlacedFence) => {
    for (const { text } of fence.lines) {
      for (const [word] of text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
        options.analysis?.unreadWords.add(word);
      }
    }
  };
  for (const placed of fences) {
    const language = codeLanguage(placed.fence.language);
    if (language === "python") {
      leaveOut(placed);
      problems.push(
        errorAt(
          placed.fence.line,
          "python-code",
          "A python block cannot run here; write it in a ```ts block",
          { hint: `playbooks upgrade ${placed.fence.line.file} turns it into TypeScript` },
        ),
      );
    } else if (language !== undefined) {
      const block = analyseBlock(placed.fence, { language, imports, ...options });
      if (block !== undefined) blocks.push({ block, placed });
      else leaveOut(placed);
    }
  }
  if (blocks.length === 0) return { module: undefined, playbooks: [], references: [] };

  const declared = new Map<string, Location>();
  const declare = (name: string, location: Location) => {
    const before = declared.get(name);
    if (before === undefined) declared.set(name, location);
    else {
      const message =
        `"${name}" is declared twice in this agent's code: before in line ${before.line} of ${before.file}`;
      problems.push({
        severity: "error",
        code: "duplicate-declaration",
        message,
        location,
        length: name.length,
      });
    }
  };
  for (const { block } of blocks) {
    for (const { name, location } of [...block.functions, ...block.helpers]) declare(name, location);
    for (const { name, location, documentation = "" } of block.helpers) {
      if (isForPlaybook(documentation)) {
        const message = `"${name}" is not exported, so it is not a playbook, and its tags have no effect`;
        const hint = 'Write "export" before it';
        const length = name.length;
        problems.push({ severity: "warning", code: "not-exported", message, hint, location, length });
      }
      if (!options.builtins.has(name)) continue;
      // The code would call the helper in place of the builtin. `checkNames` refuses exported functions.
      const message = `"${name}" is a builtin: give this helper another name`;
      problems.push({ severity: "error", code: "reserved-name", message, location, length: name.length });
    }
  }

  // Replace the line of each fence by `;`. So line numbers stay, and statements of two blocks do not join.
  const { parts } = imports;
  const own = blocks.map(({ block }) => `;\n${block.code}`);
  const code = `"use strict"${[...parts.map((part) => `;\n${part.code}`), ...own].join("\n")}`;
  const lines = [
    ...parts.flatMap((part) => [part.lines[0]!, ...part.lines]),
    ...blocks.flatMap(({ block, placed }) => [locationAt(placed.fence.line), ...block.lines]),
  ];
  return {
    references: [...parts, ...blocks.map(({ block }) => block)].flatMap(({ references }) => references),
    module: {
      code,
      functions: blocks.flatMap(({ block }) =>
        block.functions.map(({ name, implementation, async }) => ({ name, implementation, async }))
      ),
      helpers: blocks.flatMap(({ block }) => block.helpers.map((helper) => helper.name)),
      lines,
      imports: parts.map(({ path, text }) => ({ path, text })),
      blocks: blocks.map(({ block, placed }) => ({
        language: block.language,
        text: block.text,
        after: placed.after,
      })),
    },
    playbooks: blocks.flatMap(({ block }) =>
      block.functions.map((exported) => ({ playbook: playbookOf(exported, block), line: exported.line }))
    ),
  };
}

/** Whether a comment has a tag that only a playbook can have. */
function isForPlaybook(documentation: string): boolean {
  const { triggers, cliEntry, meeting } = parseDocumentation(documentation);
  return triggers.length > 0 || cliEntry || meeting;
}

function playbookOf(exported: ExportedFunction, block: AnalysedBlock): Playbook {
  const documentation = parseDocumentation(exported.documentation);
  const returns = returnTypeOf(exported, block);
  return {
    name: exported.name,
    title: exported.name,
    mode: "code",
    parameters: parametersOf(exported, block),
    ...(returns === "" ? {} : { returns }),
    description: documentation.description,
    placeholders: [],
    triggers: documentation.triggers.map((text, index) => makeTrigger(text, index, exported.location)),
    steps: [],
    notes: [],
    metadata: { ...documentation.metadata, ...(documentation.cliEntry ? { cli_entry: true } : {}) },
    public: documentation.public,
    hidden: documentation.hidden,
    meeting: documentation.meeting,
    source: exported.source,
    location: exported.location,
  };
}

function parametersOf(exported: ExportedFunction, block: AnalysedBlock): Parameter[] {
  return exported.node.params.map((pattern, index): Parameter => {
    const rest = pattern.type === "RestElement";
    const target = rest ? pattern.argument : pattern.type === "AssignmentPattern" ? pattern.left : pattern;
    const literal = pattern.type === "AssignmentPattern" ? literalValue(pattern.right) : undefined;
    const annotation = annotationAfter(target.end, exported, block);
    return {
      name: target.type === "Identifier" ? target.name : `argument${index + 1}`,
      state: false,
      ...(annotation.type === "" ? {} : { type: annotation.type }),
      ...(literal === undefined ? {} : { default: literal.value }),
      optional: rest || annotation.optional || pattern.type === "AssignmentPattern",
      ...(rest ? { rest: true } : {}),
    };
  });
}

/** The type of a function's result as written; `""` if there is none. */
function returnTypeOf(exported: ExportedFunction, block: AnalysedBlock): string {
  const { node } = exported;
  const { stripped } = block;
  const first = node.params.at(-1)?.end ?? stripped.indexOf("(", node.id?.end ?? node.start) + 1;
  // Types are blank there, so only a comma can be before the bracket. An arrow function may have no bracket.
  const gap = /^[\s,]*\)/.exec(stripped.slice(first, node.end));
  return gap === null ? "" : annotationAfter(first + gap[0].length, exported, block).type;
}

/** The type as written. The stripped text has spaces at this place. */
function annotationAfter(
  end: number,
  exported: ExportedFunction,
  block: AnalysedBlock,
): { type: string; optional: boolean } {
  if (block.language === "js") return { type: "", optional: false };
  const next = block.stripped.slice(end, exported.node.end).search(/\S/);
  const text = block.text.slice(end, end + Math.max(0, next)).trim();
  return {
    type: text.replace(/^\?/, "").replace(/^\s*:/, "").replace(/\s+/g, " ").trim(),
    optional: text.startsWith("?"),
  };
}
