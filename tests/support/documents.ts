import { studioKeys } from "../../extras/studio/view/key_help.ts";
import { problemKinds } from "../../src/language/mod.ts";
import { failureTable } from "../model/failures.ts";
import { providerTable } from "../model/provider_table.ts";
import { actionInputs } from "./action_document.ts";
import { answers, faults } from "./answer_table.ts";
import { builtinsTable } from "./builtins_document.ts";
import { commandReference, exitCodeTable } from "./reference_document.ts";
import { jsonDocumentTables, jsonLineSchema, jsonLineTables } from "./json_documents.ts";
import { pythonForms } from "./python_table.ts";
import { standardLibrary } from "./standard_library.ts";
import { keysTable, slashCommandTable } from "./terminal_document.ts";
import { attackList, boundsTable, serverBoundsTable } from "./security_document.ts";

/** A generated part of a document, between two marks. */
export interface MadePart {
  readonly file: string;
  /** `whole`: the file has no marks; all of it is generated. */
  readonly mark: string;
  readonly text: () => string;
}

/** All generated parts. `deno task docs` writes them, and a test compares them. */
export const madeParts: readonly MadePart[] = [
  { file: "CONTRIBUTING.md", mark: "std", text: standardLibrary },
  { file: "docs/builtins.md", mark: "builtins", text: builtinsTable },
  { file: "docs/models.md", mark: "answers", text: answersTable },
  { file: "docs/models.md", mark: "providers", text: () => providerTable().trimEnd() },
  { file: "docs/models.md", mark: "failures", text: () => failureTable().trimEnd() },
  { file: "docs/problems.md", mark: "problems", text: problemTable },
  { file: "docs/guide/people.md", mark: "slash commands", text: slashCommandTable },
  { file: "docs/guide/people.md", mark: "keys", text: keysTable },
  { file: "docs/guide/studio.md", mark: "studio keys", text: studioKeysTable },
  { file: "docs/guide/values.md", mark: "python", text: pythonForms },
  { file: "docs/reference/cli.md", mark: "commands", text: commandReference },
  { file: "docs/reference/json.md", mark: "lines", text: jsonLineTables },
  { file: "docs/reference/json.md", mark: "documents", text: jsonDocumentTables },
  { file: "docs/reference/json.schema.json", mark: "whole", text: jsonLineSchema },
  { file: "docs/guide/ci.md", mark: "inputs", text: actionInputs },
  { file: "docs/guide/ci.md", mark: "exit codes", text: exitCodeTable },
  { file: "docs/reference.md", mark: "exit codes", text: exitCodeTable },
  { file: "docs/security.md", mark: "bounds", text: boundsTable },
  { file: "docs/security.md", mark: "server bounds", text: serverBoundsTable },
  { file: "docs/security.md", mark: "attacks", text: attackList },
];

function problemTable(): string {
  const rows = Object.entries(problemKinds).map(([code, text]) => `| \`${code}\` | ${text} |`);
  return ["| code | what is wrong |", "| --- | --- |", ...rows].join("\n");
}

function studioKeysTable(): string {
  const rows = studioKeys.map(({ keys, does }) =>
    `| ${keys.map((key) => key === "…" ? key : `\`${key}\``).join(" ")} | ${does} |`
  );
  return ["| key | what it does |", "| --- | --- |", ...rows].join("\n");
}

function answersTable(): string {
  return [
    "| answer of the model | code that runs, or report to the model |",
    "| --- | --- |",
    ...answers.map(([what, , code]) => `| ${what} | runs \`${inline(code)}\` |`),
    ...faults.map(([what, , finish, told]) =>
      `| ${what} | no code runs; the model gets the report "… ${told}${
        finish === "stop" ? "" : ` (finish: ${finish})`
      } …" and may try again |`
    ),
  ].join("\n");
}

function inline(code: string): string {
  return code.trim().replaceAll("\n", " ⏎ ").replaceAll("|", "\\|").replaceAll("`", "'");
}

/** A document's text with `text` as one of its parts; throws if its marks are missing. */
export function renewed(document: string, { mark, file }: Omit<MadePart, "text">, text: string): string {
  if (mark === "whole") return text;
  const [begin, end] = [`<!-- made: ${mark} -->`, `<!-- end: ${mark} -->`];
  const start = document.indexOf(begin);
  const stop = document.indexOf(end);
  if (start < 0 || stop < start) throw new Error(`${file} lacks the marks ${begin} and ${end}`);
  return document.slice(0, start) + `${begin}\n${text}\n${end}` + document.slice(stop + end.length);
}

if (import.meta.main) {
  for (const part of madeParts) {
    Deno.writeTextFileSync(part.file, renewed(Deno.readTextFileSync(part.file), part, part.text()));
  }
}
