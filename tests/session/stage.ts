import {
  beginSession,
  type EngineWorld,
  type Entry,
  foldEntries,
  memoryLog,
  Programs,
  resumeSession,
  type RunResult,
  type RuntimeSettings,
  Session,
  sourceOf,
} from "../../src/engine/mod.ts";
import { sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import { loadSandbox } from "../../src/sandbox/mod.ts";
import type { FrontEnd } from "../../src/session/mod.ts";
import { memoryInbox } from "../../src/session/inbox_message.ts";
import { LiveSession } from "../../src/session/live_session.ts";
import { defaultSettings } from "../support/harness.ts";

/** The data that survives a process: the journal, the inbox, and the delivery cursor. */
export interface Stored {
  readonly entries: Entry[];
  readonly inbox: ReturnType<typeof memoryInbox>;
  shown: number;
}

export function nothingStored(): Stored {
  return { entries: [], inbox: memoryInbox(), shown: 0 };
}

export interface RunOptions {
  readonly settings?: RuntimeSettings;
  readonly fetch?: typeof fetch;
  readonly lookup?: EngineWorld["lookup"];
  /** Called when the run has begun. */
  readonly onBegin?: (live: LiveSession) => void;
  /** The process dies when this is true for the entries, before any action on the last append. */
  readonly diesWhen?: (entries: readonly Entry[]) => boolean;
}

/** Runs a program of code playbooks in the real engine on the stored data. */
export async function runLive(
  text: string,
  stored: Stored,
  frontEnd: FrontEnd,
  options: RunOptions = {},
): Promise<{ readonly live: LiveSession; readonly result: RunResult | "died" }> {
  const source = sourceOf([{ path: "test.pb", text }], []);
  const programs = new Programs();
  await programs.add([source]);
  const process = {
    at: Date.now(),
    pid: 1,
    host: "test",
    model: "none",
    settings: options.settings ?? defaultSettings,
  };
  const restored = stored.entries.length === 0
    ? beginSession({ id: "s", source, parameters: {} }, process)
    : resumeSession(foldEntries(undefined, structuredClone(stored.entries)), process, {
      pin: false,
      programs,
      confirmed: false,
    });
  const { entries, inbox } = stored;
  const live = new LiveSession({ restored, programs, frontEnd, inbox, history: () => entries });
  const memory = memoryLog(entries);
  const log = live.logTo({
    ...memory,
    append: (fresh) => {
      memory.append(fresh);
      if (options.diesWhen?.(entries)) throw new Died();
    },
    shown: () => stored.shown,
    markShown: (position) => void (stored.shown = position),
  });
  const session = new Session({
    state: restored.state,
    log,
    world: {
      ...world,
      ...(options.fetch ? { fetch: options.fetch } : {}),
      ...(options.lookup ? { lookup: options.lookup } : {}),
    },
    ui: live.ui,
    models: {
      pick: () => {
        throw new Error("no model in tests");
      },
    },
    programs,
    sandbox: () => loadSandbox(sandboxBuiltins),
  });
  live.begin((post) => session.receive(post));
  options.onBegin?.(live);
  try {
    log.append(restored.entries);
    const result = await session.run({ signal: live.stopped, onRestored: () => live.restored() });
    live.end(result.kind === "failed" || result.kind === "completed" ? result.kind : "stopped");
    return { live, result };
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    return { live, result: "died" };
  }
}

class Died extends Error {}

const world: EngineWorld = {
  now: Date.now,
  elapsed: () => performance.now(),
  wait: (ms, { signal }) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done, { once: true });
    }),
  pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
  fetch: () => Promise.reject(new Error("no network in tests")),
  readFile: () => {
    throw new Error("no files in tests");
  },
  programFolder: "/",
};
