import { assert, assertEquals } from "@std/assert";
import { BlobStore } from "../../src/store/file/blobs.ts";
import { readCheckpoint } from "../../src/store/file/checkpoint.ts";
import { readEntries } from "../../src/store/file/recover.ts";
import { checkpointName, writeCheckpoint } from "../../src/store/file/checkpoint.ts";
import { recover } from "../../src/store/file/recover.ts";
import { applyEntry } from "../../src/engine/fold/apply.ts";
import { loadHistories, restoredState, storedState } from "../../src/engine/fold/stored_state.ts";
import { markLists } from "../../src/engine/mark_lists.ts";
import { decodeEntry, encodeEntry, foldEntries } from "../../src/engine/mod.ts";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";
import { SimulatedDisk } from "../support/simulated_disk.ts";

const folder = "/s/one";
const session = "one";

const program = `# Clerk

## Main
### Triggers
- At the beginning
### Steps
- Work

## Look
### Steps
- Look

\`\`\`js
export async function Work(n) {
  for (let i = 0; i < n; i++) {
    state.items = i === 0 ? [] : state.items;
    state.items.push("item " + i + " " + "x".repeat(2000));
    if (i === 150) state.other = [...state.items];
    if (i > 150) state.other.push(i);
    if (i === 200) state.items.splice(20, 3);
    await SaveArtifact("note", "", "n" + i);
    if (i % 20 === 0) await Look();
  }
  return state.items.length;
}
\`\`\`
`;

Deno.test("lists: a checkpoint shares list items with earlier ones and gives the same state as the entries", async () => {
  const { entries } = await play(program, {
    model: scriptedModel({
      Main: ["Step('01'); const n = await Work(300); EndProgram();"],
      Look: ["Return(state.items.length);"],
    }),
  });
  const stored = entries.map((entry) => JSON.parse(JSON.stringify(encodeEntry(entry))));
  assert(stored.length > 300);
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, { session, sync: "always" });
  const state = foldEntries(undefined, []);
  let inline = 0;
  for (const [index, entry] of stored.entries()) {
    journal.append([entry]);
    applyEntry(state, decodeEntry(entry));
    if (index % 25 !== 24) continue;
    const whole = JSON.stringify(state);
    const written = writeCheckpoint(journal, markLists(storedState(state)), { maxCheckpointSizeMb: 1 });
    assert(written.kind === "written");
    inline = Math.max(inline, disk.read(`${folder}/${checkpointName(session, index + 1)}`)!.length);
    const blobs = new BlobStore(disk, folder);
    const read = readCheckpoint(disk, folder, { session, position: index + 1, blobs });
    assert("checkpoint" in read);
    const back = restoredState(
      read.checkpoint,
      (after) => readEntries(disk, folder, { session, after }),
    );
    loadHistories(back);
    assertEquals(JSON.parse(JSON.stringify(back)), JSON.parse(whole), `after ${index + 1} entries`);
  }
  const kept = disk.list(`${folder}/blobs`)
    .reduce((sum, name) => sum + disk.read(`${folder}/blobs/${name}`)!.length, 0);
  assert(inline < 300_000, `${inline} bytes inline`);
  // 600 KB of items, the same again after the splice, and the first items of the copy.
  assert(kept < 1_700_000, `${kept} bytes in blobs`);
});
