import { sandboxBuiltins } from "../../../engine/mod.ts";
import { Sentinel, unresponsiveLines } from "../../../frontends/mod.ts";
import { loadSandbox, type Sandbox } from "../../../sandbox/mod.ts";
import type { World } from "../../world.ts";
import type { Interrupts } from "./interrupts.ts";

/** The sandbox of a run, which is loaded when it is first needed. */
export interface SandboxLoading {
  /** Loads the sandbox, once. */
  readonly load: () => Promise<Sandbox>;
  /**
   * Resolves when no load is going on; never rejects. A process that exits while the thread of the sentinel starts can
   * wait for that thread forever, so a run waits here before it ends.
   */
  readonly settled: () => Promise<void>;
}

/** Loads the sandbox, once. Before that, starts a sentinel and gives up the right to run programs, if neither a server nor a notification needs it. */
export function sandboxLoader(
  world: World,
  interrupts: Interrupts,
  { session, startsPrograms }: { readonly session: string | undefined; readonly startsPrograms: boolean },
): SandboxLoading {
  let loading: Promise<Sandbox> | undefined;
  const load = async () => {
    const listens = world.ownsProcess && startSentinel(world, interrupts, session);
    // Without this right Deno 2.7 does not let a process end itself, as PLAYBOOKS_CRASH_AT does.
    // A tool server that died is started again.
    if (world.environment["PLAYBOOKS_CRASH_AT"] === undefined && !startsPrograms) {
      await Deno.permissions.revoke({ name: "run" });
    }
    const sandbox = await loadSandbox(sandboxBuiltins);
    sandbox.shouldInterrupt = interrupts.isPending;
    // A signal must be heard while code runs, from the first line on.
    await listens;
    return sandbox;
  };
  return {
    load: () => loading ??= load(),
    settled: async () => {
      await loading?.catch(() => {
        // The code that needed the sandbox has reported the error.
      });
    },
  };
}

async function startSentinel(
  world: World,
  interrupts: Interrupts,
  session: string | undefined,
): Promise<void> {
  try {
    const sentinel = new Sentinel(world.stderr, unresponsiveLines(session));
    interrupts.watchedBy(sentinel);
    await sentinel.ready;
  } catch {
    // Without the thread, a busy main thread hears signals when its code reaches its bound.
  }
}

/** Loads the sandbox while a model is thinking, so that the answer need not wait for it. */
export function loadSoon({ load, settled }: SandboxLoading): AsyncDisposable {
  const timer = setTimeout(() => {
    load().then((sandbox) => sandbox.warm()).catch(() => {
      // The first code that needs the sandbox gets the same error.
    });
  }, loadAfterMs);
  return {
    [Symbol.asyncDispose]: () => {
      clearTimeout(timer);
      return settled();
    },
  };
}

/** Enough for the first request to leave. Code may load the sandbox earlier. */
const loadAfterMs = 100;
