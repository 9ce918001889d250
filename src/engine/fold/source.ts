import { createHash } from "node:crypto";
import type { Source } from "./entry.ts";

/**
 * A source with its hash: SHA-256, in hex, over the texts of its files and imports.
 *
 * The hash leaves out the paths and the order of the files. So a program is not "edited" if it is resumed from another
 * folder, through a link, or after a move.
 */
export function sourceOf(
  files: Source["files"],
  imports: Source["imports"],
): Source {
  const texts = [files.map(({ text }) => text).sort(), imports.map(({ text }) => text)];
  const hash = createHash("sha256").update(JSON.stringify(texts)).digest("hex");
  return { hash, files, imports };
}
