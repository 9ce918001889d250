// deno-lint-ignore-file no-console
import { fuzz } from "./fuzz.ts";
import { targets } from "./targets.ts";

const [seconds, seed] = [numberAfter("--seconds") ?? 600, numberAfter("--seed") ?? 1];
console.log(`Fuzzing ${targets.length} targets for ${seconds} s in all (seed ${seed})`);
for (const target of targets) {
  const { executions, corpus, blocks, slowestMs } = await fuzz(target, {
    seconds: seconds / targets.length,
    seed,
  });
  console.log(
    `${target.name}: ${executions} executions, ${blocks} blocks reached, ${corpus} inputs kept, slowest ${slowestMs} ms; no failure`,
  );
}

function numberAfter(flag: string): number | undefined {
  const at = Deno.args.indexOf(flag);
  return at < 0 ? undefined : Number(Deno.args[at + 1]);
}
