import { parseArgs } from "@std/cli/parse-args";
import { aboutOf, warmUp } from "./about.ts";
import { stopTogether } from "./children.ts";
import { document, plotName, tables } from "./document.ts";
import { curveOf, type Measured, type System, systems } from "./measured.ts";
import { findPeers } from "./peers.ts";
import { measure } from "./plan.ts";
import { plot } from "./plot.ts";
import { emptyProgram, playbooks } from "./program.ts";
import { fullScale, quickScale, type Workload, workloads } from "./scale.ts";
import { removeFolders } from "./temporary.ts";

const usage = `Measures playbooks beside the disk's own limit and beside peers, in turns, and prints ratios.

    deno task bench [options]

    --binary FILE   the compiled program; without it, the source is measured
    --empty FILE    an empty compiled program, to compare starts with: deno compile -o empty empty.ts
    --library FILE  a compiled program of the provider's library alone, which a start to a request is compared with:
                    deno bundle --platform deno -o library.js bench/library.ts
                    deno compile --no-config --allow-net --allow-env -o library library.js
    --quick         all of it in a small form, in about a minute
    --only A,B      of ${workloads.join(", ")}
    --rounds N      how often all that is quick is measured (5)
    --max N         the most steps and turns; 10000 leaves out what takes longest (100000)
    --write         writes docs/benchmarks.md and its picture too
    --save FILE     keeps all figures as JSON, after each round
    --from FILE     measures nothing: the figures that --save kept

Peers are measured when they are installed: npm ci --prefix bench/peers/langgraph, npm ci --prefix bench/peers/restate`;

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const flags = readFlags(args);
  if (flags === undefined) {
    print(usage);
    Deno.exit(args.includes("--help") ? 0 : 2);
  }
  const measured = flags.from === undefined
    ? await measureAll(flags, args)
    : JSON.parse(Deno.readTextFileSync(flags.from)) as Measured;
  print(tables(measured));
  if (flags.write) {
    const folder = new URL("../docs/", import.meta.url).pathname;
    const tried = Deno.readTextFileSync(new URL("tried.md", import.meta.url));
    Deno.writeTextFileSync(`${folder}benchmarks.md`, document(measured, tried));
    Deno.writeTextFileSync(`${folder}${plotName}`, picture(measured));
  }
}

interface Flags {
  readonly binary: string | undefined;
  readonly empty: string | undefined;
  readonly library: string | undefined;
  readonly quick: boolean;
  readonly only: readonly Workload[];
  readonly rounds: number;
  readonly max: number;
  readonly write: boolean;
  readonly save: string | undefined;
  readonly from: string | undefined;
}

/** `undefined` if an argument is not understood. */
function readFlags(args: readonly string[]): Flags | undefined {
  const flags = parseArgs(args, {
    string: ["binary", "empty", "library", "only", "rounds", "max", "save", "from"],
  });
  const known = [
    "_",
    "binary",
    "empty",
    "library",
    "quick",
    "only",
    "rounds",
    "max",
    "write",
    "save",
    "from",
  ];
  if (flags._.length > 0 || Object.keys(flags).some((flag) => !known.includes(flag))) return undefined;
  const text = (name: string) =>
    typeof flags[name] === "string" && flags[name] !== "" ? flags[name] : undefined;
  const only = text("only")?.split(",") ?? [...workloads];
  const [rounds, max] = [Number(text("rounds") ?? 5), Number(text("max") ?? 100_000)];
  if (
    !only.every((name) => (workloads as readonly string[]).includes(name)) || !(rounds >= 1) || !(max >= 100)
  ) {
    return undefined;
  }
  return {
    binary: text("binary"),
    empty: text("empty"),
    library: text("library"),
    quick: flags["quick"] === true,
    only: only as Workload[],
    rounds: Math.floor(rounds),
    max,
    write: flags["write"] === true,
    save: text("save"),
    from: text("from"),
  };
}

async function measureAll(flags: Flags, args: readonly string[]): Promise<Measured> {
  const { binary, empty: emptyBinary, rounds, max, only } = flags;
  stopTogether(removeFolders);
  const program = playbooks(binary);
  const empty = emptyProgram({ binary, empty: emptyBinary });
  const library = flags.library === undefined ? undefined : playbooks(flags.library);
  const peers = await findPeers();
  await warmUp([program, empty]);
  const about = await aboutOf(peers, {
    compiled: binary !== undefined,
    rounds: flags.quick ? 1 : rounds,
    // The document must not show paths of this machine.
    command: ["deno task bench", ...args.map((arg) => arg.replace(/^.*\//, "…/"))].join(" "),
  });
  const begin = performance.now();
  return await measure({ program, empty, library, peers, about }, {
    scale: flags.quick ? quickScale() : fullScale({ rounds, max }),
    only,
    ...(flags.save === undefined ? {} : {
      onRound: (measured: Measured) => Deno.writeTextFileSync(flags.save!, JSON.stringify(measured)),
    }),
    onProgress: (text) => {
      const seconds = Math.round((performance.now() - begin) / 1000);
      // deno-lint-ignore no-console
      console.error(`${String(seconds).padStart(5)} s  ${text}`);
    },
  });
}

function picture(measured: Measured): string {
  const titles: Readonly<Record<System, string>> = {
    floor: "floor: append, fdatasync",
    overwrite: "floor, file extended beforehand",
    sqlite: "SQLite insert, WAL, FULL",
    ours: "playbooks",
    said: "playbooks, each step is said",
    growing: "playbooks, a list grows",
    langgraph: "LangGraph JS tasks, FULL",
    restate: "Restate",
  };
  const series = systems.map((system) => ({ title: titles[system], points: curveOf(measured, system) }));
  return plot(series, "What a step costs against its number");
}

function print(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}
