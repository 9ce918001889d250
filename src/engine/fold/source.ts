import { createHash } from "node:crypto";
import type { Source } from "./entry.ts";

/**
 * A source with its hash: SHA-256, in hex, over the texts of its files and imports.
 *
 * Paths are left out, and the order in which files are named: a program that is resumed from another folder, through a
 * link or after a move is not an edited one.
 */
export function sourceOf(
  files: Source["files"],
  imports: Source["imports"],
): Source {
  const texts = [files.map(({ text }) => text).sort(), imports.map(({ text }) => text)];
  const hash = createHash("sha256").update(JSON.stringify(texts)).digest("hex");
  return { hash, files, imports };
}
