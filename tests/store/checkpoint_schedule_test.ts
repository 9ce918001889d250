import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CheckpointSchedule, minTailBytes } from "../../src/store/checkpoint_schedule.ts";

Deno.test("checkpoint: one is due when the tail reaches half the last one's size, and at least 256 KiB", () => {
  const schedule = new CheckpointSchedule();
  assertEquals([minTailBytes - 1, minTailBytes].map((size) => schedule.due(size)), [false, true]);
  schedule.done(70_000, 600_000);
  assertEquals([369_999, 370_000].map((size) => schedule.due(size)), [false, true]);
  assert(new CheckpointSchedule({ journalSize: 0, bytes: 0 }).due(minTailBytes));
});

Deno.test("checkpoint: all except the last take at most twice the bytes of the journal", () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(50_000), fc.nat(900_000))), (steps) => {
    const schedule = new CheckpointSchedule();
    const written: number[] = [];
    let size = 0;
    for (const [grown, stateBytes] of steps) {
      size += grown;
      if (!schedule.due(size)) continue;
      schedule.done(size, stateBytes);
      written.push(stateBytes);
    }
    assert(written.slice(0, -1).reduce((sum, bytes) => sum + bytes, 0) <= 2 * size);
  }));
});
