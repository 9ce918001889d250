import { realFileSystem } from "../journal/mod.ts";
import { Sessions } from "../sessions/mod.ts";
import { tell } from "../ui/tell.ts";
import { loadConfig } from "./load_config.ts";
import type { World } from "./world.ts";

/** The sessions that the configuration of the current folder, or the one named, leads to. */
export function storedSessions(options: { readonly config?: string }, world: World): Sessions {
  const config = loadConfig(options.config === undefined ? {} : { config: options.config }, world);
  return new Sessions(config.storagePath, { fs: realFileSystem(), nowMs: world.now });
}

/** Says what the sessions' store has to say of itself, such as a file that could not be read. */
export function tellNotices(sessions: Sessions, world: World): void {
  for (const notice of sessions.takeNotices()) tell(world.stderr, `⚠️  ${notice}\n`);
}

/** Bytes of a session's folder: journal, checkpoints and blobs. */
export function sizeOfFolder(folder: string): number {
  const sizes = unlessGone(() =>
    Array.from(Deno.readDirSync(folder), ({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      return isDirectory ? sizeOfFolder(path) : unlessGone(() => Deno.statSync(path).size) ?? 0;
    })
  );
  return (sizes ?? []).reduce((sum, size) => sum + size, 0);
}

/** Bytes in words: `12 kB`. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, size] = bytes < 1e6
    ? ["kB", 1e3] as const
    : bytes < 1e9
    ? ["MB", 1e6] as const
    : ["GB", 1e9] as const;
  return `${Number((bytes / size).toPrecision(3))} ${unit}`;
}

/** US dollars in words; a rehearsal costs nothing, and many turns cost less than a cent. */
export function costInWords(costUsd: number): string {
  return `$${costUsd.toFixed(costUsd > 0 && costUsd < 1 ? 4 : 2)}`;
}

/** A session may be run or removed while we look: its checkpoints are renamed and pruned. */
function unlessGone<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
