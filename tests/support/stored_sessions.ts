import { FileStore, type SessionChange } from "../../src/store/mod.ts";

/** The time of `worldIn`. */
export const worldTimeMs = Date.parse("2026-03-01T12:00:00Z");
const dayMs = 86_400_000;

/** A stored session without entries. */
export interface GivenSession extends SessionChange {
  readonly daysAgo: number;
}

/** Stores sessions, the first one first, in a folder's `.checkpoints`. Returns their ids. */
export async function storeSessions(
  folder: string,
  all: readonly GivenSession[],
): Promise<readonly string[]> {
  const ids = [];
  for (const { daysAgo, name, programPaths = ["/work/a.pb"], key, ...change } of all) {
    const nowMs = () => worldTimeMs - daysAgo * dayMs;
    const store = new FileStore(`${folder}/.checkpoints`, { nowMs });
    await using session = await store.begin(
      { key: key ?? "9a7c99531ca8abb1", programPaths, ...(name !== undefined && { name }) },
      { pid: 1, host: "here", sync: "off" },
    );
    await store.update(session.id, { status: "completed", ...change });
    ids.push(session.id);
  }
  return ids;
}
