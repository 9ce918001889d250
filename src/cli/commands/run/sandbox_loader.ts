import { sandboxBuiltins } from "../../../engine/mod.ts";
import { Sentinel, unresponsiveLines } from "../../../frontends/mod.ts";
import { loadSandbox, type Sandbox } from "../../../sandbox/mod.ts";
import type { World } from "../../world.ts";
import type { Interrupts } from "./interrupts.ts";

/** Loads the sandbox, once; before that a sentinel begins, and the right to run programs is given up. */
export function sandboxLoader(
  world: World,
  interrupts: Interrupts,
  session: string | undefined,
): () => Promise<Sandbox> {
  let loading: Promise<Sandbox> | undefined;
  const load = async () => {
    const listens = world.ownsProcess && startSentinel(world, interrupts, session);
    // Without it Deno 2.7 does not even let a process end itself, as PLAYBOOKS_CRASH_AT does.
    if (world.environment["PLAYBOOKS_CRASH_AT"] === undefined) await Deno.permissions.revoke({ name: "run" });
    const sandbox = await loadSandbox(sandboxBuiltins);
    sandbox.shouldInterrupt = interrupts.isPending;
    // A signal that comes while code runs must be heard, from the first line on.
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
    // Where a thread cannot be had, a busy main thread hears signals when its code meets its bound.
  }
}

/** Loads it while a model is thinking, so that its answer need not wait for that. */
export function loadSoon(load: () => Promise<Sandbox>): Disposable {
  const timer = setTimeout(() => {
    load().then((sandbox) => sandbox.warm()).catch(() => {
      // Code that needs the sandbox meets the same error.
    });
  }, loadAfterMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** By then the first request has left, or code has loaded it already. */
const loadAfterMs = 100;
