import { join } from "@std/path";
import type { HttpTarget, StdioTarget } from "../../src/tools/mod.ts";
import { ToolServers } from "../../src/tools/servers.ts";

/** The protocols that the test server speaks. */
export type Era = "legacy" | "modern";

const script = join(import.meta.dirname!, "tool_server.ts");

/** The arguments of Deno that start the test server, which keeps its counters in a folder. */
function serverArguments(state: string, era: Era, more: readonly string[] = []): string[] {
  return ["run", "-A", "--quiet", "--no-config", script, "--state", state, "--era", era, ...more];
}

/** The test server as a child process. */
export function stdioTarget(
  state: string,
  { era = "legacy", more = [], name = "Counter", timeoutMs = 20_000, totalTimeoutMs = 60_000 }: {
    readonly era?: Era;
    readonly more?: readonly string[];
    readonly name?: string;
    readonly timeoutMs?: number;
    readonly totalTimeoutMs?: number;
  } = {},
): StdioTarget {
  return {
    kind: "stdio",
    name,
    timeoutMs,
    totalTimeoutMs,
    command: Deno.execPath(),
    args: serverArguments(state, era, more),
    cwd: state,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" },
  };
}

/** The lines of `remote:` that start the test server. */
export function remoteLines(state: string, { era = "legacy", more = [] }: {
  readonly era?: Era;
  readonly more?: readonly string[];
} = {}): string {
  const args = JSON.stringify(serverArguments(state, era, more));
  return `remote:\n  type: mcp\n  command: ${JSON.stringify(Deno.execPath())}\n  args: ${args}`;
}

/** Starts the test server at an address of loopback. Disposing kills it. */
export async function httpServer(
  state: string,
  { era = "legacy", more = [], name = "Counter", transport = "auto" }: {
    readonly era?: Era;
    readonly more?: readonly string[];
    readonly name?: string;
    readonly transport?: HttpTarget["transport"];
  } = {},
): Promise<AsyncDisposable & { readonly target: HttpTarget; readonly url: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: serverArguments(state, era, ["--http", ...more]),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const port = await waitFor(() => Deno.readTextFileSync(join(state, "port")));
  const url = `http://127.0.0.1:${port}/mcp`;
  return {
    url,
    target: { kind: "http", name, timeoutMs: 20_000, totalTimeoutMs: 60_000, transport, url, headers: {} },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** The lines that the test server wrote into one of its files: `calls`, `count-a`, `tasks`, … */
export function noted(state: string, file: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    return Deno.readTextFileSync(join(state, file)).split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Tries until it succeeds, for some seconds. */
export async function waitFor<T>(attempt: () => T | Promise<T>, seconds = 10): Promise<T> {
  for (let tries = 0;; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= seconds * 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Tool servers with some targets; disposing stops them. */
export function openServers(
  targets: readonly (StdioTarget | HttpTarget)[],
  { maxToolResultMb = 16, maxTools = 200 }: {
    readonly maxToolResultMb?: number;
    readonly maxTools?: number;
  } = {},
): AsyncDisposable & { readonly servers: ToolServers; readonly logged: string[] } {
  const logged: string[] = [];
  const servers = new ToolServers({
    targets,
    bounds: { maxToolServers: 20, maxTools, maxToolResultMb },
    version: "test",
    fetch,
    log: (server, line) => logged.push(`${server}: ${line}`),
  });
  return { servers, logged, [Symbol.asyncDispose]: () => servers.close() };
}
