import bytes from "@jitl/quickjs-wasmfile-release-sync/wasm" with { type: "bytes" };
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import { Engine } from "../../src/sandbox/host/engine.ts";
import { meteredImport } from "../../src/sandbox/host/quickjs_module.ts";
import { metered } from "../../src/sandbox/host/metering.ts";
import { decodeReadyInstance, encodeReadyInstance } from "../../src/sandbox/host/ready_instance.ts";
import { builtinNamesOf } from "../../src/sandbox/host/prepare.ts";
import { openScope } from "../../src/sandbox/host/scope.ts";
import { optionsFor, result } from "./support.ts";

const names = builtinNamesOf(sandboxBuiltins);
const module = new WebAssembly.Module(metered(bytes, { ask: meteredImport }));
const made = new Engine(module, sandboxBuiltins);
const encoded = encodeReadyInstance(made.ready, 7);

Deno.test("ready instance: a bundled instance is byte for byte equal to a new one and runs code the same way", () => {
  const carrying = new Engine(module, sandboxBuiltins, decodeReadyInstance(encoded, 7));
  const [one, other] = [made.open(), carrying.open()];
  assertEquals(other.control, one.control);
  assert(indexOfDifference(one.instance.dump(), other.instance.dump()) === -1);
  for (const [engine, guest] of [[made, one], [carrying, other]] as const) {
    const scope = openScope(guest, optionsFor("state.a = 1; state.b = await Ask(); Return(state.b)"), {
      onDone: () => engine.close(guest),
      capture: () => engine.capture(guest),
      names,
      shouldInterrupt: () => false,
    });
    assertEquals(scope.start().requests.length, 1);
    const snapshot = scope.capture();
    assert(snapshot !== undefined);
    // One engine restores the snapshot of the other.
    assert((engine === made ? carrying : made).restore(snapshot) !== undefined);
    assertEquals(scope.deliver(result(1, "answer")).end?.kind, "returned");
    scope[Symbol.dispose]();
  }
});

Deno.test("ready instance: a bundled instance may start at any offset of the bytes", () => {
  const guest = made.open();
  const snapshot = made.capture(guest)!;
  for (const start of [0, 1, 2, 3]) {
    const bytes = Buffer.alloc(start + encoded.length);
    bytes.set(encoded, start);
    const carrying = new Engine(module, sandboxBuiltins, decodeReadyInstance(bytes.subarray(start), 7));
    assertEquals(carrying.capture(carrying.open()), snapshot);
    assert(carrying.restore(snapshot) !== undefined);
  }
  made.close(guest);
});

Deno.test("ready instance: decodeReadyInstance() refuses an instance of another build", () => {
  assert(decodeReadyInstance(encoded, 7) !== undefined);
  assertEquals(decodeReadyInstance(encoded, 8), undefined);
});

Deno.test("ready instance: decodeReadyInstance() refuses cut bytes and bytes that are not an instance", () => {
  for (const length of [0, 10, 24, 28, 60, 200, 1000, encoded.length - 1]) {
    assertEquals(decodeReadyInstance(encoded.subarray(0, length), 7), undefined, `${length} bytes`);
  }
  assertEquals(decodeReadyInstance(new Uint8Array(10_000), 7), undefined);
  assertEquals(decodeReadyInstance(new Uint8Array([...encoded.subarray(0, 28), 1, 2, 3]), 7), undefined);
});

function indexOfDifference(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) return Math.min(one.length, other.length);
  const [ones, others] = [new BigUint64Array(one.buffer), new BigUint64Array(other.buffer)];
  return ones.findIndex((word, index) => word !== others[index]);
}
