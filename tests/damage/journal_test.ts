import { assert, assertEquals, assertMatch } from "@std/assert";
import { PlaybooksError } from "../../src/errors.ts";
import { encodeCursor } from "../../src/store/file/delivery_cursor.ts";
import { recover, recoverAt } from "../../src/store/file/recover.ts";
import { DamagedJournalError } from "../../src/store/storage_error.ts";
import { restoredState } from "../../src/engine/fold/stored_state.ts";
import { type Entry, foldEntries } from "../../src/engine/mod.ts";
import { forEachHarm, report, thorough } from "./harm.ts";
import {
  checkpointPath,
  diskWith,
  entriesOf,
  folder,
  journalPath,
  session,
  store,
  type StoredSession,
} from "./stored_session.ts";
import { exampleText } from "../support/examples.ts";

const options = { session, sync: "always" } as const;

Deno.test("damage: a journal damaged at any byte gives the true state, or is refused with a working recovery hint", async (t) => {
  const entries = await entriesOf(exampleText("tax.pb"), ["50000"]);
  const most = entries.length;
  for (const checkpoints of [[], [4, most >> 1], [most]]) {
    await t.step(`${most} entries, checkpoints at ${checkpoints.join(", ") || "none"}`, () => {
      const stored = store(entries, checkpoints);
      const proved = Math.max(0, ...stored.checkpoints);
      const bytes = stored.files.get(journalPath)!;
      const seen = { whole: 0, torn: 0, refused: 0 };
      const count = forEachHarm(bytes, (harmed, offset, harm) => {
        const where = `${harm} at byte ${offset}`;
        const disk = diskWith(stored, journalPath, harmed);
        const before = disk.operations;
        try {
          const found = recover(disk, folder, options);
          assertTrue(stored, found, where);
          if (found.position === most && found.notices.length === 0) seen.whole++;
          else {
            // A file that was cut exactly after a record gives no sign of the loss.
            const said = /never acknowledged and were dropped/.test(found.notices.join());
            assert(said || harmed.length === stored.ends[found.position], where);
            const toTheEnd = harm === "cut" || harm === "zeroed to the end";
            assert(toTheEnd || offset >= stored.lastAppend - 1, `${where}: more than an append was dropped`);
            assert(found.position >= proved, `${where}: what a checkpoint proves was dropped`);
            seen.torn++;
          }
        } catch (error) {
          assert(error instanceof DamagedJournalError, `${where}: ${error}`);
          assertEquals(disk.operations, before, `${where}: a session that is refused is not changed`);
          const way = /playbooks resume one@(\d+) --fork$/.exec(error.message)?.[1];
          if (way !== undefined) {
            const found = recoverAt(disk, folder, { session, position: Number(way) });
            assertEquals(found.position, Number(way), where);
            assertTrue(stored, found, where);
          } else assert(error.position <= 2, `${where}: ${error.message}`);
          seen.refused++;
        }
      });
      assertEquals(seen.whole + seen.torn + seen.refused, count);
      assert(proved === most || seen.torn > 0, "a torn tail looks like a crash");
      assert(seen.refused > 0 && (checkpoints.length === 0 || seen.whole > 0));
      report("journal", count, seen);
    });
  }
});

Deno.test("damage: a checkpoint damaged at any byte is skipped with a notice, and the state is the true one", async () => {
  const entries = await entriesOf(exampleText("tax.pb"), ["50000"]);
  const most = entries.length;
  const stored = store(entries, [4, most]);
  const path = checkpointPath(most);
  const count = forEachHarm(stored.files.get(path)!, (harmed, offset, harm) => {
    const found = recover(diskWith(stored, path, harmed), folder, options);
    assertEquals(found.position, most);
    assertTrue(stored, found, `${harm} at byte ${offset}`);
    assertEquals(found.notices.length, 1, `${harm} at byte ${offset}`);
  });
  report("checkpoint", count);
});

Deno.test("damage: a blob damaged at any byte is reported by name, and the state before it is available", async () => {
  const stored = store(await entriesOf(longWords, []), [4]);
  const path = [...stored.files.keys()].find((name) => name.includes("/blobs/"))!;
  const bytes = stored.files.get(path)!;
  const count = forEachHarm(bytes, (harmed, offset, harm) => {
    const disk = diskWith(stored, path, harmed);
    try {
      recover(disk, folder, options);
      throw new Error(`${harm} at byte ${offset}: nobody noticed`);
    } catch (error) {
      assert(error instanceof DamagedJournalError, `${harm} at byte ${offset}: ${error}`);
      assertMatch(error.message, /needs \S+, which is damaged; restore that file from a copy, or go on from/);
      assertMatch(error.message, new RegExp(path));
      const found = recoverAt(disk, folder, { session, position: error.position - 1 });
      assertTrue(stored, found, `${harm} at byte ${offset}`);
    }
  }, { stride: thorough ? 1 : 997 });
  report("blob", count);
});

Deno.test("damage: a journal that ends before the delivery cursor is refused, because acknowledged entries are lost", async () => {
  const entries = await entriesOf(exampleText("tax.pb"), ["50000"]);
  const stored = store(entries, []);
  const mark = entries.findLastIndex((entry) => entry.type === "effect" && entry.did?.kind === "said") + 1;
  const bytes = stored.files.get(journalPath)!;
  for (let cut = 0; cut < bytes.length; cut++) {
    const disk = diskWith(stored, journalPath, bytes.slice(0, cut));
    disk.write(`${folder}/shown`, encodeCursor(mark, session));
    const lost = cut < stored.ends[mark]!;
    try {
      const found = recover(disk, folder, options);
      assert(!lost, `cut at byte ${cut}`);
      assertTrue(stored, found, `cut at byte ${cut}`);
    } catch (error) {
      assert(lost && error instanceof DamagedJournalError, `cut at byte ${cut}: ${error}`);
    }
  }
});

Deno.test("damage: a missing or empty file gives a refusal, a notice or a session that has not begun", async () => {
  const entries = await entriesOf(longWords, []);
  const stored = store(entries, [4, entries.length]);
  for (const path of stored.files.keys()) {
    for (const harm of ["gone", "empty"] as const) {
      const disk = diskWith(stored, path, new Uint8Array());
      if (harm === "gone") disk.remove(path);
      try {
        const found = recover(disk, folder, options);
        assertTrue(stored, found, `${path} ${harm}`);
        assertEquals(found.position, entries.length);
      } catch (error) {
        assert(error instanceof PlaybooksError && error.exitCode === 6, `${path} ${harm}: ${error}`);
      }
    }
  }
});

/** A value that is too long for the journal and goes into a blob. */
const longWords = `# A
## Main
### Triggers
- At the beginning
### Steps
- $text = Long()
- Say "done"
- End program

\`\`\`ts
export function Long(): string {
  return "é".repeat(70_000);
}
\`\`\`
`;

function assertTrue(
  stored: StoredSession,
  found: {
    readonly checkpoint?: { readonly state: unknown; readonly format: number };
    readonly entries: readonly unknown[];
    readonly position: number;
  },
  where: string,
): void {
  const from = found.checkpoint && restoredState(found.checkpoint, () => []);
  const state = foldEntries(from, found.entries as readonly Entry[]);
  assertEquals(state.position, found.position, where);
  if (JSON.stringify(state) !== stored.truth[found.position]) throw new Error(`${where}: a wrong state`);
}
