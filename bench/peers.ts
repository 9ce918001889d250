import { kill, spawn } from "./children.ts";
import { foldWriteAheadLog } from "./limits.ts";
import type { StepsRun } from "./steps.ts";
import { costsOf } from "./statistics.ts";
import { bytesBelow, temporaryFolder } from "./temporary.ts";

/** A system that stores the results of steps, as ours does, and installs from npm. */
export interface Peer {
  readonly name: "langgraph" | "restate";
  /** Its name in the tables. */
  readonly title: string;
  /** The versions in its lock file, by package. */
  readonly versions: Readonly<Record<string, string>>;
  /** The reason why it cannot be measured here, and the remedy. */
  readonly missing?: string;
  /** Takes the given number of steps, is killed, and is resumed until it takes a new step. */
  run(steps: number): Promise<StepsRun>;
}

/** All peers, installed or not. */
export async function findPeers(): Promise<readonly Peer[]> {
  const node = await nodeVersion();
  return [
    {
      name: "langgraph",
      title: "LangGraph JS tasks, SQLite, `synchronous=FULL`",
      versions: pinned("langgraph", [
        "@langchain/langgraph",
        "@langchain/langgraph-checkpoint-sqlite",
        "better-sqlite3",
      ]),
      ...missing("langgraph", node, "better-sqlite3/build/Release/better_sqlite3.node"),
      run: runLanggraph,
    },
    {
      name: "restate",
      title: "Restate server and TypeScript SDK",
      versions: pinned("restate", ["@restatedev/restate-server", "@restatedev/restate-sdk"]),
      ...missing("restate", node, restateServer.replace(/^.*node_modules\//, "")),
      run: runRestate,
    },
  ];
}

/** The version of Node for the peers. `undefined` without Node. */
export async function nodeVersion(): Promise<string | undefined> {
  // Without Node, Deno may stand in under its name. Peers with parts in C++ do not run on it.
  const script = "process.versions.deno === undefined ? process.version : ''";
  try {
    const { code, stdout } = await new Deno.Command("node", { args: ["-p", script], stderr: "null" })
      .output();
    const version = new TextDecoder().decode(stdout).trim();
    return code === 0 && version !== "" ? version : undefined;
  } catch {
    return undefined;
  }
}

const folderOfPeers = new URL("peers/", import.meta.url).pathname;
const platform = `${Deno.build.os}-${Deno.build.arch === "x86_64" ? "x64" : "arm64"}`;
const restateServer =
  `${folderOfPeers}restate/node_modules/@restatedev/restate-server-${platform}/bin/restate-server`;
/** Longer than the slowest peer needs for its largest number of steps. */
const maxMs = 400_000;

function pinned(peer: string, packages: readonly string[]): Record<string, string> {
  const text = Deno.readTextFileSync(`${folderOfPeers}${peer}/package-lock.json`);
  const lock = JSON.parse(text) as { packages: Record<string, { version: string }> };
  return Object.fromEntries(packages.map((name) => [name, lock.packages[`node_modules/${name}`]!.version]));
}

function missing(peer: string, node: string | undefined, needed: string): { readonly missing?: string } {
  if (node === undefined) return { missing: "it needs Node, which is not here" };
  try {
    Deno.statSync(`${folderOfPeers}${peer}/node_modules/${needed}`);
    return {};
  } catch {
    return { missing: `it is not installed: npm ci --prefix bench/peers/${peer}` };
  }
}

/** Two processes: one until it is killed, and one until it takes a new step. */
async function runLanggraph(steps: number): Promise<StepsRun> {
  await using folder = await temporaryFolder();
  const script = `${folderOfPeers}langgraph/steps.mjs`;
  const args = [script, folder.path, String(steps)];
  await using first = new PeerProcess("node", args);
  const times = await first.timesUntilHeld();
  await first.kill();
  const killedBytes = bytesBelow(folder.path);
  const begin = Date.now();
  await using second = new PeerProcess("node", [...args, "--resume"]);
  const resumeMs = await second.firstStep() - begin;
  await second.kill();
  await foldWriteAheadLog(`${folder.path}/steps.sqlite3`);
  return { ...costsOf(times), resumeMs, killedBytes, leftBytes: bytesBelow(folder.path) };
}

/** A server and a service that it calls. First only the service is killed, then both. */
async function runRestate(steps: number): Promise<StepsRun> {
  await using folder = await temporaryFolder();
  const ports = { service: freePort(), ingress: freePort(), admin: freePort(), node: freePort() };
  const startServer = () =>
    new PeerProcess(restateServer, [
      ...["--no-logo", "--base-dir", folder.path, "--node-name", "bench"],
      ...["--listen-mode", "tcp", "--bind-ip", "127.0.0.1"],
    ], {
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_ADMIN__DISABLE_WEB_UI: "true",
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ports.ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${ports.admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${ports.node}`,
    });
  const startService = (...flags: string[]) =>
    new PeerProcess("node", [
      `${folderOfPeers}restate/service.mjs`,
      ...[String(ports.service), String(steps), ...flags],
    ]);
  const admin = `http://127.0.0.1:${ports.admin}`;

  await using server = startServer();
  await using service = startService();
  await service.started();
  await untilAnswers(`${admin}/health`);
  await post(`${admin}/deployments`, { uri: `http://127.0.0.1:${ports.service}` });
  const empty = bytesBelow(folder.path);
  await post(`http://127.0.0.1:${ports.ingress}/bench/steps/send`);
  const times = await service.timesUntilHeld();
  const leftBytes = bytesBelow(folder.path) - empty;

  await service.kill();
  const begin = Date.now();
  await using again = startService();
  await again.holds();
  const resumeMs = again.heldAt! - begin;

  await again.kill();
  await server.kill();
  const beginAll = Date.now();
  await using serverAgain = startServer();
  await using serviceAgain = startService("--resume");
  const resumeWithServerMs = await serviceAgain.firstStep() - beginAll;
  await serverAgain.kill();
  return { ...costsOf(times), resumeMs, resumeWithServerMs, killedBytes: leftBytes, leftBytes };
}

/** A line that a peer prints. */
type PeerLine =
  | { readonly pid: number }
  | { readonly step: number; readonly at: number }
  | { readonly holds: number; readonly at: number }
  | { readonly ended: true };

/** A process of a peer. We started it, and only we may end it. */
class PeerProcess implements AsyncDisposable {
  /** The time of its report that it holds, in ms since 1970. */
  heldAt: number | undefined;
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<PeerLine>;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(
      new Deno.Command(command, { args: [...args], env, stdin: "null", stdout: "piped", stderr: "null" }),
    );
    this.#lines = linesOf(this.#child.stdout);
    this.#timer = setTimeout(() => kill(this.#child), maxMs);
  }

  /** Waits until it reports its start. */
  async started(): Promise<void> {
    for await (const _ of this.#until((line) => "pid" in line)) { /* nothing comes before */ }
  }

  /** The time of each step, until all are done and the next one holds. */
  async timesUntilHeld(): Promise<number[]> {
    const times: number[] = [];
    for await (const line of this.#until((line) => "holds" in line)) if ("step" in line) times.push(line.at);
    return times;
  }

  /** Waits until it holds. */
  async holds(): Promise<void> {
    await this.timesUntilHeld();
  }

  /** The time of its first step. */
  async firstStep(): Promise<number> {
    for await (const line of this.#until((line) => "step" in line)) if ("step" in line) return line.at;
    throw new Error("A peer took no step");
  }

  /** Kills it, and waits for its end. */
  async kill(): Promise<void> {
    clearTimeout(this.#timer);
    kill(this.#child);
    await this.#child.status;
    await this.#lines.return(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  /** Its lines up to the expected one. Throws if it ends before. */
  async *#until(last: (line: PeerLine) => boolean): AsyncGenerator<PeerLine> {
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done) throw new Error("A peer ended too early, or took too long");
      if ("holds" in line) this.heldAt = line.at;
      yield line;
      if (last(line)) return;
    }
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<PeerLine> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split("\n");
    text = lines.pop()!;
    // Other lines are logs of the peer.
    for (const line of lines) if (line.startsWith("{")) yield JSON.parse(line) as PeerLine;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // The server does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}

async function post(url: string, body?: unknown): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${text}`);
}
