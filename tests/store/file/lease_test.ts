import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { ageOf } from "../../../src/store/lease_errors.ts";
import { isLeaseFree, leaseHolder, lockName, takeLease } from "../../../src/store/file/lease.ts";
import { race, startChild } from "./fixtures.ts";
import { tempFolder } from "../../support/temp_files.ts";

const options = { session: "k3f9", pid: 4312, host: "here", nowMs: Date.UTC(2026, 0, 1) };

Deno.test("lease: a held lease is refused with pid, host, age and a recovery hint", async () => {
  using temp = tempFolder();
  using _lease = await takeLease(temp.path, options);
  const later = { ...options, pid: 1, nowMs: options.nowMs + 200_000 };
  const error = await assertRejects(() => takeLease(temp.path, later), PlaybooksError);
  assertEquals(error.exitCode, 4);
  assertEquals(
    error.message,
    'Cannot run session "k3f9": another process holds its lease (pid 4312 on here, for 3 minutes); ' +
      "wait for it or end it, or start a copy with --fork",
  );
});

Deno.test("lease: a released lease is free, and no process is reported as dead", async () => {
  using temp = tempFolder();
  assert(isLeaseFree(temp.path));
  const first = await takeLease(temp.path, options);
  assertEquals(isLeaseFree(temp.path), false);
  assertEquals(leaseHolder(temp.path), { pid: 4312, host: "here", startedAt: "2026-01-01T00:00:00.000Z" });
  first[Symbol.dispose]();
  assert(isLeaseFree(temp.path));
  using second = await takeLease(temp.path, options);
  assertEquals(second.died, undefined);
  if (Deno.build.os !== "windows") {
    assertEquals(Deno.statSync(`${temp.path}/${lockName}`).mode! & 0o777, 0o600);
  }
});

Deno.test("lease: if five processes request a lease at once, one gets it and four are refused with exit 4", async () => {
  using temp = tempFolder();
  const results = await race(5, ["lease", temp.path]);
  assertEquals(results.filter((result) => result === "taken").length, 1, results.join("\n"));
  for (const result of results.filter((result) => result !== "taken")) {
    assertMatch(
      result,
      /^4 Cannot run session "s": another process holds its lease \(pid \d+ on here, for \d+ s/,
    );
  }
});

Deno.test("lease: a lease ends with its killed process, and the next process learns which one died", async () => {
  using temp = tempFolder();
  const child = startChild(["lease", temp.path]);
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await output.read();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode("go\n"));
  assertEquals((await output.read()).value, "taken\n");
  assertEquals(isLeaseFree(temp.path), false);
  child.kill("SIGKILL");
  await child.status;
  assert(isLeaseFree(temp.path));
  using lease = await takeLease(temp.path, options);
  assertEquals(lease.died?.pid, child.pid);
  await output.cancel();
  await input.abort().catch(() => {});
});

Deno.test("lease: a check whether a lease is free does not block another process from taking it", async () => {
  using temp = tempFolder();
  (await takeLease(temp.path, options))[Symbol.dispose]();
  const looker = Deno.openSync(`${temp.path}/${lockName}`, { read: true, write: true });
  assert(looker.tryLockSync(true));
  const wanted = takeLease(temp.path, options);
  looker.close();
  (await wanted)[Symbol.dispose]();
});

Deno.test("lease: ageOf() gives an age in its largest unit", () => {
  const ages = [0, 1, 59, 60, 7199, 7200, 86_400 * 3].map((seconds) =>
    ageOf("2026-01-01T00:00:00.000Z", Date.UTC(2026, 0, 1) + seconds * 1000)
  );
  assertEquals(ages, ["0 seconds", "1 second", "59 seconds", "1 minute", "1 hour", "2 hours", "3 days"]);
});

Deno.test("lease: a lease with an unreadable file does not count as free", () => {
  using temp = tempFolder();
  assert(isLeaseFree(temp.path));
  Deno.mkdirSync(`${temp.path}/lock`);
  assert(!isLeaseFree(temp.path));
});
