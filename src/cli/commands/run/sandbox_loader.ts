import { sandboxBuiltins } from "../../../engine/mod.ts";
import { Sentinel, unresponsiveLines } from "../../../frontends/mod.ts";
import { loadSandbox, type Sandbox } from "../../../sandbox/mod.ts";
import type { World } from "../../world.ts";
import type { Interrupts } from "./interrupts.ts";

/** Loads the sandbox, once. Before that, starts a sentinel and gives up the right to run programs. */
export function sandboxLoader(
  world: World,
  interrupts: Interrupts,
  session: string | undefined,
): () => Promise<Sandbox> {
  let loading: Promise<Sandbox> | undefined;
  const load = async () => {
    const listens = world.ownsProcess && startSentinel(world, interrupts, session);
    // Without this right Deno 2.7 does not let a process end itself, as PLAYBOOKS_CRASH_AT does.
    if (world.environment["PLAYBOOKS_CRASH_AT"] === undefined) await Deno.permissions.revoke({ name: "run" });
    const sandbox = await loadSandbox(sandboxBuiltins);
    sandbox.shouldInterrupt = interrupts.isPending;
    // A signal must be heard while code runs, from the first line on.
    await listens;
    return sandbox;
  };
  return () => loading ??= load();
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
export function loadSoon(load: () => Promise<Sandbox>): Disposable {
  const timer = setTimeout(() => {
    load().then((sandbox) => sandbox.warm()).catch(() => {
      // The first code that needs the sandbox gets the same error.
    });
  }, loadAfterMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Enough for the first request to leave. Code may load the sandbox earlier. */
const loadAfterMs = 100;
