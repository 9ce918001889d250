import bytes from "@jitl/quickjs-wasmfile-release-sync/wasm" with { type: "bytes" };
import { assert, assertEquals, assertThrows } from "@std/assert";
import { meteredImport } from "../../src/sandbox/host/quickjs_module.ts";
import { fuelPerAsk, metered } from "../../src/sandbox/host/metering.ts";

const ask = { module: "a", name: "i" } as const;
const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** The types `(i32) -> i32` and `(i32) -> ()`, the import `a.i` of the first, a function of the second, exported as `f`. */
const declarations = [
  ...[1, 10, 2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 1, 0x7f, 0],
  ...[2, 7, 1, 1, 0x61, 1, 0x69, 0, 0],
  ...[3, 2, 1, 1],
  ...[5, 3, 1, 0, 1],
  ...[6, 6, 1, 0x7f, 1, 0x41, 0, 0x0b],
  ...[7, 5, 1, 1, 0x66, 0, 1],
];
const countDown = [0x20, 0, 0x41, 1, 0x6b, 0x22, 0];

function moduleOf(body: readonly number[], groups: readonly number[] = [0]): Uint8Array {
  const code = [...groups, ...body, 0x0b];
  return new Uint8Array([...head, ...declarations, 10, code.length + 2, 1, code.length, ...code]);
}

/** The number of calls of the import when the function runs with this argument. */
function asksOf(module: Uint8Array, argument: number): number {
  let asks = 0;
  const i = (runtime: number) => {
    assertEquals(runtime, 0);
    asks++;
    return 0;
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered(module, { ask })), { a: { i } });
  (instance.exports["f"] as (argument: number) => void)(argument);
  return asks;
}

const loops: Readonly<Record<string, readonly number[]>> = {
  "br_if": [0x03, 0x40, ...countDown, 0x0d, 0, 0x0b],
  "br": [0x03, 0x40, ...countDown, 0x04, 0x40, 0x0c, 1, 0x0b, 0x0b],
  "br_table": [0x02, 0x40, 0x03, 0x40, ...countDown, 0x45, 0x0e, 1, 0, 1, 0x0b, 0x0b],
  "br_if out of a block": [0x03, 0x40, 0x02, 0x40, ...countDown, 0x0d, 1, 0x0b, 0x0b],
};

Deno.test("metering: only jumps back to the head of a loop are counted", async (t) => {
  for (const [name, loop] of Object.entries(loops)) {
    await t.step(name, () => {
      assertEquals(asksOf(moduleOf(loop), 10), 0);
      assertEquals(asksOf(moduleOf(loop), 10 * fuelPerAsk), 9);
    });
  }
  assertEquals(asksOf(moduleOf([0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b]), 1), 0);
});

Deno.test("metering: copying and filling memory is counted by bytes", () => {
  const round = (bulk: readonly number[]) => [
    ...[0x03, 0x40, 0x41, 0, 0x41, 0, 0x41, ...[0x80, 0x80, 4], ...bulk],
    ...[...countDown, 0x0d, 0, 0x0b],
  ];
  // Each page has 64 KiB.
  const asks = Math.floor(1000 * (65_536 / 64 + 1) / fuelPerAsk);
  for (const bulk of [[0xfc, 10, 0, 0], [0xfc, 11, 0]]) {
    assert(Math.abs(asksOf(moduleOf(round(bulk)), 1000) - asks) <= 1);
  }
});

Deno.test("metering: a module with an unknown instruction, or without the import, is refused", () => {
  assertThrows(() => metered(moduleOf([0xfd, 12]), { ask }), TypeError, "instruction 253 is not known");
  assertThrows(
    () => metered(moduleOf([]), { ask: { module: "a", name: "z" } }),
    TypeError,
    "does not import z",
  );
});

Deno.test("metering: the engine stays a valid module and grows only by the counters of its loops, without the interpreter's", () => {
  const module = metered(bytes, { ask: meteredImport });
  // Counters in the interpreter's own loop would take 5,000 bytes more, for its hundreds of jumps back.
  assert(module.length > bytes.length + 20_000 && module.length < bytes.length + 27_000, `${module.length}`);
  new WebAssembly.Module(module);
});
