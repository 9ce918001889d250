import bytes from "@jitl/quickjs-wasmfile-release-sync/wasm" with { type: "bytes" };
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import { Engine } from "../../src/sandbox/host/engine.ts";
import { meteredImport } from "../../src/sandbox/host/machine.ts";
import { metered } from "../../src/sandbox/host/metering.ts";
import { decodeReady, encodeReady } from "../../src/sandbox/host/ready_image.ts";
import { builtinNamesOf } from "../../src/sandbox/host/prepare.ts";
import { openScope } from "../../src/sandbox/host/scope.ts";
import { optionsFor, result } from "./support.ts";

const names = builtinNamesOf(sandboxBuiltins);
const module = new WebAssembly.Module(metered(bytes, { ask: meteredImport }));
const made = new Engine(module, sandboxBuiltins);
const encoded = encodeReady(made.ready, 7);

Deno.test("a machine that was carried is, byte for byte, one that was made, and runs code alike", () => {
  const carrying = new Engine(module, sandboxBuiltins, decodeReady(encoded, 7));
  const [one, other] = [made.open(), carrying.open()];
  assertEquals(other.control, one.control);
  assert(indexOfDifference(one.machine.dump(), other.machine.dump()) === -1);
  for (const [engine, realm] of [[made, one], [carrying, other]] as const) {
    const scope = openScope(realm, optionsFor("state.a = 1; state.b = await Ask(); Return(state.b)"), {
      onDone: () => engine.close(realm),
      freeze: () => engine.freeze(realm),
      names,
      shouldInterrupt: () => false,
    });
    assertEquals(scope.start().requests.length, 1);
    const frozen = scope.freeze();
    assert(frozen !== undefined);
    // What one of them froze, the other takes up.
    assert((engine === made ? carrying : made).thaw(frozen) !== undefined);
    assertEquals(scope.deliver(result(1, "answer")).end?.kind, "returned");
    scope[Symbol.dispose]();
  }
});

Deno.test("a machine may be carried at any place of the bytes that a program reads", () => {
  const realm = made.open();
  const frozen = made.freeze(realm)!;
  for (const start of [0, 1, 2, 3]) {
    const bytes = Buffer.alloc(start + encoded.length);
    bytes.set(encoded, start);
    const carrying = new Engine(module, sandboxBuiltins, decodeReady(bytes.subarray(start), 7));
    assertEquals(carrying.freeze(carrying.open()), frozen);
    assert(carrying.thaw(frozen) !== undefined);
  }
  made.close(realm);
});

Deno.test("decodeReady() takes no machine that was made of something else", () => {
  assert(decodeReady(encoded, 7) !== undefined);
  assertEquals(decodeReady(encoded, 8), undefined);
});

Deno.test("decodeReady() takes nothing that is cut or is no machine at all", () => {
  for (const length of [0, 10, 24, 28, 60, 200, 1000, encoded.length - 1]) {
    assertEquals(decodeReady(encoded.subarray(0, length), 7), undefined, `${length} bytes`);
  }
  assertEquals(decodeReady(new Uint8Array(10_000), 7), undefined);
  assertEquals(decodeReady(new Uint8Array([...encoded.subarray(0, 28), 1, 2, 3]), 7), undefined);
});

function indexOfDifference(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) return Math.min(one.length, other.length);
  const [ones, others] = [new BigUint64Array(one.buffer), new BigUint64Array(other.buffer)];
  return ones.findIndex((word, index) => word !== others[index]);
}
