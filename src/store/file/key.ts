import { exitCodes, messageOf, PlaybooksError } from "../../errors.ts";

/**
 * The key under which sessions of these program files are found again: 16 hexadecimal digits.
 *
 * Real paths are used, so a symbolic link and its target count as one file. A file that is named twice counts once.
 */
export async function executionKey(paths: readonly string[]): Promise<string> {
  return await keyOfPaths(realPaths(paths));
}

/** The absolute real paths, sorted, without duplicates. Throws a `PlaybooksError` for a missing file. */
export function realPaths(paths: readonly string[]): readonly string[] {
  return sorted(paths.map(realPath));
}

/** The first 16 hexadecimal digits of the SHA-256 of the sorted, unique paths, joined by `|`. Files may be missing. */
export async function keyOfPaths(absolutePaths: readonly string[]): Promise<string> {
  const text = new TextEncoder().encode(sorted(absolutePaths).join("|"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether the text is a key. */
export function isKey(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(error);
    throw new PlaybooksError(`Cannot find "${path}": ${why}; check the path`, {
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
}

function sorted(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort();
}
