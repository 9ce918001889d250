import { assertEquals, assertRejects } from "@std/assert";
import { InOrder } from "../../src/store/in_order.ts";

Deno.test("in order: tasks with one key run one after another, also after one that fails, and others do not wait", async () => {
  const tasks = new InOrder();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const a = tasks.run("a", async () => {
    await first.promise;
    done.push("a1");
    throw new Error("a1 fails");
  });
  const b = tasks.run("a", () => Promise.resolve(done.push("a2")));
  await tasks.run("b", () => Promise.resolve(done.push("b1")));
  assertEquals(done, ["b1"]);
  first.resolve();
  await assertRejects(() => a, Error, "a1 fails");
  await b;
  assertEquals(done, ["b1", "a1", "a2"]);
});
