import { assert, assertEquals, assertMatch } from "@std/assert";
import { writeCheckpoint } from "../../src/store/file/checkpoint.ts";
import { encodeCursor } from "../../src/store/file/delivery_cursor.ts";
import { recover } from "../../src/store/file/recover.ts";
import { writeSessionFile } from "../../src/store/file/session_file.ts";
import { changed, newSessionFile } from "../../src/store/session_summary.ts";
import type { SimulatedDisk } from "../support/simulated_disk.ts";
import { forEachHarm, thorough } from "./harm.ts";
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
import { verifiedSession } from "../support/verified_session.ts";

Deno.test("verify: an undamaged session is reported as sound, and nothing is changed", async () => {
  const { stored, entries } = await taxes();
  const disk = withSessionFile(diskWith(stored, "", new Uint8Array()), entries);
  const before = disk.operations;
  const { findings, notes, ...report } = verifiedSession("/s", session, disk);
  assertEquals([findings, notes], [[], []]);
  assertEquals(report, { id: session, running: false, entries, checkpoints: 2, blobs: 0 });
  assertEquals(disk.operations, before);
});

Deno.test("verify: any damage to a journal or a checkpoint is found, also a cut at any byte", async () => {
  const { stored, entries } = await taxes();
  for (const path of [journalPath, checkpointPath(entries)]) {
    forEachHarm(stored.files.get(path)!, (harmed, offset, harm) => {
      const disk = withSessionFile(diskWith(stored, path, harmed), entries);
      const { findings } = verifiedSession("/s", session, disk);
      assert(findings.length > 0, `${path} ${harm} at byte ${offset}`);
      assert(findings.every(({ lost, fix }) => lost !== "" && fix !== ""));
    }, { stride: thorough ? 1 : 23 });
  }
});

Deno.test("verify: a valid checkpoint that does not match its entries is found", async () => {
  const { stored, entries } = await taxes();
  const disk = withSessionFile(diskWith(stored, "", new Uint8Array()), entries);
  {
    const found = recover(disk, folder, { session, sync: "always" });
    using journal = found.journal;
    const state = found.checkpoint?.state as { agents: Record<string, { entries: number }> };
    state.agents["1000"]!.entries++;
    writeCheckpoint(journal, state, { maxCheckpointSizeMb: 100 });
  }
  const { findings } = verifiedSession("/s", session, disk);
  assertEquals(findings.map(({ file, what }) => `${file} ${what}`), [
    `one_program_ckpt_${entries}.json does not hold the state that the first ${entries} entries lead to`,
  ]);
});

Deno.test("verify: a torn tail is distinguished from damage, and a delivery cursor after the last entry is found", async () => {
  const { stored, entries } = await taxes({ last: false });
  const bytes = stored.files.get(journalPath)!;
  const cut = bytes.slice(0, stored.ends[entries - 2]! + 20);
  const torn = verifiedSession("/s", session, diskWith(stored, journalPath, cut));
  assertEquals(torn.findings.map(({ file }) => file), ["session.json"], "which these tests do not write");
  assertMatch(torn.notes.join(), /^The journal's last 20 bytes, after entry \d+, are torn/);
  const disk = diskWith(stored, journalPath, cut);
  disk.write(`${folder}/shown`, encodeCursor(entries, session));
  const shown = verifiedSession("/s", session, disk);
  assertMatch(shown.findings.map(({ what }) => what).join(), new RegExp(`and shown knows of ${entries}`));
});

async function taxes(
  options: { readonly last: boolean } = { last: true },
): Promise<{ readonly stored: StoredSession; readonly entries: number }> {
  const entries = await entriesOf(exampleText("tax.pb"), ["50000"]);
  const stored = store(entries, options.last ? [4, entries.length] : [4]);
  return { stored, entries: entries.length };
}

function withSessionFile(disk: SimulatedDisk, position: number): SimulatedDisk {
  const file = newSessionFile({
    id: session,
    key: "1111111111111111",
    programPaths: ["/x.pb"],
    host: "here",
    pid: 1,
  }, {
    nowMs: 0,
  });
  writeSessionFile(disk, folder, changed(file, { position, status: "completed" }, { nowMs: 0 }));
  return disk;
}
