import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Work

# Worker

## Work($seconds)
public: true
### Steps
- Work
`;

const within = (maxSeconds: number) => ({
  ...defaultSettings,
  limits: { ...defaultSettings.limits, maxSeconds },
});

/** A model with a Main that asks the person in turn 3 and sleeps in the other turns. */
const sleeper = scriptedModel({
  Main: (turn) => turn === 3 ? 'await Yield("user");' : turn < 8 ? "await Sleep(30);" : "Return();",
});

Deno.test("time: max_seconds counts work over all runs, but not a person's thinking or the time between runs", async () => {
  const options = { model: sleeper, settings: within(95), personMs: 3_600_000, replies: ["hm"] };
  const whole = await play(program, options);
  assertEquals([whole.result.kind, whole.requests.length], ["limit", 5], "30 + 30 + (an hour) + 30 + 30");
  const stop = whole.entries.findLastIndex((entry) => entry.type === "request" && entry.frame === "f1");
  const first = whole.entries.slice(0, stop);
  const second = await play(program, { ...options, replies: [], from: first, awayMs: 3_600_000 });
  assertEquals([second.result.kind, second.requests.length], ["limit", 1]);
});

Deno.test("time: a model's thinking counts toward max_seconds", async () => {
  const played = await play(program, {
    model: scriptedModel({ Main: (turn) => turn < 8 ? `await Say("user", "${turn}");` : "Return();" }),
    modelMs: 20_000,
    settings: within(50),
  });
  assertEquals([played.result.kind, played.said], ["limit", ["1", "2", "3"]]);
});

Deno.test("time: models of several agents think concurrently while a timer runs", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: [`
        const begun = Date.now();
        const note = (what) => Say("user", what + " at " + (Date.now() - begun));
        const tick = Sleep(2).then(() => note("tick"));
        const workers = await Promise.all([1, 2, 3].map(() => CreateAgent("Worker")));
        await Promise.all(workers.map((worker) => worker.Work(1)));
        await note("done"); await tick; Return();`],
      Work: ["await Sleep(seconds); Return();"],
    }),
    modelMs: (request) => request.messages.at(-1)!.text.includes("of Work") ? 10_000 : 0,
  });
  assertEquals(played.said, ["tick at 2000", "done at 11000"]);
});

Deno.test("time: if the clock is set back, the time of entries still grows, and a sleep takes no longer", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: [`
        const begun = Date.now();
        for (let n = 0; n < 3; n++) await Sleep(10);
        await Say("user", String(Date.now() - begun)); Return();`],
    }),
    clock: (now) => now < 1_700_000_005_000 ? now : now - 3_600_000,
  });
  assertEquals(played.said, ["30000"]);
  const times = played.entries.map(({ at }) => at);
  assert(
    times.every((at, index) => index === 0 || at >= times[index - 1]!),
    "no entry is before the last one",
  );
  assertEquals(played.tookMs, 30_000);
});

Deno.test("time: a wait lasts no longer than requested, however the clock is set before or during a resume", async () => {
  const waits: readonly (readonly [code: string, seconds: number])[] = [
    ["await Sleep(40);", 40],
    ['await Yield("Worker", { timeout: 40 });', 40],
    ['await Promise.race([Sleep(40), Yield("Worker", { timeout: 50 })]);', 40],
  ];
  const clocks: readonly ((now: number) => number)[] = [
    (now) => now,
    (now) => now - 2 * day,
    (now) => now + 400 * day,
    // The clock is set back or forward during the wait, once or twice.
    (now) => now < 1_700_000_030_000 ? now : now - day,
    (now) => now < 1_700_000_030_000 ? now - day : now - 2 * day,
    (now) => now < 1_700_000_025_000 ? now + day : now < 1_700_000_035_000 ? now : now - 3 * day,
  ];
  for (const [code, seconds] of waits) {
    const model = scriptedModel({ Main: [`${code} await Say("user", "over"); Return();`] });
    const first = await play(program, { model, stopAt: code.includes("Sleep") ? "sleep" : "wait" });
    assertEquals(first.result, { kind: "interrupted" });
    for (const [index, clock] of clocks.entries()) {
      const resumed = await play(program, { model, from: first.entries, clock });
      assertEquals([resumed.said, resumed.result], [["over"], { kind: "completed" }], `${code} ${index}`);
      assert(resumed.tookMs <= seconds * 1000 + 25, `${code} took ${resumed.tookMs} ms by clock ${index}`);
      const times = resumed.entries.map(({ at }) => at);
      assert(times.every((at, number) => number === 0 || at >= times[number - 1]!), "time goes on");
    }
  }
});

Deno.test("time: a wait is no longer if, by its clock, the last run began before the wait", async () => {
  const model = scriptedModel({ Main: ['await Sleep(40); await Say("user", "over"); Return();'] });
  const first = await play(program, { model, stopAt: "sleep" });
  const run = first.entries[1]!;
  const entries = [...first.entries, { ...run, at: run.at - 2 * day, token: 2 } as Entry];
  const resumed = await play(program, { model, from: entries });
  assertEquals(resumed.said, ["over"]);
  assert(resumed.tookMs <= 40_025, `it took ${resumed.tookMs} ms`);
});

const day = 86_400_000;

Deno.test("time: a sleep of a day lasts a day, and is over at once in a session that is resumed a week later", async () => {
  const model = scriptedModel({
    Main: [`
      const early = await Promise.race([Yield("Worker", { timeout: ${day / 2000} }), Sleep(${day / 1000})]);
      await Say("user", "noon"); await Sleep(${day / 1000}); await Say("user", "next day"); Return();`],
  });
  const whole = await play(program, { model });
  const secondsOf = (tookMs: number) => Math.round(tookMs / 1000);
  assertEquals([whole.said, whole.requests.length], [["noon", "next day"], 1]);
  assertEquals(secondsOf(whole.tookMs), 1.5 * day / 1000);
  const sleeping = await play(program, { model, stopAt: "sleep" });
  assertEquals([sleeping.result, sleeping.said, sleeping.tookMs], [{ kind: "interrupted" }, [], 0]);
  const stopped = await play(program, { model, from: sleeping.entries, awayMs: day / 2, stopAt: "sleep" });
  const cases: readonly (readonly [awayMs: number, leftMs: number])[] = [
    [0, day],
    [6 * 3_600_000, day - 6 * 3_600_000],
    [day - 1000, 1000],
    [7 * day, 0],
  ];
  for (const [awayMs, leftMs] of cases) {
    const resumed = await play(program, { model, from: stopped.entries, awayMs });
    assertEquals([resumed.result, resumed.said], [{ kind: "completed" }, ["next day"]], `away ${awayMs} ms`);
    assertEquals(
      [secondsOf(resumed.tookMs), resumed.requests.length],
      [leftMs / 1000, 0],
      `away ${awayMs} ms`,
    );
  }
});

Deno.test("time: a sleep of a negative number of seconds is refused", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: ['try { await Sleep(-1); } catch (error) { await Say("user", error.message); } Return();'],
    }),
  });
  assertEquals(played.said, ["Sleep needs a number of seconds, not -1"]);
});

Deno.test("time: clock and random numbers repeat after a resume from each entry, over Say, Sleep and calls", async () => {
  const model = scriptedModel({
    Main: [`
      const seen = [];
      const look = () => seen.push(Date.now() % 1e6, Math.random());
      look(); look();
      await Say("user", "one"); look();
      await Sleep(7); look();
      await SaveArtifact("a", "", "a"); look();
      await Worker.Work(3); look();
      state.seen = seen; await Say("user", JSON.stringify(seen)); Return();`],
    Work: ["await Sleep(seconds); Return(Math.random());"],
  });
  const whole = await play(program, { model });
  const seen = whole.said.at(-1)!;
  const values = JSON.parse(seen) as number[];
  const chances = values.filter((_, index) => index % 2 === 1);
  assertEquals(new Set(chances).size, chances.length, "no chance comes twice");
  const times = values.filter((_, index) => index % 2 === 0).map((ms) => ms - values[0]!);
  assertEquals(times, [0, 0, 0, 7000, 7000, 10000]);
  const spoken = whole.entries.findIndex((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" && entry.did.text === seen
  );
  for (let position = 2; position <= spoken; position++) {
    const resumed = await play(program, { model, from: whole.entries.slice(0, position) });
    const again = JSON.parse(resumed.said.at(-1)!) as number[];
    const late = again.map((value, index) => value - values[index]!);
    // An open request gets 20 ms to leave the process before code runs again, which delays the rest.
    const isSame = late.every((by, index) => by === 0 || (index % 2 === 0 && by > 0 && by <= 40));
    assert(isSame, `resumed at ${position}: ${again}, not ${values}`);
  }
});

Deno.test("time: delays of the computer change no word and no journal", async () => {
  const model = scriptedModel({
    Main: [`
      const workers = await Promise.all([1, 2, 3].map(() => CreateAgent("Worker")));
      await Promise.all(workers.map(async (worker, n) => {
        for (let i = 0; i < 20; i++) await SaveArtifact("a" + n + i, "", String(i));
        await Say("user", await worker.Work(n));
      })); Return();`],
    Work: ["for (let i = 0; i < 20; i++) await SaveArtifact('a' + i, '', String(i)); Return('' + seconds);"],
  });
  const plain = await play(program, { model });
  for (const computerMs of [1, 7, 30]) {
    const slow = await play(program, { model, computerMs });
    assertEquals([slow.result, slow.said.toSorted()], [plain.result, plain.said.toSorted()]);
    assertEquals(slow.state.agents["1000"]!.artifacts, plain.state.agents["1000"]!.artifacts);
  }
});

Deno.test("time: each turn, frame and session has its own random numbers", async () => {
  const model = scriptedModel({
    Main: (turn) =>
      turn < 3 ? 'await Say("user", String(Math.random()));' : `
      await Promise.all([1, 2].map(async () => Say("user", String(await (await CreateAgent("Worker")).Work(0))))); Return();`,
    Work: ["Return(Math.random());"],
  });
  const { said } = await play(program, { model });
  assertEquals([said.length, new Set(said).size], [4, 4]);
});
