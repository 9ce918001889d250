import { createHash } from "node:crypto";
import type { Source } from "./entry.ts";

/** A source with its hash: SHA-256, in hex, over the paths and texts of its files and imports. */
export function sourceOf(
  files: Source["files"],
  imports: Source["imports"],
): Source {
  const hash = createHash("sha256").update(JSON.stringify([files, imports])).digest("hex");
  return { hash, files, imports };
}
