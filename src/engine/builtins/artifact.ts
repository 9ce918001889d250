import { createHash } from "node:crypto";

/** The name of a result that became an artifact: `a_` and eight hex digits of the content's SHA-256, so that equal results share one. */
export function artifactNameOf(content: string): string {
  return `a_${createHash("sha256").update(content).digest("hex").slice(0, 8)}`;
}
