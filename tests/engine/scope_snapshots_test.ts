import { assert, assertEquals } from "@std/assert";
import { recover } from "../../src/store/file/recover.ts";
import { storedSnapshots } from "../../src/store/file/snapshots.ts";
import { isSealed, type ScopeSnapshot, ScopeSnapshots } from "../../src/engine/turn/scope_snapshots.ts";
import { testSeal } from "../support/test_seal.ts";
import { SimulatedDisk } from "../support/simulated_disk.ts";
import { snapshotHome } from "../support/snapshot_home.ts";

const folder = "/s/one";
const seal = testSeal("mine");
const snapshot: ScopeSnapshot = {
  about: { begun: 7, source: "abc", delivered: 2000, last: 2007, asked: 2001 },
  bytes: Uint8Array.from({ length: 5000 }, (_, index) => index % 251),
};

Deno.test("snapshots: a snapshot is read unchanged, also by another run", () => {
  const disk = new SimulatedDisk();
  using journal = recover(disk, folder, { session: "one", sync: "always" }).journal;
  const snapshots = new ScopeSnapshots(snapshotHome(disk, journal), { seal });
  assertEquals(snapshots.read("f2"), undefined);
  snapshots.keep("f2", snapshot);
  assertEquals(snapshots.read("f2"), snapshot);
  assertEquals(new ScopeSnapshots(snapshotHome(disk, journal), { seal }).read("f2"), snapshot);
});

Deno.test("snapshots: a snapshot that was changed or cut anywhere is skipped", () => {
  const disk = new SimulatedDisk();
  using journal = recover(disk, folder, { session: "one", sync: "always" }).journal;
  const snapshots = new ScopeSnapshots(snapshotHome(disk, journal), { seal });
  snapshots.keep("f2", snapshot);
  const path = `${folder}/scopes/f2.image`;
  const whole = disk.read(path)!.slice();
  for (let at = 0; at < whole.length; at += 3) {
    disk.corrupt(path, () => whole.slice(0, at));
    assertEquals(snapshots.read("f2"), undefined, `cut at ${at}`);
    disk.corrupt(path, () => whole.map((byte, index) => index === at ? byte ^ 4 : byte));
    assertEquals(snapshots.read("f2"), undefined, `changed at ${at}`);
  }
});

Deno.test("snapshots: a new one is due when the journal grew by four times the last one; those of ended frames are removed", () => {
  const disk = new SimulatedDisk();
  using journal = recover(disk, folder, { session: "one", sync: "off" }).journal;
  const snapshots = new ScopeSnapshots(snapshotHome(disk, journal), { seal });
  assert(snapshots.isDue("f2"));
  snapshots.keep("f2", snapshot);
  snapshots.keep("f3", snapshot);
  assert(!snapshots.isDue("f2"));
  journal.append(["x".repeat(19_000)]);
  assert(!snapshots.isDue("f2"));
  journal.append(["x".repeat(3_000)]);
  assert(snapshots.isDue("f2"));
  snapshots.prune(new Set(["f3"]));
  assertEquals([snapshots.read("f2"), snapshots.read("f3")], [undefined, snapshot]);
  assertEquals(disk.list(`${folder}/scopes`), ["f3.image"]);
});

Deno.test("snapshots: a snapshot is read only with the mark of this user, session and frame", () => {
  const disk = new SimulatedDisk();
  using journal = recover(disk, folder, { session: "one", sync: "always" }).journal;
  const snapshots = new ScopeSnapshots(snapshotHome(disk, journal), { seal });
  snapshots.keep("f2", snapshot);
  const read = (of: ScopeSnapshots, frame = "f2") => of.read(frame);
  assertEquals(read(snapshots), snapshot);
  const foreign = (session: string) =>
    [...storedSnapshots(disk, folder)]
      .filter(({ name, bytes }) => !isSealed(seal, session, name, bytes)).map(({ file }) => file);
  assertEquals(foreign("one"), []);

  assertEquals(
    read(new ScopeSnapshots(snapshotHome(disk, journal), { seal: testSeal("theirs") })),
    undefined,
  );
  assertEquals(read(new ScopeSnapshots(snapshotHome(disk, journal), {})), undefined);
  const bytes = disk.read(`${folder}/scopes/f2.image`)!.slice();
  disk.write(`${folder}/scopes/f3.image`, bytes);
  assertEquals(read(snapshots, "f3"), undefined);
  assertEquals(foreign("one"), ["f3.image"]);
  assertEquals(foreign("two"), ["f2.image", "f3.image"]);

  using other = recover(disk, "/s/two", { session: "two", sync: "always" }).journal;
  disk.makeFolder("/s/two/scopes");
  disk.write("/s/two/scopes/f2.image", bytes);
  assertEquals(read(new ScopeSnapshots(snapshotHome(disk, other), { seal })), undefined);
  // Without a seal no snapshot is due, so none is captured.
  assert(!new ScopeSnapshots(snapshotHome(disk, journal), {}).isDue("f9"));
});

Deno.test("snapshots: a snapshot of a newer format is ignored with a notice", () => {
  const disk = new SimulatedDisk();
  using journal = recover(disk, folder, { session: "one", sync: "always" }).journal;
  const notices: string[] = [];
  const snapshots = new ScopeSnapshots(snapshotHome(disk, journal), {
    seal,
    onNotice: (text) => notices.push(text),
  });
  snapshots.keep("f2", { ...snapshot, about: { ...snapshot.about, version: 2 } as ScopeSnapshot["about"] });
  assertEquals(snapshots.read("f2"), undefined);
  assertEquals(notices, [
    "The snapshot of frame f2 was written by a newer playbooks (format 2); its code is replayed",
  ]);
});
