import { assert, assertEquals } from "@std/assert";
import { recover } from "../../src/store/file/recover.ts";
import { ScopeSnapshots } from "../../src/engine/turn/scope_snapshots.ts";
import { play, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";
import { SimulatedDisk } from "../support/simulated_disk.ts";
import { snapshotHome } from "../support/snapshot_home.ts";
import { testSeal } from "../support/test_seal.ts";

const program = (end: string) =>
  `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Work

\`\`\`js
export async function Work() {
  let words = "";
  for (let n = 0; n < 4; n++) words += await Yield("user");
  await Sleep(1);
  return words + "${end}";
}
\`\`\`
`;

const model = scriptedModel({ Main: ['await Say("user", await Work()); Return();'] });

/** An empty place for snapshots. */
function emptySnapshots(): ScopeSnapshots {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, "/s/one", { session: "one", sync: "always" });
  return new ScopeSnapshots(snapshotHome(disk, journal), { seal: testSeal("mine") });
}

/** Plays to the end; returns the entries up to the last wait of the code. Its history includes the snapshot. */
async function stopped(text: string, options: PlayOptions) {
  const whole = await play(text, { model, resultsPerSnapshot: 3, ...options });
  assertEquals(whole.result, { kind: "completed" });
  const sleep = whole.entries.findIndex((entry) => entry.type === "start" && entry.wait.kind === "sleep");
  const frame = whole.entries.find((entry) => entry.type === "call")!.callee.id;
  return { entries: whole.entries.slice(0, sleep + 1), frame };
}

Deno.test("snapshots: code that continues from its snapshot says the same", async () => {
  const snapshots = emptySnapshots();
  const { entries, frame } = await stopped(program("."), { snapshots, replies: ["a", "b", "c", "d"] });
  assert(snapshots.read(frame), "a snapshot was kept");
  const resumed = await play(program("."), { model, from: entries, snapshots, resultsPerSnapshot: 3 });
  assertEquals(resumed.said, ["abcd."]);
});

Deno.test("snapshots: a snapshot of the old text is not used after an edit", async () => {
  const snapshots = emptySnapshots();
  const { entries } = await stopped(program("."), { snapshots, replies: ["a", "b", "c", "d"] });
  const resumed = await play(program("!"), { model, from: entries, snapshots, resultsPerSnapshot: 3 });
  assertEquals(resumed.said, ["abcd!"]);
});

Deno.test("snapshots: a snapshot of another history, with results at other positions, is not used", async () => {
  const snapshots = emptySnapshots();
  const text = program(".");
  await stopped(text, { snapshots, replies: ["a", "b", "c", "d"] });
  const longer = scriptedModel({
    Main: ['await Say("user", "first"); await Say("user", await Work()); Return();'],
  });
  const { entries, frame } = await stopped(text, { model: longer, replies: ["w", "x", "y", "z"] });
  const snapshot = snapshots.read(frame);
  assert(snapshot);
  // The snapshot claims to be of this turn; only the position of its last result differs.
  const begun = entries.findIndex((entry) => entry.type === "call") + 1;
  snapshots.keep(frame, { bytes: snapshot.bytes, about: { ...snapshot.about, begun } });
  const resumed = await play(text, { model: longer, from: entries, snapshots, resultsPerSnapshot: 3 });
  assertEquals(resumed.said, ["wxyz."]);
});
