import { type MemoryData, MemoryStore } from "../../../src/store/memory/memory_store.ts";
import { testClock, testConformance } from "../conformance.ts";

// deno-lint-ignore require-await -- other stores take their time to be made
testConformance("memory", async () => {
  const data: MemoryData = new Map();
  const nowMs = testClock();
  return {
    store: new MemoryStore({ nowMs, data }),
    other: new MemoryStore({ nowMs, data }),
    // deno-lint-ignore require-await -- as above
    loseLease: async (id) => {
      data.get(id)!.holder = undefined;
    },
    [Symbol.asyncDispose]: async () => {},
  };
});
