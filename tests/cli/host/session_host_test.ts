import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { messageOf } from "../../../src/errors.ts";
import { SessionHandle } from "../../../src/session/mod.ts";
import type { FileStore } from "../../../src/store/mod.ts";
import { codeProgram, withHosts } from "./stage.ts";

const speaks = codeProgram(`await Say("user", "one"); await Sleep(0.01); await Say("user", "two");`);
const fails = codeProgram(`await Say("user", "now"); throw new Error("broken part");`);
const asks = codeProgram(`await Say("user", "heard " + await Yield("user"));`);
const sleeps = codeProgram(
  `await Say("user", "good night"); await Sleep(3600); await Say("user", "morning");`,
);

Deno.test("session host: it runs sessions side by side, each to its end, and no more than its bound at a time", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, said, store }) => {
    let most = 0;
    await using host = make({
      concurrency: 2,
      observer: {
        started: () => most = Math.max(most, host.running().length),
        event: (id, event) => event.type === "say" && void said.push(`${id.slice(-4)}: ${event.text}`),
      },
    });
    const ids = [];
    for (let n = 0; n < 5; n++) ids.push(await queue("speaks.pb"));
    const ends = ids.map((id) => host.start(id));
    assertEquals([host.running(), host.queued(), host.free], [ids.slice(0, 2), ids.slice(2), 0]);
    for (const { status, exit } of await Promise.all(ends)) assertEquals([status, exit], ["completed", 0]);
    assertEquals(most, 2);
    for (const id of ids) {
      const own = said.filter((words) => words.startsWith(id.slice(-4)));
      assertEquals(own, [`${id.slice(-4)}: one`, `${id.slice(-4)}: two`]);
      assertEquals(store.get(id)?.status, "completed");
    }
    assertEquals([host.running(), host.queued(), host.free], [[], [], 2]);
  });
});

Deno.test("session host: the error of one session touches no other", async () => {
  await withHosts({ "fails.pb": fails, "speaks.pb": speaks }, async ({ queue, host: make, store }) => {
    const [bad, good] = [await queue("fails.pb"), await queue("speaks.pb")];
    await using host = make({
      observer: {
        event: (id, event) => {
          if (id === bad && event.type === "say") throw new Error("the observer fails");
        },
      },
    });
    const missing = host.start("01234567-89ab-7cde-8f01-23456789abcd");
    const [lost, ended] = await Promise.all([host.start(bad), host.start(good)]);
    assertStringIncludes(messageOf(lost.error), "the observer fails");
    assertEquals([lost.hasRun, store.get(bad)?.status], [true, "stopped"]);
    assertEquals(ended.status, "completed");
    assertEquals([(await missing).exit, (await missing).hasRun], [3, false]);
    // Without the fault, the program itself fails, and says so.
    await using second = make();
    const end = await second.start(bad);
    assertEquals([end.status, end.exit], ["failed", 1]);
    assert(end.result?.kind === "failed" && end.result.reason.includes("broken part"));
  });
});

Deno.test("session host: a session that waits for a person or a distant timer leaves memory, and goes on later", async () => {
  await withHosts(
    { "asks.pb": asks, "sleeps.pb": sleeps },
    async ({ queue, host: make, said, store, world }) => {
      const maxWaits = { personMs: 0, timerMs: 100 };
      await using host = make({ maxWaits });
      const [asking, sleeping] = [await queue("asks.pb"), await queue("sleeps.pb")];
      const [a, b] = await Promise.all([host.start(asking), host.start(sleeping)]);
      assertEquals([a.status, b.status, host.running()], ["waiting", "waiting", []]);
      const { dueAt } = store.get(sleeping)!;
      assert(Math.abs(Date.parse(dueAt!) - Date.now() - 3_600_000) < 60_000, dueAt);
      assertEquals(store.get(asking)?.dueAt, undefined);
      const runnable = (nowMs: number) =>
        store.runnable({ limit: 9, nowMs }).map(({ reason, session: { id } }) => [reason, id]);
      assertEquals(runnable(Date.now()), []);

      await new SessionHandle(store, asking).post({ text: "hello" }, { key: "1" });
      assertEquals(runnable(Date.now()), [["answered", asking]]);
      assertEquals((await host.start(asking)).status, "completed");
      const laterMs = Date.now() + 3_700_000;
      assertEquals(runnable(laterMs), [["due", sleeping]]);
      await using later = make({ maxWaits, world: { ...world, now: () => Date.now() + 3_700_000 } });
      assertEquals((await later.start(sleeping)).status, "completed");
      const [x, y] = [asking.slice(-4), sleeping.slice(-4)];
      assertEquals(said.toSorted(), [`${x}: heard hello`, `${y}: good night`, `${y}: morning`].toSorted());
    },
  );
});

Deno.test("session host: words for a person who is not asked wake a session once, and not again and again", async () => {
  const program = `# Alice:Human\n\n# Bob:Human\n\n${
    codeProgram('await Say("user", await Yield("Alice"));')
  }`;
  await withHosts({ "two.pb": program }, async ({ queue, host: make, store }) => {
    await using host = make({ maxWaits: { personMs: 0, timerMs: 0 } });
    const id = await queue("two.pb");
    assertEquals((await host.start(id)).status, "waiting");
    const handle = new SessionHandle(store, id);
    await handle.post({ text: "me", person: "Bob" }, { key: "1" });
    const runnable = () => store.runnable({ limit: 9, nowMs: Date.now() }).length;
    assertEquals(runnable(), 1);
    assertEquals((await host.start(id)).status, "waiting");
    assertEquals(runnable(), 0);
    await handle.post({ text: "hello", person: "Alice" }, { key: "2" });
    assertEquals(runnable(), 1);
    assertEquals((await host.start(id)).status, "completed");
  });
});

Deno.test("session host: sessions that are handed back go on in another host, and nothing is said twice", async () => {
  const loops = codeProgram(
    `for (let n = 1; n <= 40; n++) { await Say("user", "step " + n); await Sleep(0.01); }`,
  );
  await withHosts({ "loops.pb": loops }, async ({ queue, host: make, said, store }) => {
    const ids = [await queue("loops.pb"), await queue("loops.pb"), await queue("loops.pb")];
    const first = make({ concurrency: 2 });
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const ends = ids.map((id) => first.start(id));
    const timer = setInterval(() => said.length >= 6 && resolve(), 1);
    await begun;
    clearInterval(timer);
    assertEquals(await first.close({ handBack: true, withinMs: 10_000 }), []);
    const results = await Promise.all(ends);
    assertEquals(results.map(({ status }) => status), ["queued", "queued", undefined]);
    assertEquals(ids.map((id) => store.get(id)?.status), ["queued", "queued", "queued"]);
    assertEquals((await first.start(ids[0]!)).hasRun, false, "a closed host starts nothing");
    await using second = make();
    for (const { status } of await Promise.all(ids.map((id) => second.start(id)))) {
      assertEquals(status, "completed");
    }
    for (const id of ids) {
      const own = said.filter((words) => words.startsWith(id.slice(-4))).map((words) => words.slice(6));
      assertEquals(own, Array.from({ length: 40 }, (_, index) => `step ${index + 1}`));
    }
  });
});

Deno.test("session host: a process ends although its storage does not answer, and the session goes on elsewhere", async () => {
  await withHosts({ "sleeps.pb": sleeps }, async ({ queue, host: make, said, store }) => {
    const id = await queue("sleeps.pb");
    const answer = Promise.withResolvers<void>();
    const slow = new Proxy(store, {
      get(target, name) {
        if (name === "update") return (...args: Parameters<FileStore["update"]>) => late(args);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const late = async (args: Parameters<FileStore["update"]>) => {
      await answer.promise;
      return await store.update(...args);
    };
    let end;
    {
      await using host = make({ store: slow, maxWaits: { personMs: 60_000, timerMs: 7_200_000 } });
      end = host.start(id);
      while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      assertEquals(await host.close({ handBack: true, withinMs: 100 }), [id]);
    }
    // The block has ended: the host does not wait for the session a second time.
    answer.resolve();
    assertEquals((await end).status, "queued");
    assertEquals(store.get(id)?.status, "queued");
  });
});

Deno.test("session host: a session is stopped alone, by its host or by a request in its inbox", async () => {
  await withHosts({ "sleeps.pb": sleeps }, async ({ queue, host: make, store }) => {
    const { promise: both, resolve } = Promise.withResolvers<void>();
    let said = 0;
    await using host = make({
      maxWaits: { personMs: 0, timerMs: Infinity },
      observer: { event: (_, { type }) => type === "say" && ++said === 3 && resolve() },
    });
    const ids = [await queue("sleeps.pb"), await queue("sleeps.pb"), await queue("sleeps.pb")];
    const [a, b, c] = ids as [string, string, string];
    const [endA, endB, endC] = ids.map((id) => host.start(id));
    await both;
    assertEquals(store.get(a)?.hosted, true);
    await host.stop(a);
    assertEquals([(await endA!).status, store.get(a)?.status, host.running()], ["stopped", "stopped", [
      b,
      c,
    ]]);
    await new SessionHandle(store, b).stop();
    host.control(b)!.collect();
    assertEquals([(await endB!).status, host.running()], ["stopped", [c]]);
    host.control(c)!.stop();
    assertEquals((await endC!).status, "stopped");
    assertEquals(store.runnable({ limit: 9, nowMs: Date.now() }), []);
  });
});

Deno.test("session host: a session that needs consent is refused and stays as it was", async () => {
  const files = { "speaks.pb": speaks, "playbooks.toml": `[permissions]\nnet = ["example.com"]\n` };
  await withHosts(files, async ({ queue, host: make, store, said, folder }) => {
    const id = await queue("speaks.pb", "--trust");
    await using host = make();
    const end = await host.start(id);
    assertEquals([end.hasRun, end.exit, store.get(id)?.status], [false, 2, "queued"]);
    assertStringIncludes(messageOf(end.error), `playbooks trust ${folder}`);
    assertEquals(said, []);
    await using trusting = make({ options: { trust: true } });
    assertEquals((await trusting.start(id)).status, "completed");
  });
});

Deno.test("session host: an uncertain effect stops its session until a person decides, and the decision wakes it", async () => {
  const orders = Promise.withResolvers<void>();
  let count = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
    if (++count > 1) return new Response("taken");
    orders.resolve();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return new Response("lost");
  });
  const program = codeProgram(`
  const answer = await fetch("http://127.0.0.1:${server.addr.port}/", { method: "POST", body: "one" });
  await Say("user", await answer.text());`);
  const files = { "order.pb": program, "playbooks.toml": `[permissions]\nnet = ["127.0.0.1"]\n` };
  await withHosts(files, async ({ queue, host: make, store, said, world }) => {
    const id = await queue("order.pb", "--trust");
    const parts = { options: { trust: true }, world: { ...world, fetch } };
    const first = make(parts);
    const ended = first.start(id);
    await orders.promise;
    await first.close();
    assertEquals([(await ended).status, store.get(id)?.status], ["queued", "queued"]);
    await using second = make(parts);
    const { status, exit, result } = await second.start(id);
    assertEquals([status, exit], ["stopped", 5]);
    assert(result?.kind === "uncertain");
    const runnable = () => store.runnable({ limit: 9, nowMs: Date.now() }).map(({ reason }) => reason);
    assertEquals([runnable(), count], [[], 1]);
    await new SessionHandle(store, id).decide(result.effect.id, "retry");
    assertEquals(runnable(), ["answered"]);
    assertEquals((await second.start(id)).status, "completed");
    assertEquals([said, count], [[`${id.slice(-4)}: taken`], 2]);
  });
});

Deno.test("session host: what a newer version wrote is refused, and stays queued for a worker that can run it", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store, folder }) => {
    const [journal, summary] = [await queue("speaks.pb"), await queue("speaks.pb")];
    const session = await store.open(journal, { pid: 1, host: "newer", sync: "always" });
    session.append([{ type: "run", version: 99, playbooks: "9.0.0", token: 2, at: Date.now() }], {
      expectedPosition: session.position,
      token: session.token,
    });
    await store.update(journal, { status: "queued" });
    await session.close();
    const path = `${folder}/.checkpoints/${summary}/session.json`;
    const { crc: _, ...whole } = JSON.parse(Deno.readTextFileSync(path));
    Deno.writeTextFileSync(path, JSON.stringify({ ...whole, version: 99, playbooks: "9.0.0" }));
    await using host = make();
    for (const id of [journal, summary]) {
      const { exit, error, hasRun } = await host.start(id);
      assertEquals([exit, hasRun], [6, false]);
      assertStringIncludes(messageOf(error), "playbooks 9.0.0");
    }
    assertEquals(store.get(journal)?.status, "queued");
    assertEquals(JSON.parse(Deno.readTextFileSync(path)).version, 99);
  });
});

Deno.test("session host: a session whose model cannot be opened here stays queued", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store, world, said }) => {
    const id = await queue("speaks.pb", "--model", "anthropic:claude-haiku-4-5");
    const { ANTHROPIC_API_KEY: _, ...environment } = world.environment;
    await using host = make({ world: { ...world, environment } });
    const { exit, error, hasRun } = await host.start(id);
    assertEquals([exit, hasRun, store.get(id)?.status], [2, false, "queued"]);
    assertStringIncludes(messageOf(error), "ANTHROPIC_API_KEY");
    await using able = make();
    assertEquals((await able.start(id)).status, "completed");
    assertEquals(said.length, 2);
  });
});
