import { assertEquals } from "@std/assert";
import { listenForInterrupts } from "../../../src/cli/commands/run/interrupts.ts";
import { ServedRuns } from "../../../src/cli/commands/serve/served_runs.ts";
import { loadConfig } from "../../../src/cli/load_config.ts";
import { inFolder, worldIn } from "../../support/world.ts";

Deno.test("served runs: a signal that came before they begin ends them", async () => {
  await inFolder({}, async (folder) => {
    const world = worldIn(folder, { HOME: folder });
    using interrupts = listenForInterrupts();
    await using runs = new ServedRuns({ concurrency: 1, trust: false }, {
      config: loadConfig({}, world),
      interrupts,
      world,
      tell: () => {},
      warn: () => {},
    });
    interrupts.interrupt();
    const late = new Promise<string>((resolve) => Deno.unrefTimer(setTimeout(() => resolve("late"), 5000)));
    assertEquals(await Promise.race([runs.run(), late]), []);
  });
});
