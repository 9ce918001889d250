import { assert, assertEquals } from "@std/assert";
import { generate, type Kind } from "./generate.ts";
import { live, stageOf } from "./life.ts";
import { Random } from "./random.ts";
import { Failure, type Figures, simulate, type Trial } from "./simulate.ts";
import { testWithPostgres } from "../support/postgres_store.ts";
import { simulateOnDisk } from "./simulate_disk.ts";
import { simulateOnPostgres } from "./simulate_postgres.ts";
import { cutsOf } from "./tape.ts";

for (const kind of ["sequential", "confluent", "abrupt"] satisfies Kind[]) {
  Deno.test(`simulate: ${kind} programs that are killed anywhere, also repeatedly, end as if never killed`, async () => {
    const figures = await trySeeds(simulate, { kind, maxCuts: 6, againEvery: 3 }, 5);
    assert(figures.deaths > 20);
  });
}

Deno.test("simulate: a short program is resumed from every point of a kill", async () => {
  await trySeeds(simulate, { kind: "sequential", maxCuts: 40, againEvery: 1_000 }, 1);
});

Deno.test("simulate: sessions survive a power loss at any change of the disk, whatever happens to unsynced bytes", async () => {
  const figures = await trySeeds(simulateOnDisk, { maxCuts: 8, againEvery: 3 }, 5);
  assert(figures.deaths > 30);
});

testWithPostgres(
  "simulate: sessions in Postgres survive lost connections and deaths before and after each statement",
  async (tables) => {
    const run: typeof simulate = (...trial) => simulateOnPostgres(tables, ...trial);
    const figures = await trySeeds(run, { maxCuts: 4, againEvery: 3 }, 5);
    assert(figures.deaths > 15);
  },
);

Deno.test("simulate: a seed always gives the same program and exactly the same journal", async () => {
  const program = generate("again");
  assertEquals(program, generate("again"));
  const stage = await stageOf(program);
  const [first, second] = [
    await live(stage, { entries: [], shown: 0 }, { random: new Random("world") }),
    await live(stage, { entries: [], shown: 0 }, { random: new Random("world") }),
  ];
  assertEquals(first.tape, second.tape);
  assert(cutsOf(first.tape).length > 10);
});

async function trySeeds(
  run: (seed: string, trial: Trial, figures: Figures) => Promise<void>,
  trial: Trial,
  count: number,
): Promise<Figures> {
  const figures: Figures = { seeds: 0, deaths: 0, lives: 0, entries: 0 };
  for (let seed = 1; seed <= count; seed++) {
    try {
      await run(`t${seed}`, trial, figures);
    } catch (error) {
      throw error instanceof Failure ? new Error(error.describe(), { cause: error }) : error;
    }
  }
  return figures;
}
