import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import { createCodec } from "./codec.ts";
import { createGuest, type GuestParts } from "./guest.ts";
import { publishApi } from "./guest_api.ts";
import { createErrors } from "./guest_errors.ts";
import { createObjects } from "./guest_objects.ts";
import { createPrimordials } from "./guest_primordials.ts";
import { createState } from "./guest_state.ts";
import { createWorld } from "./guest_world.ts";

/** QuickJS as a WebAssembly instance with memory of its own. */
export interface Engine {
  readonly module: QuickJSWASMModule;
  readonly budget: MemoryBudget;
}

/** A fresh realm in which the guest's source has been compiled: what does not depend on the scope, and takes longest. */
export interface Realm {
  readonly engine: Engine;
  readonly runtime: QuickJSRuntime;
  readonly context: QuickJSContext;
  /** Makes the guest from the text of its setup and the function `halt`. */
  readonly create: QuickJSHandle;
}

/** Loads an engine, which takes some 30 ms the first time. */
export async function loadEngine(): Promise<Engine> {
  const { default: variant } = await import("@jitl/quickjs-singlefile-mjs-release-sync");
  const memory = new WebAssembly.Memory({ initial: initialPages, maximum: maxPages });
  const budget = new MemoryBudget(memory);
  const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory: memory }));
  return { module, budget };
}

const pageBytes = 64 * 1024;
const initialPages = 256;
/** Half a gigabyte for all scopes of an engine together; the budget keeps them well below. */
const maxPages = 8_192;
/** What is let through once the budget is spent, while the code runs on to where it can be stopped. */
const graceBytes = 32 * 1024 * 1024;

/**
 * Watches the engine's memory grow.
 *
 * QuickJS in WebAssembly checks the size of each allocation but cannot count how much it holds, and it breaks when the
 * memory really ends. So whoever runs code sets a limit here, and stops the code when the limit was passed.
 */
export class MemoryBudget {
  readonly #memory: WebAssembly.Memory;
  #limitBytes = Infinity;
  #exceeded = false;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    const grow = memory.grow.bind(memory);
    memory.grow = (pages) => {
      const bytes = this.usedBytes + pages * pageBytes;
      if (bytes > this.#limitBytes) this.#exceeded = true;
      // The engine takes this for the end of the memory, which it survives for large things only.
      if (bytes > this.#limitBytes + graceBytes) throw new RangeError("the memory budget is spent");
      return grow(pages);
    };
  }

  get usedBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  get exceeded(): boolean {
    return this.#exceeded;
  }

  /** Sets the size up to which the memory may grow from here on. */
  limit(bytes: number): void {
    this.#limitBytes = bytes;
    this.#exceeded = false;
  }

  /** Whether the engine is best given up when its scopes are done: its memory never shrinks. */
  get hasGrown(): boolean {
    return this.usedBytes > 128 * 1024 * 1024;
  }
}

/** Makes a realm; some milliseconds. */
export function createRealm(engine: Engine): Realm {
  engine.budget.limit(Infinity);
  const runtime = engine.module.newRuntime();
  const context = runtime.newContext();
  const create = context.unwrapResult(
    context.evalCode(guestSource, "guest.js", { type: "global", strict: true }),
  );
  return { engine, runtime, context, create };
}

/** The guest's source is the text of functions that are written, checked and tested as any other. */
const guestParts: GuestParts = {
  createPrimordials,
  createCodec,
  createErrors,
  createObjects,
  createState,
  createWorld,
  publishApi,
};
const guestSource =
  `(function(setupText,halt){"use strict";return (${createGuest})(JSON.parse(setupText),halt,{${
    Object.entries(guestParts).map(([name, part]) => `${name}:${part}`).join(",")
  }})})`;

/** Frees a realm; throws what the engine throws when its memory is damaged. */
export function disposeRealm({ create, context, runtime }: Realm): void {
  create.dispose();
  context.dispose();
  runtime.dispose();
}

/** What WebAssembly throws when it is out of the host's stack, or gives up. */
export function isEngineFault(error: unknown): boolean {
  return error instanceof RangeError || error instanceof WebAssembly.RuntimeError;
}
