import { assert, assertEquals } from "@std/assert";
import { reservedNames, yieldingNames } from "../../src/engine/builtins/table.ts";
import { globalNames } from "../../src/sandbox/mod.ts";
import { localsAfter } from "./support.ts";

Deno.test("globals: the checks of programs know exactly the names that code can use", () => {
  const finish = localsAfter("const names = Object.getOwnPropertyNames(globalThis);", {}, {
    playbooks: [],
    classes: {},
  });
  assert(finish.ok);
  const names = finish.locals["names"] as readonly string[];
  const known = new Set([...globalNames, ...reservedNames, ...yieldingNames]);
  assertEquals(names.filter((name) => !known.has(name)), []);
  assertEquals(globalNames.filter((name) => !names.includes(name)), []);
});
