// @ts-types="#types/parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { type Measured, median, report } from "./report.ts";
import { floor, type Program, programOf, resumeMs, startMs, stepsPerSecond } from "./workloads.ts";

// Measures our engine beside the disk's own limit, in one go and in turns, so that a drifting machine flatters nobody.
// `deno task bench` measures from source, `--binary dist/playbooks` the compiled program; `--steps N`, `--rounds N`.

if (import.meta.main) {
  const flags = parseArgs(Deno.args, {
    string: ["binary", "steps", "rounds"],
    default: { steps: "1000", rounds: "5" },
  });
  const steps = Number(flags["steps"]);
  const rounds = Number(flags["rounds"]);
  const program = programOf(typeof flags["binary"] === "string" ? flags["binary"] : undefined);
  // deno-lint-ignore no-console
  console.log(report(await measure(program, { steps, rounds })));
}

/** Runs all workloads in turns and gives the median of each. */
async function measure(
  program: Program,
  { steps, rounds }: { readonly steps: number; readonly rounds: number },
): Promise<Measured> {
  const all = {
    floor: [] as number[],
    engine: [] as number[],
    version: [] as number[],
    hello: [] as number[],
  };
  const resumes = new Map<number, number[]>();
  for (let round = 0; round < rounds; round++) {
    all.floor.push(await floor(steps));
    all.engine.push(await stepsPerSecond(program, steps));
    all.version.push(await startMs(program, ["--version"]));
    all.hello.push(await startMs(program, ["run", "examples/hello.pb", "--quiet"]));
    for (const taken of [100, steps]) {
      const list = resumes.get(taken) ?? [];
      list.push(await resumeMs(program, taken));
      resumes.set(taken, list);
    }
  }
  return {
    steps,
    rounds,
    floorPerSecond: median(all.floor),
    enginePerSecond: median(all.engine),
    versionMs: median(all.version),
    helloMs: median(all.hello),
    resumes: [...resumes].map(([taken, list]) => ({ steps: taken, ms: median(list) })),
  };
}
