import guestSource from "../guest.bundle.js" with { type: "text" };
import librarySource from "../library.bundle.js" with { type: "text" };
import type { GuestControl } from "../guest/protocol.ts";
import { crc32 } from "node:zlib";
import { carriedFile } from "../../carried.ts";
import type { SandboxBuiltin } from "../sandbox.ts";
import { memoryDiff, patchedImage } from "./memory_diff.ts";
import { Instance, type MemoryImage } from "./instance.ts";
import { meteredImport } from "./quickjs_module.ts";
import { metered } from "./metering.ts";
import { decodeReadyInstance, encodeReadyInstance, type ReadyInstance } from "./ready_instance.ts";

/** An instance with a ready guest. Only the data of the scope is missing. */
export interface GuestInstance {
  readonly instance: Instance;
  /** Pointers to the functions that the host calls. */
  readonly control: Readonly<Record<keyof GuestControl, number>>;
}

/**
 * Makes instances with a ready guest. All are equal.
 *
 * Each instance starts from one memory image that contains the compiled guest. It is reset to that image at the end of
 * its scope. So a used instance equals a new one, and costs only a copy of that memory. The `playbooks` binary contains
 * such an image. When we run from source, the first instance compiles the guest.
 */
export class Engine {
  readonly #module: WebAssembly.Module;
  readonly #ready: ReadyInstance;
  readonly #spare: Instance[] = [];
  #imageChecksum: number | undefined;
  #libraryImage: MemoryImage | undefined;

  /** Without `ready` this takes some milliseconds. */
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

  /** The image from which another engine of the same version can start. */
  get ready(): ReadyInstance {
    return this.#ready;
  }

  /** Makes the next instance in advance. */
  warm(): void {
    if (this.#spare.length === 0) this.#spare.push(this.#another());
  }

  /**
   * Throws a `RangeError` if there is no memory for another instance. `withLibrary` loads the guest's library in
   * advance. Code behaves the same without it, but its first use of the library then takes some milliseconds.
   */
  open({ withLibrary = false }: { readonly withLibrary?: boolean } = {}): GuestInstance {
    const instance = this.#spare.pop() ?? this.#another();
    if (withLibrary) instance.reset(this.#libraryImage ??= this.#imageWithLibrary());
    return { instance, control: this.#ready.control as GuestInstance["control"] };
  }

  #imageWithLibrary(): MemoryImage {
    const instance = this.#another();
    instance.host = { call: () => evaluateLibrary(instance), shouldStop: () => false, checkTime: () => {} };
    const result = instance.call(this.#ready.control.preload!);
    if (instance.errorOf(result) !== 0) throw new TypeError("The guest's library is faulty");
    instance.free(result);
    return instance.image();
  }

  /** Takes an instance back, whatever code ran in it. Do not give back a broken one. */
  close({ instance }: GuestInstance): void {
    if (instance.hasGrown || instance.heapBytes > maxSpareBytes || this.#spare.length >= maxSpares) return;
    instance.reset(this.#ready.image);
    this.#spare.push(instance);
  }

  /**
   * Serialises an idle instance. An engine of the same version restores it. Returns `undefined` if the instance is too
   * large.
   */
  capture({ instance }: GuestInstance): Uint8Array | undefined {
    if (instance.hasGrown || instance.heapBytes > maxSpareBytes) return undefined;
    const difference = memoryDiff(instance.liveImage(), this.#ready.image);
    const bytes = new Uint8Array(4 + difference.length);
    new DataView(bytes.buffer).setUint32(0, this.#checksum());
    bytes.set(difference, 4);
    return bytes;
  }

  /** Restores an instance from a snapshot; `undefined` if an engine of another version captured it. */
  restore(snapshot: Uint8Array): GuestInstance | undefined {
    if (new DataView(snapshot.buffer, snapshot.byteOffset).getUint32(0) !== this.#checksum()) {
      return undefined;
    }
    const image = patchedImage(snapshot.subarray(4), this.#ready.image);
    const guest = this.open();
    guest.instance.reset(image);
    return guest;
  }

  /** The checksum of the base image of snapshots. */
  #checksum(): number {
    return this.#imageChecksum ??= crc32(this.#ready.image.heap, crc32(this.#ready.image.data));
  }

  #another(): Instance {
    const instance = new Instance(this.#module);
    instance.load(this.#ready.image, this.#ready.addresses);
    return instance;
  }
}

/** The memory of an instance never shrinks, so larger instances are not kept. */
const maxSpareBytes = 8 * 1024 * 1024;
const maxSpares = 16;

/** Loads the engine, with the ready instance if the program is compiled. */
export async function loadEngine(builtins: readonly SandboxBuiltin[]): Promise<Engine> {
  const bytes = carriedFile(carriedNames.module) ?? await engineBytes();
  const carried = carriedFile(carriedNames.instance);
  const ready = carried && decodeReadyInstance(carried, buildHashOf(bytes, builtins));
  return new Engine(new WebAssembly.Module(bytes), builtins, ready);
}

/** Makes the files that the build includes in the binary, by name. Without them each start would make them again. */
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

/** The names of the metered module, and of its instance with a ready guest. */
const carriedNames = { module: "engine.wasm", instance: "guest.image" } as const;

/** The bytes of the engine with metered loops. */
async function engineBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const { default: bytes } = await import("@jitl/quickjs-wasmfile-release-sync/wasm", {
    with: { type: "bytes" },
  });
  return metered(bytes, { ask: meteredImport });
}

/** The checksum of all inputs of a ready instance. */
function buildHashOf(bytes: Uint8Array, builtins: readonly SandboxBuiltin[]): number {
  return crc32(JSON.stringify(builtins), crc32(guestSource, crc32(bytes)));
}

/** Functions of the host that the guest calls. */
export const hostCalls = { halt: 1, ask: 2 } as const;

/** Evaluates the guest's library, also while code runs. Returns 0 if the instance has no memory left. */
export function evaluateLibrary(instance: Instance): number {
  const made = instance.evaluate(librarySource, "library.js");
  const error = instance.errorOf(made);
  if (error === 0) return made;
  instance.free(error);
  instance.free(made);
  return 0;
}

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
  preload: true,
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

/** Thrown to end one of the engine's own loops that runs for too long. */
export class Overrun extends Error {}

/**
 * Whether an error stopped the engine in the middle of its work: no stack left, an abort, or an {@linkcode Overrun}.
 * The instance cannot be used after that.
 */
export function isEngineFault(error: unknown): boolean {
  return error instanceof RangeError || error instanceof WebAssembly.RuntimeError || error instanceof Overrun;
}
