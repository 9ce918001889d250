import type { SnapshotHome } from "../../src/engine/turn/scope_snapshots.ts";
import type { Journal } from "../../src/store/file/journal.ts";
import { FileSnapshots } from "../../src/store/file/snapshots.ts";
import type { SimulatedDisk } from "./simulated_disk.ts";

/** The part of a session on a simulated disk that snapshots need. */
export function snapshotHome(disk: SimulatedDisk, journal: Journal): SnapshotHome {
  return {
    id: journal.session,
    get position() {
      return journal.position;
    },
    place: () => ({ position: journal.position, end: journal.size }),
    snapshots: new FileSnapshots(disk, journal),
  };
}
