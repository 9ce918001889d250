import glue from "@jitl/quickjs-wasmfile-release-sync/emscripten-module";
import bytes from "@jitl/quickjs-wasmfile-release-sync/wasm" with { type: "bytes" };
import { assert, assertEquals } from "@std/assert";
import { sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import { Engine, type GuestInstance } from "../../src/sandbox/host/engine.ts";
import { Instance } from "../../src/sandbox/host/instance.ts";
import { exportNames, heapEndAddress, meteredImport } from "../../src/sandbox/host/quickjs_module.ts";
import { metered } from "../../src/sandbox/host/metering.ts";
import { builtinNamesOf } from "../../src/sandbox/host/prepare.ts";
import { openScope } from "../../src/sandbox/host/scope.ts";
import { optionsFor, result } from "./support.ts";

const names = builtinNamesOf(sandboxBuiltins);
const module = new WebAssembly.Module(metered(bytes, { ask: meteredImport }));
const load = glue as unknown as (options: object) => Promise<Record<string, { readonly short: string }>>;

Deno.test("engine: its functions have the names that the package itself uses", async () => {
  const theirs: Record<keyof typeof exportNames, string> = {
    initialize: "",
    malloc: "_malloc",
    free: "_free",
    stackPointer: "",
    newRuntime: "_QTS_NewRuntime",
    newContext: "_QTS_NewContext",
    setMaxStackSize: "_QTS_RuntimeSetMaxStackSize",
    enableInterruptHandler: "_QTS_RuntimeEnableInterruptHandler",
    freeValue: "_QTS_FreeValuePointer",
    freeText: "_QTS_FreeCString",
    undefinedValue: "_QTS_GetUndefined",
    falseValue: "_QTS_GetFalse",
    trueValue: "_QTS_GetTrue",
    newNumber: "_QTS_NewFloat64",
    newString: "_QTS_NewString",
    getString: "_QTS_GetString",
    typeOf: "_QTS_Typeof",
    getProperty: "_QTS_GetProp",
    newFunction: "_QTS_NewFunction",
    call: "_QTS_Call",
    evaluate: "_QTS_Eval",
    resolveException: "_QTS_ResolveException",
    isJobPending: "_QTS_IsJobPending",
    executePendingJob: "_QTS_ExecutePendingJob",
  };
  const called: string[] = [];
  let imported: Record<string, unknown> = {};
  const exports = new Proxy({}, {
    get: (_, name) =>
      name === "then" ? undefined : Object.assign(() => called.push(String(name)), { short: name }),
  });
  const host = await load({
    instantiateWasm(imports: { a: Record<string, unknown> }, done: (instance: unknown) => void) {
      imported = imports.a;
      done({ exports });
    },
    callbacks: {
      callFunction: (_: undefined, ...given: unknown[]) => ["call", ...given],
      shouldInterrupt: () => "stop",
      freeHostRef: () => {},
    },
  });
  for (const [name, theirName] of Object.entries(theirs)) {
    const short = exportNames[name as keyof typeof exportNames];
    if (theirName !== "") assertEquals(host[theirName]?.short, short, name);
  }
  assertEquals(called, [exportNames.initialize]);
  assertEquals((imported["s"] as (...given: number[]) => unknown)(1, 2, 3, 4, 5), ["call", 1, 2, 3, 4, 5]);
  assertEquals((imported["i"] as () => unknown)(), "stop");
  assertEquals((imported["p"] as () => number)() > 1e12, true);
});

Deno.test("engine: the end of the heap is at the allocator's address and never shrinks", () => {
  const instance = new Instance(module);
  const words = new Uint32Array(instance.dump().buffer);
  const ends = [...words.keys()].filter((i) => words[i] === instance.heapStart);
  assertEquals(ends.map((i) => 4 * i), [heapEndAddress]);
  instance.start();
  const before = instance.heapBytes;
  instance.free(instance.newString("x".repeat(3_000_000)));
  const after = instance.heapBytes;
  assert(after > before + 3_000_000);
  instance.free(instance.newString("x"));
  assertEquals(instance.heapBytes, after);
});

const traces: readonly string[] = [
  "await Ask('secret'.repeat(10_000))",
  "globalThis.secret = new Array(300_000).fill('secret'); await Ask()",
  "Object.prototype.secret = 1; Array.prototype.push = null; Promise.prototype.then = null; await Ask()",
  "function f(n) { try { f(n + 1) } catch { } } f(0); await Ask()",
  "JSON.stringify((() => { let a = []; for (let i = 0; i < 5_000; i++) a = [a]; return a })())",
  "'a'.replace(/a/, function f() { return 'a'.replace(/a/, f) })",
  "const a = [3, 1, 2]; for (let i = 0; i < 300; i++) a.sort(() => Math.random() - 0.5); state.a = a; await Ask()",
  "for (;;);",
  "Return(1)",
  "let a = ;",
];

Deno.test("engine: a reused guest is byte for byte equal to a new one", () => {
  const engine = new Engine(module, sandboxBuiltins);
  const fresh = engine.open();
  const other = engine.open();
  const pristine = fresh.instance.dump();
  assert(same(other.instance.dump(), pristine), "another instance");
  let guest: GuestInstance = other;
  for (const code of traces) {
    const scope = openScope(guest, optionsFor(code, { limits: { runMs: 500 }, state: { a: "secret" } }), {
      onDone: () => engine.close(guest),
      capture: () => undefined,
      names,
      shouldInterrupt: () => false,
    });
    scope.start();
    scope.deliver(result(1, "secret"));
    assert(!same(guest.instance.dump(), pristine) || code === "let a = ;", `no trace of ${code}`);
    scope[Symbol.dispose]();
    const next = engine.open();
    assert(next.instance === guest.instance, `not taken back after ${code}`);
    assert(same(next.instance.dump(), pristine), `a trace is left of ${code}`);
    guest = next;
  }
});

Deno.test("engine: a large or damaged instance is dropped", () => {
  const engine = new Engine(module, sandboxBuiltins);
  for (const code of ["globalThis.a = new Array(3e6).fill(1)", "globalThis.a = new Array(1.2e6).fill(1)"]) {
    const guest = engine.open();
    const scope = openScope(guest, optionsFor(code), {
      onDone: () => engine.close(guest),
      capture: () => undefined,
      names,
      shouldInterrupt: () => false,
    });
    assertEquals(scope.start().end, { kind: "ended" });
    scope[Symbol.dispose]();
    assert(engine.open().instance !== guest.instance);
  }
});

function same(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  const [ones, others] = [new BigUint64Array(one.buffer), new BigUint64Array(other.buffer)];
  for (let i = 0; i < ones.length; i++) if (ones[i] !== others[i]) return false;
  return true;
}
