import { createTwoFilesPatch } from "diff/patch";
import { cleanLine } from "../../../text/mod.ts";
import type { UpgradedFile } from "../../../upgrade/mod.ts";

/** The changes of a file in the form that `patch` and `git apply` read; `""` if there are none. */
export function unifiedDiff({ path, before, after }: UpgradedFile): string {
  if (before === after) return "";
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, {
    context: 3,
  });
  return patch.replace(/^=+\n/, "");
}

/** What was changed in a file, and what a person must look at, a line each. */
export function upgradeReport(
  file: UpgradedFile,
  { written, backup }: { readonly written?: boolean; readonly backup?: string },
): string {
  const isChanged = file.before !== file.after;
  const kept = backup === undefined ? "" : `; the old text is in ${backup}`;
  const state = !isChanged ? "nothing to change" : written ? `changed${kept}` : "to change";
  const lines = file.notes.map(({ line, column, message, needsPerson }) =>
    `  ${needsPerson ? "look at" : "line"} ${line}${needsPerson ? `:${column}` : ""}  ${cleanLine(message)}`
  );
  return `${cleanLine(file.path)}: ${state}\n${lines.map((line) => `${line}\n`).join("")}`;
}
