import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { maxDeaths, maxFailures, planOrphan, retryChanges } from "../../../src/cli/host/retry_policy.ts";
import { SessionTaker, type TakerFact } from "../../../src/cli/host/session_taker.ts";
import type { SessionHost } from "../../../src/cli/host/session_host.ts";
import { messageOf } from "../../../src/errors.ts";
import type { FileStore, SessionFile } from "../../../src/store/mod.ts";
import { indexedIds } from "../../store/file/fixtures.ts";
import { copySession } from "../../support/many_sessions.ts";
import { StorageError } from "../../../src/store/storage_error.ts";
import { codeProgram, withHosts } from "./stage.ts";

const speaks = codeProgram(`await Say("user", "one"); await Sleep(0.01); await Say("user", "two");`);
const process = { pid: 1, host: "elsewhere", sync: "always" } as const;

/** Takes sessions until none is left; returns what was told, as `take queued`. */
async function takeAll(store: FileStore, host: SessionHost): Promise<readonly TakerFact[]> {
  const facts: TakerFact[] = [];
  const taker = new SessionTaker({
    store,
    host,
    now: Date.now,
    tell: (fact) => facts.push(fact),
    untilIdle: true,
  });
  await taker.run(new AbortController().signal);
  return facts;
}

function takes(facts: readonly TakerFact[]): readonly string[] {
  return facts.flatMap((fact) => fact.type === "take" ? [`${fact.reason} ${fact.session.id}`] : []);
}

Deno.test("session taker: it takes the sessions that wait longest first, queued and orphaned, and no others", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store }) => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await queue("speaks.pb"));
    await store.update(ids[1]!, { status: "stopped" });
    // A process that gives its lease back without a status has died.
    await (await store.open(ids[2]!, process)).close();
    await using host = make({ concurrency: 2 });
    const facts = await takeAll(store, host);
    const [a, , orphan, ...rest] = ids;
    assertEquals(
      takes(facts).toSorted(),
      [
        `queued ${a}`,
        `orphaned ${orphan}`,
        ...rest.map((id) => `queued ${id}`),
      ].toSorted(),
    );
    assertEquals(takes(facts)[0], `queued ${a}`);
    assertEquals(store.list().filter(({ status }) => status === "completed").length, 5);
    assertEquals(store.get(ids[1]!)?.status, "stopped");
    assert(facts.every(({ type }) => type === "take" || type === "end"));
  });
});

Deno.test("session taker: the indexes of a copied storage are complete before the first session is taken", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store, folder }) => {
    const id = await queue("speaks.pb");
    copySession(`${folder}/.checkpoints`, id, 5);
    assertEquals(indexedIds(`${folder}/.checkpoints`).length, 1);
    await using host = make({ concurrency: 1 });
    const indexed: number[] = [];
    const taker = new SessionTaker({
      store,
      host,
      now: Date.now,
      tell: ({ type }) => type === "take" && indexed.push(indexedIds(`${folder}/.checkpoints`).length),
      untilIdle: true,
    });
    await taker.run(new AbortController().signal);
    assertEquals(indexed, Array.from({ length: 6 }, () => 6));
  });
});

Deno.test("session taker: a signal ends it while the indexes are completed", async () => {
  await withHosts({}, async ({ host: make, store }) => {
    await using host = make({ concurrency: 1 });
    const signal = new AbortController();
    const slow = new Proxy(store, {
      get(target, name) {
        if (name === "completeIndexes") {
          return () => {
            setTimeout(() => signal.abort(), 10);
            return new Promise(() => {});
          };
        }
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const taker = new SessionTaker({ store: slow, host, now: Date.now, tell: () => {} });
    assertEquals(await taker.run(signal.signal), undefined);
  });
});

Deno.test("session taker: two takers share the sessions, and each session runs once", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, said, store }) => {
    for (let n = 0; n < 10; n++) await queue("speaks.pb");
    await using first = make({ concurrency: 2 });
    await using second = make({ concurrency: 2 });
    const facts = (await Promise.all([takeAll(store, first), takeAll(store, second)])).flat();
    assertEquals(said.length, 20);
    assertEquals(new Set(said).size, 20);
    assertEquals(facts.filter(({ type }) => type === "refuse"), []);
    assertEquals(store.list().every(({ status }) => status === "completed"), true);
  });
});

Deno.test("session taker: a session that another process took first is told as missed, and never as taken", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, said, store }) => {
    const id = await queue("speaks.pb");
    await using host = make();
    const stop = new AbortController();
    const facts: TakerFact[] = [];
    let other: ReturnType<FileStore["open"]> | undefined;
    const taker = new SessionTaker({
      store,
      host,
      now: Date.now,
      // The other process comes between the list of sessions and the lease.
      accepts: () => {
        other ??= store.open(id, process);
        return true;
      },
      tell: (fact) => {
        facts.push(fact);
        stop.abort();
      },
    });
    await taker.run(stop.signal);
    assertEquals(facts.map(({ type }) => type), ["miss"]);
    assertEquals([host.has(id), said], [false, []]);
    await (await other)?.close();
  });
});

Deno.test("session taker: each session that is told as taken has one end, and one that cannot begin has none", async () => {
  const files = {
    "speaks.pb": speaks,
    "fails.pb": codeProgram(`throw new Error("no");`),
    "asks.pb": codeProgram(`await Yield("user");`),
  };
  await withHosts(files, async ({ queue, host: make, store }) => {
    const ids = [await queue("speaks.pb"), await queue("fails.pb"), await queue("asks.pb")];
    const busy = await queue("speaks.pb");
    const broken = await queue("speaks.pb");
    const newer = await queue("speaks.pb");
    const session = await store.open(newer, process);
    session.append([{ type: "run", version: 99, playbooks: "9.0.0", token: 2, at: Date.now() }], {
      expectedPosition: session.position,
      token: session.token,
    });
    await store.update(newer, { status: "queued" });
    await session.close();
    const failing = new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "open" && args[0] === broken) throw new StorageError("the file system is read-only");
          return value.apply(target, args);
        };
      },
    });
    await using other = await store.open(busy, process);
    await using host = make({ concurrency: 1, store: failing });
    const facts: TakerFact[] = [];
    const tell = (fact: TakerFact) => void facts.push(fact);
    const taker = new SessionTaker({ store, host, now: Date.now, tell, untilIdle: true });
    const left = await taker.run(new AbortController().signal);
    const of = (kind: string) =>
      facts.flatMap((fact) => fact.type === kind && "session" in fact ? [fact.session.id] : []).toSorted();
    assertEquals(of("take"), ids.toSorted());
    assertEquals(of("end"), ids.toSorted());
    assertEquals(of("refuse"), [broken, newer].toSorted());
    for (const id of ids) {
      const own = facts.filter((fact) => "session" in fact && fact.session.id === id);
      assertEquals(own.map(({ type }) => type), ["take", "end"]);
    }
    assertEquals([left?.refusals.length, left?.held], [2, 1]);
    assertEquals(other.id, busy);
  });
});

Deno.test("session taker: it takes nothing after a signal that running code or the list of sessions hears first", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store, said }) => {
    const ids = [await queue("speaks.pb"), await queue("speaks.pb")];
    // An orphan is loaded before it is taken.
    await (await store.open(ids[1]!, process)).close();
    for (const name of ["runnable", "load"] as const) {
      let isStopping = false;
      const heard = new Proxy(store, {
        get: (target, property) => {
          if (property === name) isStopping = true;
          const value = Reflect.get(target, property);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      await using host = make({ concurrency: 1 });
      const facts: TakerFact[] = [];
      const taker = new SessionTaker({
        store: heard,
        host,
        now: Date.now,
        accepts: ({ session }) => name === "runnable" || session.id === ids[1],
        tell: (fact) => facts.push(fact),
        isStopping: () => isStopping,
      });
      await taker.run(new AbortController().signal);
      await host.close();
      assertEquals([facts, host.running(), host.queued()], [[], [], []], name);
    }
    assertEquals(said, []);
    // A server's session that waits for its turn does not begin, either.
    let isStopping = false;
    await using host = make({
      concurrency: 1,
      isStopping: () => isStopping,
      observer: {
        event: (id, { type }) => {
          said.push(id);
          if (type === "say" && !isStopping) {
            isStopping = true;
            host.stop(id, { handBack: true });
          }
        },
      },
    });
    const [first] = ids.map((id) => host.start(id));
    assertEquals((await first)?.status, "queued");
    assertEquals([host.running(), host.queued()], [[], [ids[1]]]);
    assertEquals(new Set(said), new Set([ids[0]]));
  });
});

Deno.test("session taker: it takes a session that becomes free while it finds out whether anything is left", async () => {
  for (const change of ["lease", "queue", "timer"] as const) {
    await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store }) => {
      const [id] = [await queue("speaks.pb")];
      const whole = store.get(id)!;
      const orphan = async () => await (await store.open(id, process)).close();
      const changes = {
        lease: { before: { status: "waiting" }, after: orphan },
        queue: { before: { status: "stopped" }, after: () => store.update(id, whole) },
        timer: {
          before: { status: "stopped" },
          after: () => store.update(id, { ...whole, dueAt: new Date().toISOString() }),
        },
      } as const;
      await store.update(id, changes[change].before);
      let looks = 0;
      const racing = new Proxy(store, {
        get: (target, name) => {
          const value = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          // The first look finds nothing, and then something happens.
          if (name !== "runnable" || ++looks > 1) return value.bind(target);
          return async (...args: unknown[]) => {
            const found = Reflect.apply(value, target, args);
            await changes[change].after();
            return found;
          };
        },
      });
      await using host = make({ concurrency: 1 });
      const facts = await takeAll(racing, host);
      assertEquals(takes(facts), [`${change === "lease" ? "orphaned" : "queued"} ${id}`], change);
      assertEquals(store.get(id)?.status, "completed");
    });
  }
});

Deno.test("session taker: a storage that fails is said again after 1 minute, then after 2, and after each hour at most", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ host: make, store }) => {
    await using host = make();
    const stop = new AbortController();
    const minuteMs = 60_000;
    let nowMs = 0;
    let isFailing = false;
    const failing = new Proxy(store, {
      get: (target, name) => {
        if (name === "runnable" && isFailing) {
          nowMs += minuteMs / 4;
          if (nowMs > 300 * minuteMs) stop.abort();
          queueMicrotask(() => taker.look());
          setTimeout(() => taker.look(), 0);
          throw new StorageError("the database does not answer", { mayPass: true });
        }
        if (name === "runnable") {
          isFailing = true;
          setTimeout(() => taker.look(), 5);
        }
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const said: number[] = [];
    const tell = ({ type }: TakerFact) => type === "trouble" && said.push(nowMs / minuteMs);
    const taker: SessionTaker = new SessionTaker({ store: failing, host, now: () => nowMs, tell });
    await taker.run(stop.signal);
    const pauses = said.slice(1).map((minute, index) => minute - said[index]!);
    assertEquals(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });
});

Deno.test("session taker: before its first look, a failure that a person must fix ends it, and one that may pass does not", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store }) => {
    await queue("speaks.pb");
    for (const mayPass of [true, false]) {
      let failures = 1;
      const failing = new Proxy(store, {
        get: (target, name) => {
          if (name === "runnable" && failures-- > 0) {
            setTimeout(() => taker.look(), 5);
            throw new StorageError("it fails", { mayPass });
          }
          const value = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      await using host = make();
      const stop = new AbortController();
      const facts: string[] = [];
      const taker: SessionTaker = new SessionTaker({
        store: failing,
        host,
        now: Date.now,
        tell: ({ type }) => {
          facts.push(type);
          if (type === "end") stop.abort();
        },
      });
      const error = await taker.run(stop.signal).then(() => undefined, messageOf);
      assertEquals([error, facts], mayPass ? [undefined, ["trouble", "take", "end"]] : ["it fails", []]);
    }
  });
});

Deno.test("session taker: it says once that it cannot run a session, and leaves it as it was", async () => {
  const files = { "speaks.pb": speaks, "playbooks.toml": `[permissions]\nnet = ["example.com"]\n` };
  await withHosts(files, async ({ queue, host: make, store }) => {
    const id = await queue("speaks.pb", "--trust");
    await using host = make();
    const facts = await takeAll(store, host);
    const refusals = facts.flatMap((fact) => fact.type === "refuse" ? [fact] : []);
    assertEquals(refusals.length, 1);
    assertStringIncludes(messageOf(refusals[0]!.error), "not trusted");
    assertEquals(store.get(id)?.status, "queued");
  });
});

Deno.test("session taker: a session that the storage keeps from beginning is tried again after 5 seconds, then after 10", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store }) => {
    const id = await queue("speaks.pb");
    let failures = 2;
    const failing = new Proxy(store, {
      get: (target, name) => {
        if (name === "open" && failures > 0) {
          return () => {
            failures--;
            throw new StorageError("the disk is full");
          };
        }
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await using host = make({ store: failing });
    const facts: TakerFact[] = [];
    let laterMs = 0;
    const taker = new SessionTaker({
      store,
      host,
      now: () => Date.now() + laterMs,
      tell: (fact) => facts.push(fact),
      untilIdle: true,
    });
    const tries: number[] = [];
    const most = failures;
    // After the first try 5 s must pass, after the second one 10 s.
    for (const passedMs of [0, 3_000, 2_500, 7_000, 3_500]) {
      laterMs += passedMs;
      await taker.run(new AbortController().signal);
      tries.push(most - failures + takes(facts).length);
    }
    assertEquals(tries, [1, 1, 2, 2, 3]);
    assertEquals(facts.filter(({ type }) => type === "refuse").length, 1);
    assertEquals(store.get(id)?.status, "completed");
  });
});

Deno.test("session taker: a run that a full disk ended is no death, even if the disk did not take the end of the run", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store }) => {
    const id = await queue("speaks.pb");
    let isFull = false;
    const full = new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "update" && isFull) throw new StorageError("the disk is full");
          return value.apply(target, args);
        };
      },
    });
    let failures = 3;
    await using host = make({
      store: full,
      changes: retryChanges(Date.now),
      observer: {
        event: (_, { type }) => {
          if (type !== "say" || failures === 0) return;
          failures--;
          isFull = true;
          throw new StorageError("the disk is full");
        },
      },
    });
    let laterMs = 0;
    const facts: TakerFact[] = [];
    const tell = (fact: TakerFact) => void facts.push(fact);
    const taker = new SessionTaker({ store, host, now: () => Date.now() + laterMs, tell, untilIdle: true });
    const tries: number[] = [];
    const left: unknown[] = [];
    for (const passedMs of [0, 3_000, 2_500, 7_000, 3_500, 21_000]) {
      laterMs += passedMs;
      left.push((await taker.run(new AbortController().signal))?.refusals.length);
      isFull = false;
      tries.push(takes(facts).length);
    }
    assertEquals(tries, [1, 1, 2, 2, 3, 4]);
    assertEquals(left, [1, 1, 1, 1, 1, 0]);
    assertEquals(takes(facts), [`queued ${id}`, ...Array.from({ length: 3 }, () => `orphaned ${id}`)]);
    assertEquals(facts.filter((fact) => fact.type === "take" && fact.deaths !== undefined), []);
    assertEquals([store.get(id)?.status, store.get(id)?.failures], ["completed", undefined]);
  });
});

Deno.test("session taker: a session whose process dies again and again at one place is parked and said", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store, said }) => {
    const id = await queue("speaks.pb");
    const { position } = await store.load(id);
    const opened = await store.open(id, process);
    await store.update(id, { failures: { count: maxDeaths, position } });
    await opened.close();
    await using host = make();
    const facts = await takeAll(store, host);
    assertEquals(facts.map(({ type }) => type), ["park"]);
    assertEquals([store.get(id)?.status, store.get(id)?.exit, said], ["stopped", 1, []]);
    assertEquals(takes(await takeAll(store, host)), []);
  });
});

Deno.test("session taker: a run that fails for a passing reason is tried again later, a bounded number of times", async () => {
  await withHosts({ "speaks.pb": speaks }, async ({ queue, host: make, store }) => {
    const id = await queue("speaks.pb");
    await using host = make({
      changes: retryChanges(Date.now),
      observer: {
        event: (_, { type }) => {
          if (type === "say") throw new Error("the disk of the observer is full");
        },
      },
    });
    const before = Date.now();
    assertEquals((await host.start(id)).exit, 1);
    const { status, dueAt, failures, position } = store.get(id)!;
    assertEquals([status, failures?.count], ["queued", 1]);
    assert(Date.parse(dueAt!) >= before + 5_000 && Date.parse(dueAt!) < before + 60_000);
    const runnable = (nowMs: number) => store.runnable({ limit: 1, nowMs }).length;
    assertEquals([runnable(before), runnable(before + 60_000)], [0, 1]);
    await store.update(id, { failures: { count: maxFailures, position } });
    await host.start(id);
    assertEquals(store.get(id)?.status, "stopped");
    await using sound = make({ changes: retryChanges(Date.now) });
    assertEquals((await sound.start(id)).status, "completed");
    assertEquals(store.get(id)?.failures, undefined);
  });
});

Deno.test("retry policy: progress between two deaths starts the count anew, and the waits double", () => {
  const nowMs = 1_000_000;
  const at = (session: Partial<SessionFile>, position: number) =>
    planOrphan(session as SessionFile, position, nowMs);
  const first = at({}, 10);
  assertEquals(first, { kind: "run", isAlone: false, change: { failures: { count: 1, position: 10 } } });
  let failures = { count: 1, position: 10 };
  const waits: number[] = [];
  const alone: number[] = [];
  for (let position = 11;; position++) {
    const plan = at({ failures }, position);
    if (plan.kind === "park") break;
    failures = plan.change.failures!;
    waits.push(Date.parse(plan.change.dueAt!) - nowMs);
    if (plan.isAlone) alone.push(failures.count);
  }
  assertEquals(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600].map((seconds) => seconds * 1000));
  assertEquals(alone, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const further = at({ failures: { count: 5, position: 10 } }, 12);
  assertEquals(further, { kind: "run", isAlone: false, change: { failures: { count: 1, position: 12 } } });
});

Deno.test("session taker: a session that was held back after deaths is free again as soon as it makes progress", async () => {
  const waits = codeProgram(`await Say("user", "one"); await Yield("user");`);
  await withHosts({ "waits.pb": waits }, async ({ queue, host: make, store }) => {
    const id = await queue("waits.pb");
    const { position } = await store.load(id);
    const opened = await store.open(id, process);
    await store.update(id, { failures: { count: 1, position } });
    await opened.close();
    const { promise: isFree, resolve } = Promise.withResolvers<void>();
    const held: boolean[] = [];
    await using host = make({
      maxWaits: { personMs: 60_000, timerMs: 0 },
      observer: {
        started: () => void held.push(store.get(id)?.dueAt !== undefined),
        event: (_, { type }) => {
          if (type === "ask") resolve();
        },
      },
    });
    const stop = new AbortController();
    const taker = new SessionTaker({ store, host, now: Date.now, tell: () => {} });
    const taking = taker.run(stop.signal);
    await isFree;
    while (store.get(id)?.dueAt !== undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    stop.abort();
    await taking;
    assertEquals([held, store.get(id)?.status], [[true], "running"]);
  });
});
