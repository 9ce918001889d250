import { dirname, isAbsolute, join, resolve } from "@std/path";
import {
  type AgentClass,
  expandVariables,
  type HttpServer,
  type Program,
  type RemoteServer,
  type StdioServer,
} from "../language/mod.ts";
import {
  defaultToolBounds,
  defaultToolTimeouts,
  type HttpTarget,
  type StdioTarget,
  type Tools,
  type ToolTarget,
} from "../tools/mod.ts";
import { version } from "../version.ts";
import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import type { Config } from "./config.ts";
import { absolutePath } from "./given.ts";
import { realPath } from "./load_config.ts";
import { didYouMean } from "../language/nearest_name.ts";
import type { World } from "./world.ts";

/** The tool servers of a run. Nothing is started before a session asks. */
export interface OpenedTools {
  readonly tools: Tools;
  /** Whether one of them is a child process, or at an address. */
  readonly starts: boolean;
  readonly sends: boolean;
  readonly close: () => Promise<void>;
}

/**
 * The tool servers of a program, with their paths and variables resolved. `undefined` if it has none. Throws a
 * `PlaybooksError` (exit code 2) for a server that is not configured, or a variable without a value.
 */
export async function openTools(
  program: Program,
  { config, world, programFile, log }: {
    readonly config: Config;
    readonly world: World;
    /** The program's first file, for agents whose own file is not known. */
    readonly programFile: string;
    readonly log: (server: string, line: string) => void;
  },
): Promise<OpenedTools | undefined> {
  const targets = new Map<string, ToolTarget>();
  for (const agentClass of program.agents) {
    const { remote } = agentClass;
    if (!remote) continue;
    const name = remote.kind === "named" ? remote.name : agentClass.name;
    if (targets.has(name)) continue;
    const { server, folder } = remote.kind === "named"
      ? configuredServer(agentClass, remote.name, config)
      : { server: remote, folder: dirname(fileOf(agentClass, programFile, world)) };
    targets.set(name, targetOf(name, server, { folder, config, world }));
  }
  if (targets.size === 0) return undefined;
  const { limits } = config.runtime;
  const bounds = { ...defaultToolBounds, ...limits };
  if (targets.size > bounds.maxToolServers) {
    throw usage(
      `the program has ${targets.size} tool servers, and limits.max_tool_servers is ${bounds.maxToolServers}`,
    );
  }
  const { ToolServers } = await import("../tools/servers.ts");
  const servers = new ToolServers({
    targets: [...targets.values()],
    bounds,
    version,
    fetch: world.fetch,
    log,
  });
  const kinds = new Set([...targets.values()].map(({ kind }) => kind));
  return {
    tools: servers,
    starts: kinds.has("stdio"),
    sends: kinds.has("http"),
    close: () => servers.close(),
  };
}

/** Starts or reaches each server of the configuration and lists its tools, one after another. */
export async function testedServers(
  config: Config,
  world: World,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<readonly { readonly name: string; readonly tools?: number; readonly error?: string }[]> {
  const { ToolServers } = await import("../tools/servers.ts");
  const bounds = { ...defaultToolBounds, ...config.runtime.limits };
  const tested = [];
  for (const { name, server, folder } of config.servers) {
    let servers;
    try {
      const targets = [targetOf(name, server, { folder, config, world })];
      servers = new ToolServers({ targets, bounds, version, fetch: world.fetch, log: () => {} });
      const { tools } = await servers.list(name, AbortSignal.timeout(timeoutMs));
      tested.push({ name, tools: tools.length });
    } catch (error) {
      tested.push({ name, error: messageOf(error) });
    } finally {
      await servers?.close();
    }
  }
  return tested;
}

function configuredServer(
  { name: klass }: AgentClass,
  name: string,
  { servers }: Config,
): { readonly server: Exclude<RemoteServer, { kind: "named" }>; readonly folder: string } {
  const found = servers.find((each) => each.name === name);
  if (found) return found;
  const known = servers.map((each) => each.name);
  throw usage(
    `remote: ${name} of ${klass} is not in playbooks.toml: describe it under [mcp.servers.${name}]` +
      didYouMean(name, known),
  );
}

/** The file of an agent, as an absolute real path. */
function fileOf({ location }: AgentClass, programFile: string, { cwd }: World): string {
  return location.file === "" ? programFile : realPath(resolve(cwd, location.file));
}

function targetOf(
  name: string,
  server: StdioServer | HttpServer,
  { folder, config, world }: { readonly folder: string; readonly config: Config; readonly world: World },
): ToolTarget {
  const variables = { ...config.folderEnvironment, ...config.environment };
  const fill = (text: string) =>
    expandVariables(text, variables, (missing) => {
      throw usage(
        `the tool server ${name} needs the environment variable ${missing}, which has no value; set it, or write it into .env`,
      );
    });
  const { timeoutSeconds, totalTimeoutSeconds } = { ...defaultToolTimeouts, ...server };
  const base = { name, timeoutMs: timeoutSeconds * 1000, totalTimeoutMs: totalTimeoutSeconds * 1000 };
  return server.kind === "stdio"
    ? stdioTarget(base, server, { folder, fill, environment: world.environment })
    : httpTarget(base, server, fill);
}

/** Variables of this process that a server gets without being named. */
const usualVariables = new Set(
  ("HOME LANG LC_ALL LOGNAME PATH SHELL TERM TMPDIR TZ USER APPDATA COMSPEC HOMEDRIVE HOMEPATH LOCALAPPDATA PATHEXT " +
    "PROCESSOR_ARCHITECTURE PROGRAMDATA PROGRAMFILES SYSTEMDRIVE SYSTEMROOT TEMP TMP USERNAME USERPROFILE WINDIR")
    .split(" "),
);

function stdioTarget(
  base: Pick<ToolTarget, "name" | "timeoutMs" | "totalTimeoutMs">,
  { command, args, env, cwd }: StdioServer,
  { folder, fill, environment }: {
    readonly folder: string;
    readonly fill: (text: string) => string;
    readonly environment: World["environment"];
  },
): StdioTarget {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const absolute = (path: string) => absolutePath(path, folder, home);
  const usual = Object.entries(environment).filter(([name]) => usualVariables.has(name.toUpperCase()));
  const program = fill(command);
  // Without `cwd:` it runs in the program's folder, so relative arguments need no change.
  const atHome = (arg: string) => cwd !== undefined && isRelativeFile(arg, folder) ? join(folder, arg) : arg;
  return {
    kind: "stdio",
    ...base,
    command: /[\\/]/.test(program) ? absolute(program) : program,
    args: args.map(fill).map(atHome),
    cwd: cwd === undefined ? folder : absolute(fill(cwd)),
    env: {
      ...Object.fromEntries(usual),
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)])),
    },
  };
}

function isRelativeFile(arg: string, folder: string): boolean {
  if (arg === "" || arg.startsWith("-") || isAbsolute(arg)) return false;
  try {
    Deno.statSync(join(folder, arg));
    return true;
  } catch {
    return false;
  }
}

function httpTarget(
  base: Pick<ToolTarget, "name" | "timeoutMs" | "totalTimeoutMs">,
  { url, headers, auth, transport }: HttpServer,
  fill: (text: string) => string,
): HttpTarget {
  const given = Object.entries(headers).map(([name, value]) => [name, fill(value)] as const);
  const own: [string, string][] = [];
  switch (auth?.type) {
    case "bearer":
      own.push(["Authorization", `Bearer ${fill(auth.token)}`]);
      break;
    case "header":
      own.push([auth.header, fill(auth.value)]);
      break;
    case "basic":
      own.push(["Authorization", `Basic ${btoa(`${fill(auth.username)}:${fill(auth.password)}`)}`]);
      break;
  }
  const address = fill(url);
  if (!URL.canParse(address)) throw usage(`the address of the tool server ${base.name} is not valid`);
  return {
    kind: "http",
    ...base,
    transport,
    url: address,
    headers: Object.fromEntries([...given, ...own]),
    ...(auth?.type === "oauth"
      ? { oauth: { ...auth, clientId: fill(auth.clientId), clientSecret: fill(auth.clientSecret) } }
      : {}),
  };
}

function usage(reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot run the program: ${reason}`, { exitCode: exitCodes.usage });
}
