import guestSource from "../guest.bundle.js" with { type: "text" };
import type { GuestControl } from "../guest/protocol.ts";
import { crc32 } from "node:zlib";
import { carriedFile } from "../../carried.ts";
import type { SandboxBuiltin } from "../sandbox.ts";
import { memoryDiff, patchedImage } from "./memory_diff.ts";
import { Instance } from "./instance.ts";
import { meteredImport } from "./quickjs_module.ts";
import { metered } from "./metering.ts";
import { decodeReadyInstance, encodeReadyInstance, type ReadyInstance } from "./ready_instance.ts";

/** An instance in which the guest is ready: all is there but what depends on the scope. */
export interface GuestInstance {
  readonly instance: Instance;
  /** Pointers to the functions that the host calls. */
  readonly control: Readonly<Record<keyof GuestControl, number>>;
}

/**
 * Makes instances in which the guest is ready, all alike.
 *
 * Each instance starts from one image of memory in which the guest has been compiled, and is reset to that image when its
 * scope is done. So a used instance is as good as a new one, and costs no more than a copy of that memory. A compiled program
 * carries such an image; from source the first instance compiles the guest.
 */
export class Engine {
  readonly #module: WebAssembly.Module;
  readonly #ready: ReadyInstance;
  readonly #spare: Instance[] = [];
  #imageChecksum: number | undefined;

  /** Takes some milliseconds without a ready instance. */
  constructor(module: WebAssembly.Module, builtins: readonly SandboxBuiltin[], ready?: ReadyInstance) {
    this.#module = module;
    if (ready) {
      this.#ready = ready;
      return;
    }
    const first = new Instance(module);
    const control = createGuestIn(first, builtins);
    this.#ready = { image: first.image(), addresses: first.addresses, control };
    this.#spare.push(first);
  }

  /** The image that another engine of the same version can start from. */
  get ready(): ReadyInstance {
    return this.#ready;
  }

  /** Makes the next instance now. */
  warm(): void {
    if (this.#spare.length === 0) this.#spare.push(this.#another());
  }

  /** Throws a `RangeError` when there is no memory for another instance. */
  open(): GuestInstance {
    return {
      instance: this.#spare.pop() ?? this.#another(),
      control: this.#ready.control as GuestInstance["control"],
    };
  }

  /** Takes an instance back, whatever ran in it. A damaged one must not come back. */
  close({ instance }: GuestInstance): void {
    if (instance.hasGrown || instance.heapBytes > maxSpareBytes || this.#spare.length >= maxSpares) return;
    instance.reset(this.#ready.image);
    this.#spare.push(instance);
  }

  /**
   * Serialises an idle instance. An engine of the same version restores it. Returns `undefined` if the instance is too large.
   */
  capture({ instance }: GuestInstance): Uint8Array | undefined {
    if (instance.hasGrown || instance.heapBytes > maxSpareBytes) return undefined;
    const difference = memoryDiff(instance.liveImage(), this.#ready.image);
    const bytes = new Uint8Array(4 + difference.length);
    new DataView(bytes.buffer).setUint32(0, this.#checksum());
    bytes.set(difference, 4);
    return bytes;
  }

  /** Returns the instance of a snapshot; `undefined` if an engine of another version captured it. */
  restore(snapshot: Uint8Array): GuestInstance | undefined {
    if (new DataView(snapshot.buffer, snapshot.byteOffset).getUint32(0) !== this.#checksum()) {
      return undefined;
    }
    const image = patchedImage(snapshot.subarray(4), this.#ready.image);
    const guest = this.open();
    guest.instance.reset(image);
    return guest;
  }

  /** The checksum of the image that snapshots are a difference from. */
  #checksum(): number {
    return this.#imageChecksum ??= crc32(this.#ready.image.heap, crc32(this.#ready.image.data));
  }

  #another(): Instance {
    const instance = new Instance(this.#module);
    instance.load(this.#ready.image, this.#ready.addresses);
    return instance;
  }
}

/** The memory of an instance never shrinks, so large ones are not kept. */
const maxSpareBytes = 8 * 1024 * 1024;
const maxSpares = 16;

/** Loads the engine, with the ready instance that a compiled program carries. */
export async function loadEngine(builtins: readonly SandboxBuiltin[]): Promise<Engine> {
  const bytes = carriedFile(carriedNames.module) ?? await engineBytes();
  const carried = carriedFile(carriedNames.instance);
  const ready = carried && decodeReadyInstance(carried, buildHashOf(bytes, builtins));
  return new Engine(new WebAssembly.Module(bytes), builtins, ready);
}

/** Makes the files that a compiled program carries, by name, so that it does not make them at each start. */
export async function carriedFiles(
  builtins: readonly SandboxBuiltin[],
): Promise<Readonly<Record<string, Uint8Array>>> {
  const bytes = await engineBytes();
  const instance = encodeReadyInstance(
    new Engine(new WebAssembly.Module(bytes), builtins).ready,
    buildHashOf(bytes, builtins),
  );
  return { [carriedNames.module]: bytes, [carriedNames.instance]: instance };
}

/** The metered module, and an instance of it in which the guest is ready. */
const carriedNames = { module: "engine.wasm", instance: "guest.image" } as const;

/** The engine with a bound on its loops. */
async function engineBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const { default: bytes } = await import("@jitl/quickjs-wasmfile-release-sync/wasm", {
    with: { type: "bytes" },
  });
  return metered(bytes, { ask: meteredImport });
}

/** A checksum of all that a ready instance is made of. */
function buildHashOf(bytes: Uint8Array, builtins: readonly SandboxBuiltin[]): number {
  return crc32(JSON.stringify(builtins), crc32(guestSource, crc32(bytes)));
}

/** Functions of the host's that the guest calls. */
export const hostCalls = { halt: 1, ask: 2 } as const;

function createGuestIn(instance: Instance, builtins: readonly SandboxBuiltin[]): GuestInstance["control"] {
  instance.start();
  const create = instance.evaluate(guestSource, "guest.js");
  const halt = instance.newFunction("halt", hostCalls.halt);
  const ask = instance.newFunction("ask", hostCalls.ask);
  const builtinsText = instance.newString(JSON.stringify(builtins));
  const guest = instance.call(create, halt, ask, builtinsText);
  if (instance.errorOf(create) !== 0 || instance.errorOf(guest) !== 0) {
    throw new TypeError("The guest is faulty");
  }
  const control: Partial<Record<keyof GuestControl, number>> = {};
  for (const name of Object.keys(controlNames) as (keyof GuestControl)[]) {
    control[name] = instance.property(guest, name);
  }
  for (const value of [create, halt, ask, builtinsText, guest]) instance.free(value);
  return control as GuestInstance["control"];
}

const controlNames: Readonly<Record<keyof GuestControl, true>> = {
  begin: true,
  load: true,
  runTurn: true,
  runFunction: true,
  runExpressions: true,
  deliver: true,
  give: true,
  replay: true,
  next: true,
  salvage: true,
  collect: true,
  hasEnded: true,
  probe: true,
  isUnmoved: true,
  cancelWaits: true,
  settle: true,
  finish: true,
};

/** Thrown into a loop of the engine itself that runs for too long. */
export class Overrun extends Error {}

/**
 * Whether an error ended code in the middle of the engine: it had no stack left, gave up, or ran for too long. The instance
 * cannot be used after that.
 */
export function isEngineFault(error: unknown): boolean {
  return error instanceof RangeError || error instanceof WebAssembly.RuntimeError || error instanceof Overrun;
}
