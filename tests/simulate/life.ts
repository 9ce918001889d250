import {
  beginSession,
  type Entry,
  foldEntries,
  Programs,
  resumeSession,
  type RunResult,
  Session,
  type SessionLog,
  type Source,
  sourceOf,
  type State,
} from "../../src/engine/mod.ts";
import type { FileSystem } from "../../src/store/file/file_system.ts";
import { sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import { loadSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { defaultSettings } from "../support/harness.ts";
import type { Generated } from "./generate.ts";
import type { Random } from "./random.ts";
import type { Operation, Tape } from "./tape.ts";
import { SimulatedWorld } from "./world.ts";

/** A parsed program for many runs. */
export interface Stage {
  readonly program: Generated;
  readonly source: Source;
  readonly programs: Programs;
  readonly sandbox: Sandbox;
}

/** Parses a program. */
export async function stageOf(program: Generated): Promise<Stage> {
  const source = sourceOf([{ path: "simulated.pb", text: program.text }], []);
  const programs = new Programs();
  await programs.add([source]);
  return { program, source, programs, sandbox: await loadSandbox(sandboxBuiltins) };
}

/** A planted fault at the interfaces of a process. */
export interface Plant {
  /** Only processes that resume a session have the fault. */
  readonly onResume?: boolean;
  readonly log?: (log: SessionLog) => SessionLog;
  readonly sandbox?: (sandbox: Sandbox) => Sandbox;
  readonly disk?: (disk: FileSystem) => FileSystem;
  /** The data that recovery reads. */
  readonly entries?: (entries: readonly Entry[]) => readonly Entry[];
  readonly fetch?: (fetch: typeof globalThis.fetch) => typeof globalThis.fetch;
}

/** The starting point of a process. */
export interface Before {
  /** The entries that recovery found; none for a new session. */
  readonly entries: readonly Entry[];
  readonly shown: number;
}

/** A process from its start to its end or to its cut. */
export interface Life {
  readonly before: Before;
  readonly tape: Tape;
  readonly result: RunResult | { readonly kind: "threw"; readonly error: unknown };
  readonly state: State;
}

/** Options of a process. */
export interface Living {
  readonly random: Random;
  readonly plant?: Plant | undefined;
  /** The log; by default one in memory. */
  readonly log?: SessionLog;
  /** The tape to write on; by default a new one. */
  readonly tape?: Operation[];
  /** The recovered state; by default folded from the entries. */
  readonly recovered?: State;
}

const startMs = 1_700_000_000_000;

/** Runs a session from its current state to its end. */
export async function live(stage: Stage, before: Before, options: Living): Promise<Life> {
  const { random, plant } = options;
  const found = plant?.entries?.(before.entries) ?? before.entries;
  const at = found.at(-1)?.at;
  const world = new SimulatedWorld(random, stage.program, {
    // The computer was off for some time, and its clock may have been set back.
    startMs: at === undefined ? startMs : at + random.pick([0, 1_000, 3_600_000, -3_600_000]),
    answered: found.filter((entry) => entry.type === "message").length,
    tape: options.tape ?? [],
  });
  const settings = {
    ...defaultSettings,
    durability: { ...defaultSettings.durability, uncertain: "ask" as const },
    permissions: { ...defaultSettings.permissions, net: ["sim"] },
  };
  const process = { at: at ?? startMs, pid: 1, host: "simulated", model: "simulated", settings };
  const { state, entries } = found.length === 0
    ? beginSession({ id: "simulated", source: stage.source, parameters: {} }, process)
    : resumeSession(options.recovered ?? foldEntries(undefined, jsonCopy(found)), process, {
      source: stage.source,
      pin: false,
      programs: stage.programs,
      confirmed: true,
    });
  const inner = options.log ?? logInMemory(world.tape, { ...before, entries: found });
  const log = world.watch(plant?.log?.(inner) ?? inner);
  try {
    await log.append(entries);
    const session = new Session({
      state,
      log,
      world: plant?.fetch ? { ...world.world, fetch: plant.fetch(world.world.fetch) } : world.world,
      ui: world.ui,
      models: { pick: () => world.model },
      programs: stage.programs,
      sandbox: plant?.sandbox?.(stage.sandbox) ?? stage.sandbox,
      maxLiveScopes: random.pick([0, 1, 2, 64]),
      resultsPerSnapshot: random.pick([1, 2, 5]),
    });
    const interrupt = new AbortController();
    const result = await world.play(session.run({ signal: interrupt.signal }));
    return { before, tape: world.tape, result, state };
  } catch (error) {
    return { before, tape: world.tape, result: { kind: "threw", error }, state };
  }
}

/** A value after its round trip through the journal. */
export function jsonCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

function logInMemory(tape: Operation[], before: Before): SessionLog {
  const entries = [...before.entries];
  let shown = before.shown;
  return {
    append: (fresh) => {
      const copies = jsonCopy(fresh);
      entries.push(...copies);
      tape.push({ kind: "append", entries: copies });
    },
    bytes: 0,
    flush: () => {},
    checkpoint: () => undefined,
    shown: () => shown,
    markShown: (position) => {
      shown = position;
      tape.push({ kind: "marked", position });
    },
    entriesAfter: (position) => entries.slice(position),
  };
}
