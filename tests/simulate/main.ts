// deno-lint-ignore-file no-console
import { Failure, type Figures, simulate, type Trial } from "./simulate.ts";
import { TestTables } from "../support/postgres_store.ts";
import { simulateOnDisk } from "./simulate_disk.ts";
import { simulateOnPostgres } from "./simulate_postgres.ts";

/** `deno task simulate [--seconds N] [--seed S] [--disk | --postgres]`: runs the simulated world for any time. */
async function main(args: readonly string[]): Promise<number> {
  const option = (name: string) => args[args.indexOf(name) + 1];
  const only = args.includes("--seed") ? option("--seed") : undefined;
  const seconds = args.includes("--seconds") ? Number(option("--seconds")) : 60;
  const first = args.includes("--from") ? Number(option("--from")) : 1;
  const trial: Trial = { maxCuts: only === undefined ? 24 : 1_000, againEvery: 4 };
  const figures: Figures = { seeds: 0, deaths: 0, lives: 0, entries: 0 };
  const until = performance.now() + seconds * 1000;
  const start = performance.now();
  await using tables = args.includes("--postgres") ? await TestTables.make() : undefined;
  const simulation: typeof simulate = tables
    ? (...given) => simulateOnPostgres(tables, ...given)
    : args.includes("--disk")
    ? simulateOnDisk
    : simulate;
  let failures = 0;
  for (let seed = first; only === undefined ? performance.now() < until : seed === first; seed++) {
    try {
      await simulation(only ?? String(seed), trial, figures);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      console.log(
        args.includes("--brief")
          ? `${error.program.seed} ${error.program.kind} ${error.message.split("\n")[0]}`
          : error.describe(),
      );
      if (++failures >= 20) break;
    }
  }
  const took = (performance.now() - start) / 1000;
  console.log(
    `${figures.seeds} seeds, ${figures.entries} entries, ${figures.deaths} deaths, ${figures.lives} lives in ${
      took.toFixed(1)
    } s; ${failures} failures`,
  );
  return failures > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
