import { join } from "@std/path";
import { realFileSystem } from "../store/mod.ts";
import type { AnswerCache } from "../model/mod.ts";

/**
 * Stores answers for `[model] cache = true`, one file each, in `.cache` beside the sessions. If an answer cannot be read or
 * written, the model is asked again.
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
        // A cache that cannot be written costs a request, not the run.
      }
    },
  };
}
