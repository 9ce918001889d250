// @ts-types="#types/path.d.ts"
import { join } from "@std/path";
import type { AnswerCache } from "../model/mod.ts";

/**
 * Answers of `[model] cache = true`, a file each, in `.cache` beside the sessions. A cache may forget: what cannot be read
 * or written is only asked for again.
 */
export function answerFolder(storagePath: string): AnswerCache {
  const folder = join(storagePath, ".cache");
  return {
    get(key) {
      try {
        return Deno.readTextFileSync(join(folder, `${key}.json`));
      } catch {
        return undefined;
      }
    },
    put(key, text) {
      try {
        Deno.mkdirSync(folder, { recursive: true });
        // Written aside and renamed, so that nobody reads half an answer.
        const aside = join(folder, `${key}.${Deno.pid}.tmp`);
        Deno.writeTextFileSync(aside, text);
        Deno.renameSync(aside, join(folder, `${key}.json`));
      } catch {
        // Forgotten.
      }
    },
  };
}
