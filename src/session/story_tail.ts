import { decodeEntry, Programs, restoreState } from "../engine/mod.ts";
import type { SessionStore } from "../store/mod.ts";
import type { StoryItem } from "./story.ts";
import { StoryFold } from "./story_fold.ts";

/**
 * The items of the last entries of a session, without those before: `maxEntries` entries.
 * It reads only the end of a long session, from a checkpoint on. Values are texts of at most `maxCharacters`.
 */
export async function readStoryTail(
  store: Pick<SessionStore, "get" | "load" | "read">,
  id: string,
  { maxEntries, maxCharacters }: { readonly maxEntries: number; readonly maxCharacters: number },
): Promise<readonly StoryItem[]> {
  // The summary of a running session may be late: then this reads more than it returns.
  const last = (await store.get(id))?.position ?? 0;
  const programs = new Programs();
  const from = last > maxEntries ? await store.load(id, { position: last - maxEntries }) : undefined;
  const state = from && restoreState(from);
  if (state) await programs.add(Object.values(state.sources));
  const fold = new StoryFold(programs, { ...(state ? { state } : {}), maxCharacters });
  const after = from ? { position: from.position, end: from.end ?? 0 } : undefined;
  const items: StoryItem[] = [];
  for (const { position, entry: stored } of await store.read(id, after ? { after } : {})) {
    if (position <= fold.position) continue;
    const entry = decodeEntry(stored);
    if ("source" in entry && typeof entry.source === "object") await programs.add([entry.source]);
    items.push(...fold.take(entry));
  }
  const first = fold.position - maxEntries;
  return items.filter(({ position }) => position > first);
}
