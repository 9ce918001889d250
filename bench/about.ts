import { version } from "../src/version.ts";
import { sqliteVersion } from "./limits.ts";
import type { About } from "./measured.ts";
import { nodeVersion, type Peer } from "./peers.ts";
import { type Program, run } from "./program.ts";

/** Describes the measured program, the machine, and the versions of all parts. */
export async function aboutOf(
  peers: readonly Peer[],
  options: { readonly compiled: boolean; readonly rounds: number; readonly command: string },
): Promise<About> {
  const node = await nodeVersion();
  const sqlite = await sqliteVersion();
  const commit = await commitOfSource();
  return {
    command: options.command,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    rounds: options.rounds,
    versions: {
      playbooks: `${version}${commit === undefined ? "" : `, commit ${commit}`}, ${
        options.compiled ? "compiled" : "from its source"
      }`,
      "Deno that measures": Deno.version.deno,
      ...(sqlite === undefined ? {} : { SQLite: `${sqlite} (Deno's own)` }),
      ...(node === undefined ? {} : { "Node, for peers": node }),
      ...Object.assign({}, ...peers.map(({ versions }) => versions)),
    },
    titles: {
      floor: "floor: a line appended, `fdatasync`",
      overwrite: "the same in a file extended beforehand",
      sqlite: "an SQLite insert, WAL, `synchronous=FULL`",
      ours: "playbooks",
      said: "playbooks, each step said to a person",
      growing: "playbooks, with a list that grows",
      langgraph: peers.find(({ name }) => name === "langgraph")?.title ?? "LangGraph",
      restate: peers.find(({ name }) => name === "restate")?.title ?? "Restate",
    },
  };
}

/** Loads the program into the page cache. Fails early if the program cannot run. */
export async function warmUp(programs: readonly (Program | undefined)[]): Promise<void> {
  for (const program of programs) {
    if (program !== undefined) await run(program, ["--version"], { cwd: Deno.cwd() });
  }
}

function machine(): string[] {
  const { total } = Deno.systemMemoryInfo();
  const facts = [
    `${processor()}, ${navigator.hardwareConcurrency} cores, ${Math.round(total / 2 ** 30)} GiB of memory`,
    `${Deno.build.os} ${Deno.osRelease()}, ${Deno.build.arch}`,
  ];
  const disk = fileSystem();
  return disk === undefined ? facts : [...facts, disk];
}

function processor(): string {
  try {
    return /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

/** The kind of file system that holds the sessions (Linux only). */
function fileSystem(): string | undefined {
  try {
    const folder = Deno.realPathSync(Deno.env.get("TMPDIR") ?? "/tmp");
    const mounts = Deno.readTextFileSync("/proc/mounts").trim().split("\n").map((line) => line.split(" "));
    const holding = mounts.filter(([, point]) => point === "/" || `${folder}/`.startsWith(`${point}/`));
    const kind = holding.sort((a, b) => a[1]!.length - b[1]!.length).at(-1)?.[2];
    return kind === "tmpfs"
      ? "sessions are kept in memory (tmpfs), which syncs nothing: set TMPDIR to a folder on a disk"
      : `sessions are kept on ${kind}`;
  } catch {
    return undefined;
  }
}

async function commitOfSource(): Promise<string | undefined> {
  try {
    const folder = new URL("..", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command("git", {
      args: ["-C", folder, "rev-parse", "--short", "HEAD"],
      stderr: "null",
    }).output();
    return code === 0 ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}
