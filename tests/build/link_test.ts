import { assertEquals, assertThrows } from "@std/assert";
import { magics } from "../../build/archive.ts";
import { pieceOf } from "../../build/link.ts";
import { createLoader } from "../../build/loader.ts";

Deno.test("pieceOf() makes a module's imports calls and what it exports a result", async () => {
  const first = pieceOf(
    "first.js",
    `import { b as other, "c d" as name } from "./second.js";
import { join } from "node:path/posix";
import posix, { sep } from "node:path/posix";
import * as path from "node:path/posix";
import "./third.js";
const late = async () => (await import("./fourth.js")).value;
const folder = import.meta.url;
function mine() { return [other, name, join("a", "b"), sep, path.sep, posix.sep, folder]; }
export { mine, late as "an export" };
`,
  );
  assertEquals(first.needs, ["second.js", "third.js"]);
  assertEquals(first.loads, ["fourth.js"]);
  const order: string[] = [];
  const { factories, need } = loaderOf(first, {
    "second.js": () => ({ b: order.push("second"), "c d": "name" }),
    "third.js": () => order.push("third"),
    "fourth.js": () => ({ value: order.push("fourth") }),
  });
  const result = need("first.js") as { mine(): unknown; "an export"(): Promise<unknown> };
  assertEquals(order, ["second", "third"]);
  assertEquals(result.mine(), [1, "name", "a/b", "/", "/", "/", "file:///x/main.js"]);
  assertEquals(await result["an export"](), 3);
  assertEquals(need("first.js"), result);
  assertEquals(Object.keys(factories).length, 4);
});

Deno.test("pieceOf() makes a default export and a module that waits", async () => {
  const { need } = loaderOf(pieceOf("a.js", `export default 1 + 1;`), {});
  assertEquals(need("a.js"), { default: 2 });
  const waiting = loaderOf(pieceOf("a.js", `const x = await Promise.resolve(3);\nexport { x };`), {});
  assertEquals(await waiting.need("a.js"), { x: 3 });
});

Deno.test("pieceOf() makes a piece that is late run when one of its functions is called", () => {
  const text = `import { add } from "./late.js";
import "./other.js";
const both = () => add(1, 2) + add(3, 4);
export { both };
`;
  const piece = pieceOf("a.js", text, new Set(["late.js"]));
  assertEquals([piece.needs, piece.loads], [["other.js"], ["late.js"]]);
  const order: string[] = [];
  const { need } = loaderOf(piece, {
    "late.js": () => order.push("late") && { add: (a: number, b: number) => a + b },
    "other.js": () => order.push("other"),
  });
  const { both } = need("a.js") as { both(): number };
  assertEquals(order, ["other"]);
  assertEquals(both(), 10);
  assertEquals(order, ["other", "late"]);
  assertThrows(
    () => pieceOf("a.js", `import * as all from "./late.js";`, new Set(["late.js"])),
    Error,
    "Cannot link",
  );
});

Deno.test("pieceOf() refuses what it cannot link without a change of meaning", () => {
  for (
    const text of [
      `let count = 0; function more() { count++; } export { count, more };`,
      `let count; const set = () => { count = 1; }; export { count };`,
      `export * from "./b.js";`,
      `export { a } from "./b.js";`,
      `export const a = 1;`,
      `export default function f() {}`,
      `import a from "npm:a";`,
      `const $need = 1;`,
    ]
  ) {
    assertThrows(() => pieceOf("a.js", text), Error, "Cannot link", text);
  }
});

/** A loader that has a piece and others at hand. */
function loaderOf(
  piece: { readonly name: string; readonly factory: string },
  others: Record<string, () => unknown>,
) {
  const meta = { url: "file:///x/main.js" } as ImportMeta;
  const loader = createLoader({ meta, scripts: {}, compressed: [], magics });
  const { factories, need, load, builtin, packed } = loader;
  const make = new Function(
    "$need",
    "$load",
    "$builtin",
    "$packed",
    "$meta",
    `"use strict";return ${piece.factory}`,
  );
  Object.assign(factories, others, { [piece.name]: make(need, load, builtin, packed, meta) });
  return loader;
}
