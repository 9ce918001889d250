import { assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";
import { sleeps } from "./programs.ts";

Deno.test("sessions stop: it stops the process that runs a session, and the session can be resumed", async () => {
  await using folder = await folderWith({ "sleep.pb": sleeps });
  const process = folder.start(["run", "sleep.pb", "--name", "night"]);
  await process.untilTrue(() => folder.journalSoFar().at(-1)?.type === "start");
  for (
    const args of [["rm", "night", "--yes"], ["rename", "night", "day"], ["relink", "night", "sleep.pb"]]
  ) {
    const refused = await folder.run(["sessions", ...args]);
    if (args[0] === "relink") assertStringIncludes(refused.stdout, "already");
    else assertEquals(refused.code, 4, refused.stderr);
  }
  const stop = await folder.run(["sessions", "stop", "night", "--timeout", "60"]);
  assertEquals(stop.code, 0, stop.stderr);
  const session = folder.onlySession();
  assertEquals(
    stop.stdout,
    `Stopped session ${session.slice(-8)} (night); go on with: playbooks resume ${session.slice(-8)}\n`,
  );
  assertEquals((await process.finished).code, 143);
  const again = await folder.run(["sessions", "stop", "night"]);
  assertEquals([again.code, again.stdout.includes("it is stopped")], [0, true]);

  const resumed = folder.start(["resume", session.slice(-8)]);
  await resumed.until("All agents resumed from checkpoint", "stderr");
  assertEquals((await folder.run(["sessions", "stop", "night", "--timeout", "60"])).code, 0);
  assertEquals((await resumed.finished).code, 143);
});
