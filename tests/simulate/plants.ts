import type { FileSystem } from "../../src/store/file/file_system.ts";
import type { JournalFile } from "../../src/store/file/file_system.ts";
import type { Entry, SessionLog } from "../../src/engine/mod.ts";
import type { Delivery, Progress, Sandbox } from "../../src/sandbox/sandbox.ts";
import type { Kind } from "./generate.ts";
import type { Plant } from "./life.ts";

/** A realistic bug at the interfaces of a correct program; `disk` if only a power loss shows it. */
export interface Bug extends Plant {
  readonly name: string;
  readonly onDisk: boolean;
  /** The first seed to try, for a bug that few programs show. */
  readonly firstSeed?: number;
  readonly kind?: Kind;
}

/** The simulator must find each of these bugs. */
export const bugs: readonly Bug[] = [
  {
    name: "acknowledges before the sync",
    onDisk: true,
    disk: (disk) => withFiles(disk, (file) => withSync(file)),
  },
  {
    name: "does not sync the folder",
    onDisk: true,
    disk: (disk) => ({ ...disk, syncFolder: () => {} }),
  },
  {
    name: "leaves a torn tail where it is and goes on behind it",
    onDisk: true,
    disk: (disk) => withFiles(disk, withoutTruncation),
  },
  {
    name: "writes a checkpoint ahead of the journal",
    onDisk: true,
    log: (log) => {
      let held: readonly Entry[] = [];
      return {
        ...delegate(log),
        append: (entries) => {
          held = entries;
        },
        checkpoint: (state, options) => {
          const position = log.checkpoint(state, options);
          if (held.length > 0) log.append(held);
          held = [];
          return position;
        },
      };
    },
  },
  {
    name: "uses a result before it is journaled",
    onDisk: false,
    log: (log) => {
      let held: readonly Entry[] = [];
      const release = () => {
        const entries = held;
        held = [];
        if (entries.length > 0) log.append(entries);
      };
      return {
        ...delegate(log),
        append: (entries) => {
          release();
          held = entries;
        },
        flush: () => {
          release();
          log.flush();
        },
        checkpoint: (state, options) => {
          if (options.last) release();
          return log.checkpoint(state, options);
        },
      };
    },
  },
  {
    name: "counts ordinals wrongly when it runs a turn again",
    onDisk: false,
    onResume: true,
    sandbox: countingBackwards,
  },
  {
    name: "forgets, on resume, what the code had seen of others' variables",
    onDisk: false,
    kind: "confluent",
    entries: (entries) =>
      entries.map((entry) => {
        if (!("out" in entry) || !entry.out?.in) return entry;
        const { in: _, ...out } = entry.out;
        return { ...entry, out } as Entry;
      }),
  },
  {
    name: "loses the last change of variables on resume",
    onDisk: false,
    entries: (entries) => {
      const last = entries.findLastIndex((entry) => "out" in entry && entry.out?.patch !== undefined);
      return entries.map((entry, index) => {
        if (index !== last || !("out" in entry) || !entry.out) return entry;
        const { patch: _, ...out } = entry.out;
        return { ...entry, out } as Entry;
      });
    },
  },
  {
    name: "delivers a message again on resume",
    onDisk: false,
    entries: (entries) =>
      entries.map((entry) => {
        if (entry.type === "thread" && entry.takes) return { ...entry, takes: [] };
        if (entry.type !== "effect" || entry.did?.kind !== "took") return entry;
        const { did: _, ...rest } = entry;
        return rest;
      }),
  },
  {
    name: "does not note what it has shown",
    onDisk: false,
    log: (log) => ({ ...delegate(log), markShown: () => {} }),
  },
  {
    name: "sends a request twice",
    onDisk: false,
    firstSeed: 12,
    fetch: (fetch) =>
      ((url: URL, init: RequestInit) => {
        void fetch(url, init).catch(() => {});
        return fetch(url, init);
      }) as typeof fetch,
  },
  {
    name: "forgets that a request was begun",
    onDisk: false,
    firstSeed: 12,
    entries: (entries) =>
      entries.filter((entry, index) =>
        !(index === entries.length - 1 && entry.type === "start" && entry.wait.kind === "outside")
      ),
  },
];

/** Permits a second writer: each writer sees its own expected file size. */
export function believingItsOwnSize(disk: FileSystem): FileSystem {
  return withFiles(disk, (file) => {
    let size = file.size();
    return {
      ...delegateFile(file),
      size: () => size,
      write: (bytes, at) => {
        file.write(bytes, at);
        size = Math.max(size, at + bytes.length);
      },
      truncate: (to) => {
        file.truncate(to);
        size = to;
      },
    };
  });
}

function withFiles(disk: FileSystem, change: (file: JournalFile) => JournalFile): FileSystem {
  return { ...disk, open: (path, options) => change(disk.open(path, options)) };
}

function delegateFile(file: JournalFile): JournalFile {
  return {
    size: () => file.size(),
    write: (bytes, at) => file.write(bytes, at),
    sync: () => file.sync(),
    truncate: (size) => file.truncate(size),
    bytes: (...range) => file.bytes(...range),
    isInPlace: () => file.isInPlace(),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function withSync(file: JournalFile): JournalFile {
  let due = false;
  return {
    ...delegateFile(file),
    write: (bytes, at) => {
      if (due) file.sync();
      due = false;
      file.write(bytes, at);
    },
    sync: () => {
      due = true;
    },
  };
}

function withoutTruncation(file: JournalFile): JournalFile {
  let hidden = 0;
  return {
    ...delegateFile(file),
    size: () => file.size() - hidden,
    truncate: (size) => {
      hidden = file.size() - size;
    },
  };
}

function delegate(log: SessionLog): SessionLog {
  return {
    append: (entries) => log.append(entries),
    get bytes() {
      return log.bytes;
    },
    flush: () => log.flush(),
    checkpoint: (state, options) => log.checkpoint(state, options),
    shown: () => log.shown(),
    markShown: (position) => log.markShown(position),
    entriesAfter: (position) => log.entriesAfter(position),
    ...(log.snapshots ? { snapshots: log.snapshots } : {}),
  };
}

/** The last of several concurrent requests gets the first number. */
function countingBackwards(sandbox: Sandbox): Sandbox {
  return {
    shouldInterrupt: () => false,
    warm: () => sandbox.warm(),
    restore: () => undefined,
    open: (options) => {
      const scope = sandbox.open(options);
      const swapped = new Map<number, number>();
      const renumber = (progress: Progress): Progress => {
        const ordinals = progress.requests.map((request) => request.ordinal).reverse();
        const requests = progress.requests.map((request, index) => {
          swapped.set(ordinals[index]!, request.ordinal);
          return { ...request, ordinal: ordinals[index]! };
        });
        return { ...progress, requests };
      };
      return {
        isInterrupted: false,
        isCut: false,
        start: () => renumber(scope.start()),
        deliver: (delivery: Delivery) =>
          renumber(
            scope.deliver({ ...delivery, ordinal: swapped.get(delivery.ordinal) ?? delivery.ordinal }),
          ),
        replay: (deliveries: readonly Delivery[]) =>
          renumber(scope.replay(deliveries.map((delivery) => ({
            ...delivery,
            ordinal: swapped.get(delivery.ordinal) ?? delivery.ordinal,
          })))),
        get hasEnded() {
          return scope.hasEnded;
        },
        isObserved: (waits) =>
          scope.isObserved(
            waits.map((wait) => ({ ...wait, ordinal: swapped.get(wait.ordinal) ?? wait.ordinal })),
          ),
        cancelWaits: () => renumber(scope.cancelWaits()),
        capture: () => undefined,
        finish: () => scope.finish(),
        [Symbol.dispose]: () => scope[Symbol.dispose](),
      };
    },
  };
}
