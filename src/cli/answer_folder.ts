import { join } from "@std/path";
import { realFileSystem } from "../store/mod.ts";
import type { AnswerCache } from "../model/mod.ts";

/**
 * Answers of `[model] cache = true`, a file each, in `.cache` beside the sessions. A cache may forget: what cannot be read
 * or written is only asked for again.
 */
export function answerFolder(storagePath: string): AnswerCache {
  const folder = join(storagePath, ".cache");
  const fs = realFileSystem();
  return {
    get(key) {
      try {
        const bytes = fs.read(`${folder}/${key}.json`);
        return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
      } catch {
        return undefined;
      }
    },
    put(key, text) {
      try {
        fs.makeFolder(folder);
        fs.replace(`${folder}/${key}.json`, new TextEncoder().encode(text));
      } catch {
        // Forgotten.
      }
    },
  };
}
