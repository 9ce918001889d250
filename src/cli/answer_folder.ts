import { join } from "@std/path";
import { realFileSystem, Vault } from "../store/mod.ts";
import type { AnswerCache } from "../model/mod.ts";
import type { Config } from "./config.ts";
import { storageKey } from "./stored_sessions.ts";
import type { World } from "./world.ts";

/**
 * Stores answers for `[model] cache = true`, one file each, in `.cache` beside the sessions. If an answer cannot be read or
 * written, the model is asked again. With `[durability] encrypt = true`, the answers are encrypted.
 */
export function answerFolder(
  { storagePath, encrypt }: Pick<Config, "storagePath" | "encrypt">,
  world: Pick<World, "environment">,
): AnswerCache {
  const folder = join(storagePath, ".cache");
  const fs = realFileSystem();
  const vault = new Vault(fs, storagePath, { key: storageKey(world), encrypt });
  const codecFor = () => vault.storageCodec("answers");
  return {
    get(key) {
      try {
        const codec = codecFor();
        const name = codec.nameOf(key);
        const stored = fs.read(`${folder}/${name}.json`);
        const bytes = stored && codec.openBytes(name, stored);
        return bytes && new TextDecoder().decode(bytes);
      } catch {
        return undefined;
      }
    },
    put(key, text) {
      try {
        fs.makeFolder(folder);
        const codec = codecFor();
        const name = codec.nameOf(key);
        fs.replace(`${folder}/${name}.json`, codec.sealBytes(name, new TextEncoder().encode(text)));
      } catch {
        // A cache that cannot be written costs a request, not the run.
      }
    },
  };
}
