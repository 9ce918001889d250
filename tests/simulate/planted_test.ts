import { assert, assertEquals, assertThrows } from "@std/assert";
import { type FileSystem } from "../../src/store/file/file_system.ts";
import { recover } from "../../src/store/file/recover.ts";
import { SimulatedDisk } from "../support/simulated_disk.ts";
import { believingItsOwnSize, type Bug, bugs } from "./plants.ts";
import { Failure, type Figures, simulate, type Trial } from "./simulate.ts";
import { simulateOnDisk } from "./simulate_disk.ts";

/** After this many seeds a bug counts as not found. */
const maxSeeds = 12;

for (const bug of bugs) {
  Deno.test(`simulate: it finds a program that ${bug.name}`, async () => {
    const seed = await findSeed(bug);
    assert(seed !== undefined, `not found in ${maxSeeds} seeds`);
    const { plant: _, ...sound } = trialOf(bug);
    await tryOnce(seed, bug.onDisk, sound);
  });
}

Deno.test("simulate: two writers are caught by the journal's size before any append, and not without that check", () => {
  assertThrows(() => writeTwice((disk) => disk), Error, "another process has written to its journal");
  assertEquals(writeTwice(believingItsOwnSize), ["begun", "first"], "what the second had written is lost");
});

/** The first seed that shows a bug. */
async function findSeed(bug: Bug): Promise<string | undefined> {
  const first = bug.firstSeed ?? 1;
  for (let seed = first; seed < first + maxSeeds; seed++) {
    try {
      await tryOnce(`p${seed}`, bug.onDisk, trialOf(bug));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return `p${seed}`;
    }
  }
  return undefined;
}

function tryOnce(seed: string, onDisk: boolean, trial: Trial): Promise<void> {
  const figures: Figures = { seeds: 0, deaths: 0, lives: 0, entries: 0 };
  return onDisk ? simulateOnDisk(seed, trial, figures) : simulate(seed, trial, figures);
}

function trialOf(plant: Bug): Trial {
  return { maxCuts: 8, againEvery: 3, plant, ...(plant.kind ? { kind: plant.kind } : {}) };
}

/** The final entries after a process is stopped, a second one takes over, and the first one wakes up. */
function writeTwice(plant: (disk: FileSystem) => FileSystem): readonly unknown[] {
  const disk = new SimulatedDisk();
  const options = { session: "twice", sync: "always" } as const;
  const first = recover(plant(wrap(disk)), "/s", options).journal;
  first.append(["begun"]);
  const second = recover(plant(wrap(disk)), "/s", options).journal;
  second.append(["second"]);
  first.append(["first"]);
  return recover(disk, "/s", options).entries;
}

/** A disk as a plain object that can be spread. */
function wrap(disk: FileSystem): FileSystem {
  return {
    open: (path, options) => disk.open(path, options),
    read: (path, options) => disk.read(path, options),
    replace: (path, bytes) => disk.replace(path, bytes),
    create: (path, bytes) => disk.create(path, bytes),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    list: (folder) => disk.list(folder),
    makeFolder: (path) => disk.makeFolder(path),
    syncFolder: (path) => disk.syncFolder(path),
  };
}
