import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { decode, encode, type Encoded, type StatePatch } from "../../src/sandbox/mod.ts";
import { open, result } from "./support.ts";

/** Operations of code on an agent's list, and on items that it added or took. */
const actions: readonly string[] = [
  "state.items.push(pad + n)",
  "state.items.push(pad, n, null, undefined)",
  "state.items.push({ n, pad, tags: [pad, { n }] })",
  "state.items[state.items.length] = { pad }",
  "held.o = { n, pad, inner: { a: 1 } }; state.items.push(held.o)",
  "if (held.o) held.o.n++",
  "if (held.o) held.o.inner.a++",
  "if (held.o) held.o.inner = [n]",
  "held.o = undefined",
  "held.inner = { z: 1 }; state.items.push({ a: [{ inner: held.inner }], pad })",
  "if (held.inner) held.inner.z++",
  "held.all ??= []; held.all.push({ n }); state.items.push(held.all.at(-1))",
  "for (const one of held.all ?? []) one.n++",
  "held.l = state.items",
  "held.l?.push(pad + 'held')",
  "held.l?.shift()",
  "held.l = undefined",
  "state.items = Array.from({ length: 30 }, (_, i) => pad + i)",
  "state.items = held.l = Array.from({ length: 40 }, (_, i) => ({ i, pad }))",
  "if (held.l?.[3]) held.l[3].i = n",
  "state.items = [...state.items, pad]",
  "state.items = state.items",
  "state.items = state.items.filter((_, i) => i !== 2)",
  "state.items.splice(n % 5, 1, { n })",
  "state.items.splice(2, 0, n)",
  "state.items.shift()",
  "state.items.pop()",
  "state.items.pop(); state.items.push(n)",
  "state.items.unshift(n)",
  "state.items.reverse()",
  "Object.isFrozen(state.items) || state.items.sort((a, b) => text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0)",
  "state.items.fill(n, 1, 2)",
  "state.items.copyWithin(0, 2, 4)",
  "state.items.length = Math.max(0, state.items.length - 1)",
  "state.items.length += 1",
  "delete state.items[1]",
  "state.items[3] = n",
  "state.items[state.items.length + 2] = n",
  "state.items.extra = { n }",
  "held.item = state.items.find((one) => one?.n !== undefined)",
  "held.item = state.items.at(-1)",
  "if (typeof held.item === 'object' && held.item !== null && !Object.isFrozen(held.item)) held.item.n = n",
  "held.item = undefined",
  "for (const one of state.items) if (one?.tags) one.tags.push(n)",
  "for (const one of state.items) if (one?.seen) one.seen++",
  "state.items.forEach((one) => { if (one?.inner && !Object.isFrozen(one)) one.seen = 1 })",
  "held.d = new Date(5); state.items.push(held.d, { at: held.d })",
  "held.d?.setTime(n)",
  "held.d = undefined",
  "state.items.push({ when: new Date(n) })",
  "for (const one of state.items) one?.when?.setTime(n)",
  "state.items.push(new Map([[1, pad]]))",
  "for (const one of state.items) if (one instanceof Map) one.set(n, { n })",
  "state.items.push(Object.freeze({ n, inner: { a: 1 } }))",
  "held.t = { n }; state.items.push(new Proxy(held.t, {}))",
  "held.t = { n }; state.items.push({ p: Proxy.revocable(held.t, {}).proxy })",
  "if (held.t) held.t.n++",
  "held.g = { n }; state.items.push({ get n() { return held.g?.n ?? 0 } })",
  "if (held.g) held.g.n++",
  "held.row = [n, [n]]; state.items.push(held.row)",
  "held.row?.push(pad)",
  "held.row?.[1].push(n)",
  "state.other = state.items",
  "state.other?.push?.(n)",
  "state.wrap = { list: state.items }",
  "state.wrap?.list.push(n)",
  "delete state.other",
  "delete state.items; state.items = held.l ?? []",
  "delete state.wrap; delete state.items; state.items = []",
  "Object.freeze(state.items); state.items = [...state.items]",
  "held.l = Object.freeze(state.items)",
  "Object.defineProperty(state.items, state.items.length, { value: n, writable: true, enumerable: true, configurable: true })",
  "Reflect.set(Object.create(state.items), 0, n)",
  "seen.push(state.items === state.items, Array.isArray(state.items), state.items.length)",
  "seen.push(JSON.stringify(state.items), JSON.stringify(state), Object.keys(state.items).length)",
  "seen.push([...state.items], state.items.concat([1]).length, state.items.slice(-2), [].concat(state.items).length)",
  "seen.push(state.items.indexOf(held.o), state.items.includes(held.item), state.items.lastIndexOf(held.d))",
  "seen.push(held.l === state.items, held.l?.length, state.other === state.items)",
  "seen.push(structuredClone(state.items.filter((one) => typeof one === 'string')), `${state.items instanceof Array}`)",
  "seen.push(3 in state.items, state.items.extra !== undefined, Object.prototype.toString.call(state.items))",
  "try { state.items.push(n) } catch (e) { seen.push(e.name) }",
];

/** Changes by others before the code continues. */
type Interference = "none" | "value" | "append";

const step = fc.record({
  actions: fc.array(fc.constantFrom(...actions), { minLength: 1, maxLength: 4 }),
  after: fc.constantFrom<Interference>("none", "none", "none", "none", "value", "append"),
});

const starts: readonly Encoded[] = [
  [],
  ["x"],
  Array.from({ length: 30 }, (_, i) => `${i} ${"x".repeat(80)}`),
  Array.from({ length: 30 }, (_, i) => ({ n: i, pad: "x".repeat(80), tags: [i], inner: { a: i } })),
];

const prefix = "const held = {}; let seen = []; const pad = 'x'.repeat(90); let n = 0;" +
  "const text = (value) => JSON.stringify(value ?? 0);";

Deno.test("lists: after any change by code the patches give the same list as plain JavaScript", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...starts),
      fc.array(step, { minLength: 1, maxLength: 14 }),
      (start, steps) => {
        const body = (wait: string) =>
          steps.map(({ actions }) =>
            `{ n++; try { ${actions.join("; ")} } catch (e) { seen.push(e.name) } ${wait} }`
          )
            .join("\n");
        using scope = open(`${prefix}\n${body("await Ask(seen); seen = [];")}`, { state: { items: start } });
        const state = { items: decode(start) } as Record<string, unknown>;
        const model = modelOf(`"use strict"; ${prefix}\n${body("yield seen; seen = [];")}`, state);
        let known: Record<string, Encoded> = { items: start };
        let progress = scope.start();
        for (let i = 0; i < steps.length; i++) {
          const { value } = model.next();
          assertEquals(progress.end, undefined);
          known = patched(known, progress.patch);
          assertEquals(known, encode(state), `after step ${i}`);
          assertEquals(progress.requests[0]?.args[2], [encode(value)], `seen in step ${i}`);
          const patch = interference(steps[i]!.after, known);
          known = patched(known, patch);
          for (const key of Object.keys(patch)) state[key] = decode(known[key]!);
          progress = scope.deliver(result(i + 1, null, { patch }));
        }
      },
    ),
    { numRuns: 400 },
  );
});

function modelOf(body: string, state: object): Generator<unknown> {
  // The same code runs here with plain lists.
  return new Function("state", `return (function* () { ${body} })()`)(state);
}

function interference(kind: Interference, known: Record<string, Encoded>): StatePatch {
  const { items } = known;
  if (kind === "none") return {};
  if (kind === "append" && Array.isArray(items)) return { items: { append: ["other", { n: 1, tags: [] }] } };
  return { items: { value: [...(Array.isArray(items) ? items : []), { n: 2, inner: { a: 1 } }] } };
}

function patched(known: Record<string, Encoded>, patch: StatePatch): Record<string, Encoded> {
  const next = { ...known };
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete next[key];
    else if ("value" in change) next[key] = change.value;
    else next[key] = [...next[key] as Encoded[], ...change.append];
  }
  return next;
}

Deno.test("lists: a list keeps its holes and extra properties as the code made them", () => {
  const items = Array.from({ length: 30 }, (_, i) => `${i} ${"x".repeat(80)}`);
  using scope = open(
    `state.items = [...state.items]; state.items.extra = { n: 1 }; await Ask();
    delete state.items[1]; state.items.push("d"); await Ask();
    state.items.length -= 1; await Ask(1 in state.items, state.items.extra);`,
    { state: { items } },
  );
  scope.start();
  scope.deliver(result(1, null));
  const { patch, requests } = scope.deliver(result(2, null));
  const left: Encoded[] = [...items];
  left[1] = { $type: "hole" };
  assertEquals(patch, { items: { value: left } });
  assertEquals(requests[0]?.args[2], [false, { n: 1 }]);
});

Deno.test("lists: adding an item costs one item per step, for lists of any origin and any items", () => {
  const long = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(40)}`);
  const cases: readonly [code: string, state: Record<string, Encoded>][] = [
    ["for (let i = 0;; i++) { state.items.push(`i${i}`); await Ask() }", { items: long }],
    ["for (let i = 0;; i++) { state.items.push({ i, tags: ['a', { b: i }] }); await Ask() }", {
      items: long,
    }],
    ["for (let i = 0;; i++) { const o = { i }; state.items.push(o); await Ask() }", { items: long }],
    ["const l = state.items; for (let i = 0;; i++) { l.push({ i }); await Ask() }", { items: long }],
    ["state.items ??= []; for (let i = 0;; i++) { state.items.push('x'.repeat(100)); await Ask() }", {}],
    [
      "state.items = []; for (let i = 0;; i++) { state.items.push({ text: 'x'.repeat(100) }); await Ask() }",
      {},
    ],
  ];
  for (const [code, state] of cases) {
    using scope = open(code, { state });
    scope.start();
    for (let i = 1; i < 200; i++) {
      const { patch, end } = scope.deliver(result(i, null));
      assertEquals(end, undefined, code);
      const change = patch["items"]!;
      assert(change !== null && "append" in change && change.append.length === 1, `${code} ${i}`);
    }
  }
});

Deno.test("lists: a list that exceeds the output limit is an error that names the list, even for one added item", () => {
  using scope = open("for (;;) { state.items.push('x'.repeat(1_000)); await Ask() }", {
    state: { items: [] },
    limits: { outputCharacters: 20_000 },
  });
  let progress = scope.start();
  for (let i = 1; progress.end === undefined; i++) progress = scope.deliver(result(i, null));
  assertEquals(progress.end, {
    kind: "threw",
    error: { name: "LimitError", message: '"state.items[19]" is larger than 20000 characters' },
  });
});

Deno.test("lists: the error for an item that cannot be kept names its place in the list", () => {
  for (const items of [[], Array.from({ length: 100 }, (_, i) => `${i} ${"x".repeat(40)}`)]) {
    const { end } = openAndStart("state.items.push({ a: [() => 1] })", items);
    assertEquals(end, {
      kind: "threw",
      error: {
        name: "DataError",
        message: `"state.items[${items.length}].a[0]" is a function and cannot be kept; keep plain data`,
      },
    });
  }
});

Deno.test("lists: code reaches a list only through its view", () => {
  const items = Array.from({ length: 100 }, (_, i) => `${i} ${"x".repeat(40)}`);
  const { patch } = openAndStart(
    `let leak; const catching = { configurable: true, get() { leak = this; return 1 }, set(v) { leak = this } };
     for (const key of ["me", "", "200", "-1", "1.0"]) {
       Object.defineProperty(Array.prototype, key, catching);
       const view = state.items;
       view[key]; view[key] = 1; Reflect.get(view, key); Reflect.set(view, key, 1);
       if (leak !== undefined && leak !== view) Say("user", key);
     }
     leak.push("end")`,
    items,
  );
  assertEquals(patch["items"], { append: ["end"] });
});

function openAndStart(code: string, items: readonly Encoded[]) {
  using scope = open(code, { state: { items } });
  const progress = scope.start();
  assertEquals(progress.requests, []);
  return progress;
}
