import { assertEquals } from "@std/assert";
import type { Encoded } from "../../src/sandbox/mod.ts";
import { open, result, start, turn } from "./support.ts";

/** Code that overwrites everything that our guest code might rely on. An ordinary turn must still work after it. */
const poisons: readonly string[] = [
  "Object.prototype.toJSON = () => 'forged'",
  "Array.prototype.toJSON = () => 'forged'; String.prototype.toJSON = () => 'forged'",
  "JSON.stringify = () => '{}'; JSON.parse = () => ({ ordinal: 99 })",
  "globalThis.JSON = undefined",
  "Array.isArray = () => false",
  "Object.keys = () => []; Reflect.ownKeys = () => []",
  "Object.defineProperty = () => {}; Reflect.apply = () => {}",
  "Object.getPrototypeOf = () => null",
  "Function.prototype.call = () => 'forged'; Function.prototype.apply = () => 'forged'; Function.prototype.bind = () => 'forged'",
  "Map.prototype.get = () => 'forged'; Map.prototype.set = () => {}; Map.prototype.forEach = () => {}",
  "Set.prototype.has = () => true; Set.prototype.add = () => {}",
  "WeakMap.prototype.get = () => '\"forged\"'",
  "Array.prototype[Symbol.iterator] = function* () { yield 'forged' }",
  "Array.prototype.push = () => 0; Array.prototype.map = () => []; Array.prototype.join = () => ''",
  "Object.defineProperty(Array.prototype, 0, { set() {}, get: () => 'forged', configurable: true })",
  "Object.defineProperty(Object.prototype, 'ordinal', { get: () => 7, set() {} })",
  "Object.defineProperty(Object.prototype, 'get', { value: () => 'forged', writable: true })",
  "Object.prototype.value = 'forged'; Object.prototype.writable = false; Object.prototype.enumerable = false",
  "Object.prototype.name = 'Fetch'; Object.prototype.args = ['forged']; Object.prototype.end = { kind: 'exited' }",
  "Object.prototype.$type = 'agent'; Object.prototype.id = 'x'",
  "try { String.prototype.concat = () => 'forged' } catch { }",
  "Promise.prototype.then = () => {}; Promise.prototype.catch = () => {}",
  "Promise.resolve = () => ({}); Promise.all = () => ({})",
  "globalThis.Promise = class { then() {} }",
  "globalThis.Error = function () { return { stack: 'forged (turn.js:77:1)' } }",
  "Error.prepareStackTrace = () => { throw 1 }; Error.stackTraceLimit = 0",
  "Error.prototype.toString = () => { throw 1 }; Object.defineProperty(Error.prototype, 'stack', { get() { throw 1 } })",
  "String.prototype.slice = () => 'forged'; RegExp.prototype.exec = () => ['forged']",
  "Symbol.prototype.toString = () => { throw 1 }; Object.prototype.toString = () => { throw 1 }",
  "Date.now = () => 5; Date.prototype.getTime = () => 5",
  "globalThis.Proxy = undefined; globalThis.Map = undefined; globalThis.Set = undefined; globalThis.String = undefined",
  "for (const key of Object.getOwnPropertyNames(globalThis)) { try { globalThis[key] = null } catch { } }",
  "for (const key of Reflect.ownKeys(globalThis)) { try { delete globalThis[key] } catch { } }",
  "const bases = [Object, Array, Function, Map, Set, WeakMap, String, Number, RegExp, Date, Error]; " +
  "const { ownKeys } = Reflect; for (let i = 0; i < bases.length; i++) { const base = bases[i].prototype; " +
  "const keys = ownKeys(base); for (let j = 0; j < keys.length; j++) { try { base[keys[j]] = null } catch { } } }",
  "Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Promise.prototype)",
  "Object.setPrototypeOf(Object.prototype, null); Object.setPrototypeOf(Array.prototype, null)",
];

Deno.test("hostile: code that overwrites the builtins changes none of its requests and results", async (t) => {
  const { Say } = { Say: "say" };
  assertEquals(Say, "say");
  for (const poison of poisons) {
    await t.step(poison.slice(0, 100), () => {
      // The test saves the names first, because the hostile code may delete globals.
      const code = `const ask = Ask, say = Say, leave = Return, the = state, buyer = agents.byId("1001");\n` +
        `{ ${poison} }\n` +
        `the.x = { a: [1, "b"] };\n` +
        `const got = await ask({ n: [1, undefined, { $type: "agent" }] }, "two");\n` +
        `say(buyer, got.text);\n` +
        `await buyer.Haggle(got.list[1]);\n` +
        `leave({ got: got.list, x: the.x })`;
      using scope = open(code);
      const asked = scope.start();
      assertEquals(asked.requests, [{
        ordinal: 1,
        name: "Call",
        args: [null, "Ask", [
          { n: [1, { $type: "undefined" }, { $type: "object", value: [["$type", "agent"]] }] },
          "two",
        ]],
        ...lineOf(asked.requests[0]?.line, 4),
      }]);
      assertEquals(asked.patch, { x: { value: { a: [1, "b"] } } });
      assertEquals(asked.end, undefined);
      const handle: Encoded = { $type: "agent", id: "1001", klass: "Buyer" };
      const said = scope.deliver(result(1, { text: "hello", list: [1, 2] }));
      assertEquals(said.requests.map(({ ordinal, name, args }) => [ordinal, name, args]), [
        [2, "Say", [handle, "hello"]],
        [3, "Call", [handle, "Haggle", [2]]],
      ]);
      scope.deliver(result(2, null));
      assertEquals(scope.deliver(result(3, null)).end, {
        kind: "returned",
        value: { got: [1, 2], x: { a: [1, "b"] } },
      });
    });
  }
});

/** Code without stacks has no lines. A reported line must be the right one. */
function lineOf(told: number | undefined, line: number): { line?: number } {
  return told === undefined ? {} : { line };
}

const snoops: readonly string[] = [
  "Return(typeof Deno + typeof process + typeof require + typeof Worker + typeof WebAssembly + typeof performance)",
  "Return(typeof eval + typeof SharedArrayBuffer + typeof Atomics + typeof WeakRef + typeof FinalizationRegistry + typeof std)",
];

Deno.test("hostile: nothing in the sandbox reaches outside", () => {
  for (const code of snoops) {
    assertEquals(start(code).end, { kind: "returned", value: "undefined".repeat(6) });
  }
});

Deno.test("hostile: no constructor makes code from strings", () => {
  for (
    const maker of [
      "Function",
      "(() => {}).constructor",
      "(async () => {}).constructor",
      "(function* () {}).constructor",
      "(async function* () {}).constructor",
      "Say.constructor",
      "self.Say.constructor",
      "Reflect.construct.constructor",
      "class extends Function {}",
    ]
  ) {
    const { end } = start(
      `try { (${maker})('return 1') } catch (e) { Return(e.name) } try { new (${maker})('return 1') } catch (e) { Return(e.name) }`,
    );
    const name = end?.kind === "returned" ? end.value : undefined;
    assertEquals(name === "EvalError" || name === "TypeError", true, `${maker}: ${JSON.stringify(end)}`);
  }
});

Deno.test("hostile: modules cannot be imported, and the attempt is harmless", () => {
  assertEquals(start("try { await import('fs') } catch (e) { Return(e.name) }").end, {
    kind: "returned",
    value: "ReferenceError",
  });
});

Deno.test("hostile: no name in the code reaches the helpers that the rewriting adds", () => {
  for (const code of ["$0", "$1", "typeof $0 === 'undefined' ? Return(1) : 0", "$0e"]) {
    const { end } = start(`${code}\nReturn(1)`);
    assertEquals(
      end?.kind === "returned" || (end?.kind === "threw" && end.error.name === "ReferenceError"),
      true,
      `${code}: ${JSON.stringify(end)}`,
    );
  }
});

Deno.test("hostile: two scopes share nothing", () => {
  using first = open("globalThis.leak = 1; Object.prototype.leak = 2; await Ask()");
  first.start();
  assertEquals(start("Return([typeof leak, ({}).leak === undefined])").end, {
    kind: "returned",
    value: ["undefined", true],
  });
});

Deno.test("hostile: special JavaScript names are ordinary names for locals, keys and agents", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "then", "valueOf"];
  for (const name of names) {
    using scope = open(turn(`await Ask(); state.ok = ${name}`, JSON.parse(`{"${name}":{"a":1}}`)), {
      state: JSON.parse(`{"${name}":{"a":1}}`),
      agents: [{ id: name, klass: name }, { id: "1000", klass: "Seller" }],
      classes: JSON.parse(`{"${name}":["${name}"]}`),
      playbooks: ["Ask", "id", "state", "self", "Say", name],
    });
    assertEquals(scope.start().requests.length, 1, name);
    assertEquals(scope.deliver(result(1, { $type: "agent", id: name, klass: name })).patch, {
      ok: { value: { a: 1 } },
    }, name);
    const finish = scope.finish();
    assertEquals(finish.ok && Object.keys(finish.locals), [name]);
  }
});

Deno.test("hostile: hostile texts leave the sandbox unchanged from every place", () => {
  const text = '\u0000"\\\u2028\ud800</script>`${x}`\u{1F600}';
  const code = `const t = ${
    JSON.stringify(text)
  }; Step(t); console.log(t); state[t] = t; Say(t, t); const e = new Error(t); e.name = t; throw e`;
  using scope = open(code);
  const { requests, notes, patch } = scope.start();
  assertEquals(requests[0]?.args, [text, text]);
  assertEquals(notes.map((note) => note.text), [text, text]);
  assertEquals(patch, { [text]: { value: text } });
  const { end } = scope.deliver(result(1, text));
  assertEquals(end?.kind === "threw" && [end.error.name, end.error.message], [text, text]);
});
