import guestSource from "../guest.bundle.js" with { type: "text" };
import type { GuestControl } from "../guest/protocol.ts";
import { crc32 } from "node:zlib";
import { carriedFile } from "../../carried.ts";
import type { SandboxBuiltin } from "../sandbox.ts";
import { differenceOf, imageFrom } from "./frozen.ts";
import { Machine, meteredImport } from "./machine.ts";
import { metered } from "./metering.ts";
import { decodeReady, encodeReady, type ReadyMachine } from "./ready_image.ts";

/** A pristine realm in a machine of its own: all is there but what depends on the scope. */
export interface Realm {
  readonly machine: Machine;
  /** Pointers to the functions that the host calls. */
  readonly control: Readonly<Record<keyof GuestControl, number>>;
}

/**
 * Makes realms, as many as are wanted at once, all alike.
 *
 * An image of a machine in which the guest has been compiled is what every machine starts from, and what it is made into again
 * when its scope is done. So a realm is as good as new, and costs no more than a copy of that memory. A compiled program
 * carries such an image; else the first machine compiles the guest.
 */
export class Engine {
  readonly #module: WebAssembly.Module;
  readonly #ready: ReadyMachine;
  readonly #spare: Machine[] = [];
  #imageSum: number | undefined;

  /** Takes a compiled module; and, unless a machine is ready, some milliseconds. */
  constructor(module: WebAssembly.Module, builtins: readonly SandboxBuiltin[], ready?: ReadyMachine) {
    this.#module = module;
    if (ready) {
      this.#ready = ready;
      return;
    }
    const first = new Machine(module);
    const control = createGuestIn(first, builtins);
    this.#ready = { image: first.image(), places: first.places, control };
    this.#spare.push(first);
  }

  /** What another engine of the same version can start from. */
  get ready(): ReadyMachine {
    return this.#ready;
  }

  /** Makes sure that the next realm is there. */
  warm(): void {
    if (this.#spare.length === 0) this.#spare.push(this.#another());
  }

  /** Throws a `RangeError` when there is no memory for another machine. */
  open(): Realm {
    return {
      machine: this.#spare.pop() ?? this.#another(),
      control: this.#ready.control as Realm["control"],
    };
  }

  /** Takes a machine back, whatever ran in it, unless it is damaged. */
  close({ machine }: Realm): void {
    if (machine.hasGrown || machine.heapBytes > maxSpareBytes || this.#spare.length >= maxSpares) return;
    machine.restore(this.#ready.image);
    this.#spare.push(machine);
  }

  /**
   * What a realm is at rest, as bytes from which any engine of the same version makes it again; `undefined` when it is too
   * large for that.
   */
  freeze({ machine }: Realm): Uint8Array | undefined {
    if (machine.hasGrown || machine.heapBytes > maxSpareBytes) return undefined;
    const difference = differenceOf(machine.liveImage(), this.#ready.image);
    const bytes = new Uint8Array(4 + difference.length);
    new DataView(bytes.buffer).setUint32(0, this.#sum());
    bytes.set(difference, 4);
    return bytes;
  }

  /** The realm that was frozen; `undefined` when another version of the engine did it. */
  thaw(frozen: Uint8Array): Realm | undefined {
    if (new DataView(frozen.buffer, frozen.byteOffset).getUint32(0) !== this.#sum()) return undefined;
    const image = imageFrom(frozen.subarray(4), this.#ready.image);
    const realm = this.open();
    realm.machine.restore(image);
    return realm;
  }

  /** Tells this engine's image from others. */
  #sum(): number {
    return this.#imageSum ??= crc32(this.#ready.image.heap, crc32(this.#ready.image.data));
  }

  #another(): Machine {
    const machine = new Machine(this.#module);
    machine.become(this.#ready.image, this.#ready.places);
    return machine;
  }
}

/** A machine keeps what it once took, so large ones are let go. */
const maxSpareBytes = 8 * 1024 * 1024;
const maxSpares = 16;

/** Loads the engine, with the machine that the program carries if it does. */
export async function loadEngine(builtins: readonly SandboxBuiltin[]): Promise<Engine> {
  const bytes = carriedFile(carriedNames.module) ?? await engineBytes();
  const carried = carriedFile(carriedNames.machine);
  const ready = carried && decodeReady(carried, sumOf(bytes, builtins));
  return new Engine(new WebAssembly.Module(bytes), builtins, ready);
}

/** Files for a program to carry, by their names: with them it need not make at each start what never changes. */
export async function carriedFiles(
  builtins: readonly SandboxBuiltin[],
): Promise<Readonly<Record<string, Uint8Array>>> {
  const bytes = await engineBytes();
  const machine = encodeReady(
    new Engine(new WebAssembly.Module(bytes), builtins).ready,
    sumOf(bytes, builtins),
  );
  return { [carriedNames.module]: bytes, [carriedNames.machine]: machine };
}

/** The metered module, and an instance of it in which the guest is ready. */
const carriedNames = { module: "engine.wasm", machine: "guest.image" } as const;

/** The engine with a bound on its loops. */
async function engineBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const { default: bytes } = await import("@jitl/quickjs-wasmfile-release-sync/wasm", {
    with: { type: "bytes" },
  });
  return metered(bytes, { ask: meteredImport });
}

/** Tells apart what machines are made of. */
function sumOf(bytes: Uint8Array, builtins: readonly SandboxBuiltin[]): number {
  return crc32(JSON.stringify(builtins), crc32(guestSource, crc32(bytes)));
}

/** Functions of the host's that the guest calls. */
export const hostCalls = { halt: 1, ask: 2 } as const;

function createGuestIn(machine: Machine, builtins: readonly SandboxBuiltin[]): Realm["control"] {
  machine.start();
  const create = machine.evaluate(guestSource, "guest.js");
  const halt = machine.newFunction("halt", hostCalls.halt);
  const ask = machine.newFunction("ask", hostCalls.ask);
  const builtinsText = machine.newString(JSON.stringify(builtins));
  const guest = machine.call(create, halt, ask, builtinsText);
  if (machine.errorOf(create) !== 0 || machine.errorOf(guest) !== 0) {
    throw new TypeError("The guest is faulty");
  }
  const control: Partial<Record<keyof GuestControl, number>> = {};
  for (const name of Object.keys(controlNames) as (keyof GuestControl)[]) {
    control[name] = machine.property(guest, name);
  }
  for (const value of [create, halt, ask, builtinsText, guest]) machine.free(value);
  return control as Realm["control"];
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

/** Ends the engine's own loop that ran for too long, from within. */
export class Overrun extends Error {}

/**
 * What ends code in the middle of the engine: WebAssembly is out of the host's stack, or gives up, or ran for too long. The
 * machine is of no use after that.
 */
export function isEngineFault(error: unknown): boolean {
  return error instanceof RangeError || error instanceof WebAssembly.RuntimeError || error instanceof Overrun;
}
