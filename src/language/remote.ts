import { nearestName } from "./nearest_name.ts";
import { isMap } from "./values.ts";

/**
 * The tool server of an agent: the value of `remote:`, or a table `[mcp.servers.NAME]` of `playbooks.toml`.
 *
 * Texts may contain `${NAME}`: the value of an environment variable, put in when the server is reached. So a program
 * holds no secret.
 */
export type RemoteServer = NamedServer | StdioServer | HttpServer;

/** A server that `playbooks.toml` describes. */
interface NamedServer {
  readonly kind: "named";
  readonly name: string;
}

/** A server that is started as a child process, and reads and writes messages on its standard streams. */
export interface StdioServer extends RemoteTimeouts {
  readonly kind: "stdio";
  readonly command: string;
  readonly args: readonly string[];
  /** Environment variables of the process, beside the usual ones such as `PATH`. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder in which it runs; the program's own if absent. */
  readonly cwd?: string;
}

/** Times in seconds, where a description names them. */
interface RemoteTimeouts {
  /** Without an answer or progress. */
  readonly timeoutSeconds?: number;
  /** For a whole call, whatever its progress. */
  readonly totalTimeoutSeconds?: number;
}

/** A server at an address. */
export interface HttpServer extends RemoteTimeouts {
  readonly kind: "http";
  /** `auto` tries streamable HTTP first, then the older form with server-sent events. */
  readonly transport: "auto" | "streamable-http" | "sse";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth?: RemoteAuth;
}

/** How a server at an address knows its caller. */
type RemoteAuth =
  | { readonly type: "bearer"; readonly token: string }
  | { readonly type: "header"; readonly header: string; readonly value: string }
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | {
    readonly type: "oauth";
    readonly clientId: string;
    readonly clientSecret: string;
    readonly scope?: string;
    readonly issuer?: string;
  };

/** A mistake in a description of a server. `key` is the key at fault, as written. */
interface RemoteFault {
  readonly message: string;
  readonly key?: string;
  readonly hint?: string;
  readonly severity?: "warning";
}

/** Reads the value of `remote:`. Collects all mistakes; with an error there is no server. */
export function readRemote(
  value: unknown,
): { readonly server?: RemoteServer; readonly faults: readonly RemoteFault[] } {
  const faults: RemoteFault[] = [];
  const server = typeof value === "string" || typeof value === "number"
    ? { kind: "named" as const, name: String(value).trim() }
    : isMap(value)
    ? serverOf(value, faults)
    : undefined;
  if (server === undefined && faults.length === 0) {
    faults.push({
      message: `"remote" must describe a tool server`,
      hint: 'Write "type: mcp" and "command:" or "url:" below it, or the name of a server of playbooks.toml',
    });
  }
  if (server?.kind === "named" && !isServerName(server.name)) {
    faults.push({ message: `"${server.name}" is not the name of a server`, hint: serverNameHint });
  }
  const failed = faults.some(({ severity }) => severity === undefined);
  return { ...(server === undefined || failed ? {} : { server }), faults };
}

/** Whether `[mcp.servers.NAME]` may have this name. */
export function isServerName(name: string): boolean {
  return /^[A-Za-z_][\w-]{0,63}$/.test(name);
}

const serverNameHint = "A name has letters, digits, _ and -, as in [mcp.servers.files]";

/** The environment variables that a server's texts name, in order. */
export function variablesOfRemote(server: RemoteServer): readonly string[] {
  const names = textsOf(server).flatMap((text) => [...text.matchAll(variable)].map((match) => match[1]!));
  return [...new Set(names)];
}

/** A text with the values of the variables that it names. `missing` is called for each that has none. */
export function expandVariables(
  text: string,
  environment: Readonly<Record<string, string>>,
  missing: (name: string) => void,
): string {
  return text.replace(variable, (whole, name: string) => {
    if (Object.hasOwn(environment, name)) return environment[name]!;
    missing(name);
    return whole;
  });
}

const variable = /\$\{([A-Za-z_]\w*)\}/g;

function textsOf(server: RemoteServer): readonly string[] {
  switch (server.kind) {
    case "named":
      return [];
    case "stdio":
      return [server.command, ...server.args, ...Object.values(server.env), server.cwd ?? ""];
    case "http": {
      const { type: _, ...auth } = server.auth ?? { type: "none" };
      return [server.url, ...Object.values(server.headers), ...Object.values(auth)];
    }
  }
}

const knownKeys = new Set([
  "type",
  "server",
  "command",
  "args",
  "env",
  "cwd",
  "url",
  "headers",
  "auth",
  "transport",
  "timeout",
  "total_timeout",
]);
const transports = ["stdio", "http", "streamable-http", "streamable_http", "sse"];

function serverOf(map: Readonly<Record<string, unknown>>, faults: RemoteFault[]): RemoteServer | undefined {
  for (const key of Object.keys(map)) {
    if (knownKeys.has(key)) continue;
    const near = nearestName(key, knownKeys);
    faults.push({
      key,
      message: `"remote" has no key "${key}"`,
      hint: near === undefined ? `Its keys are ${[...knownKeys].join(", ")}` : `Did you mean "${near}"?`,
    });
  }
  const type = map["type"] ?? "mcp";
  if (type !== "mcp") {
    faults.push({ key: "type", message: `"type" of a remote agent must be mcp, not ${shown(type)}` });
    return undefined;
  }
  if (map["server"] !== undefined) return { kind: "named", name: String(map["server"]).trim() };
  const { transport, url, command } = map;
  if (typeof transport === "string" && !transports.includes(transport) || isOtherAddress(url)) {
    faults.push(otherTransport(isOtherAddress(url) ? String(url).split(":")[0]! : String(transport)));
    return undefined;
  }
  if (transport !== undefined && typeof transport !== "string") {
    faults.push({
      key: "transport",
      message: `"transport" must be stdio, streamable-http or sse, not ${shown(transport)}`,
    });
    return undefined;
  }
  const timeouts = timeoutsOf(map, faults);
  if (command !== undefined || transport === "stdio") return stdioServer(map, timeouts, faults);
  if (typeof url === "string") return httpServer(map, url, transport, timeouts, faults);
  faults.push({
    message: `"remote" does not say how to reach its server`,
    hint: 'Give it "command:" (and "args:") for a server to start, or "url:" for one that runs',
  });
  return undefined;
}

function isOtherAddress(url: unknown): boolean {
  return typeof url === "string" && /^(?:memory|wss?):/i.test(url.trim());
}

/** Transports of older programs that this version does not have. */
function otherTransport(name: string): RemoteFault {
  if (/^memory/i.test(name)) {
    return {
      key: "url",
      message: "A server in the same process (memory://) is not possible: it is Python code",
      hint:
        'playbooks upgrade FILE does what is needed: it starts the server as a process, such as "command: python" and "args: [server.py]"',
    };
  }
  if (/^(websocket|wss?)/i.test(name)) {
    return {
      key: "transport",
      message: "Tool servers are not reached by WebSocket: the protocol has no such transport",
      hint: 'Use its streamable HTTP address: "url: https://…/mcp"',
    };
  }
  return {
    key: "transport",
    message: `"transport" must be stdio, streamable-http or sse, not ${shown(name)}`,
  };
}

function stdioServer(
  map: Readonly<Record<string, unknown>>,
  timeouts: RemoteTimeouts,
  faults: RemoteFault[],
): StdioServer | undefined {
  const fault = (key: string, message: string, hint?: string) =>
    faults.push({ key, message, ...(hint === undefined ? {} : { hint }) });
  if (map["transport"] !== undefined && map["transport"] !== "stdio") {
    fault(
      "transport",
      `"command" starts a process, so "transport" must be stdio, not ${shown(map["transport"])}`,
    );
  }
  for (const key of ["headers", "auth"]) {
    if (map[key] !== undefined) {
      fault(key, `"${key}" is for a server with an address`, 'Use "env:" for a process');
    }
  }
  const line = map["command"] ?? map["url"];
  if (map["command"] !== undefined && map["url"] !== undefined) {
    fault("url", '"remote" has both "command" and "url"', "Keep one of them");
  }
  const words = typeof line === "string" ? commandWords(line.replace(/^stdio:(?:\/\/)?/, "")) : undefined;
  if (words === undefined || words.length === 0) {
    fault("command", '"command" must be the program to start, as text');
    return undefined;
  }
  const args = listOf(map["args"]);
  if (args === undefined) {
    fault("args", '"args" must be a list of texts', "For example: args: [server.js, /data]");
  }
  const { cwd } = map;
  if (cwd !== undefined && typeof cwd !== "string") fault("cwd", '"cwd" must be the path of a folder');
  const env = environmentOf(map["env"]);
  if (env === undefined) {
    fault(
      "env",
      '"env" must be a map of texts, or a list of variables to pass on',
      'For example: env: { TOKEN: "${TOKEN}" }',
    );
  }
  return {
    kind: "stdio",
    command: words[0]!,
    args: [...words.slice(1), ...args ?? []],
    env: env ?? {},
    ...(typeof cwd === "string" ? { cwd } : {}),
    ...timeouts,
  };
}

function httpServer(
  map: Readonly<Record<string, unknown>>,
  url: string,
  transport: string | undefined,
  timeouts: RemoteTimeouts,
  faults: RemoteFault[],
): HttpServer | undefined {
  for (const key of ["args", "env", "cwd"]) {
    if (map[key] === undefined) continue;
    faults.push({ key, message: `"${key}" is for a server that is started`, hint: 'Add "command:"' });
  }
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url.replace(variable, "x"))) {
    faults.push({
      key: "url",
      message: `${shown(url)} is not the address of a server`,
      hint: 'Write an http or https address, or "transport: stdio" for a command line',
    });
    return undefined;
  }
  const headers = textMap(map["headers"]);
  if (headers === undefined) faults.push({ key: "headers", message: '"headers" must be a map of texts' });
  const bad = Object.keys(headers ?? {}).find((name) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name));
  if (bad !== undefined) {
    faults.push({ key: "headers", message: `${shown(bad)} is not the name of a header` });
  }
  const auth = map["auth"] === undefined ? undefined : authOf(map["auth"], faults);
  return {
    kind: "http",
    transport: transport === "sse"
      ? "sse"
      : transport === undefined || transport === "http"
      ? "auto"
      : "streamable-http",
    url,
    headers: headers ?? {},
    ...(auth === undefined ? {} : { auth }),
    ...timeouts,
  };
}

function authOf(value: unknown, faults: RemoteFault[]): RemoteAuth | undefined {
  const fault = (message: string, hint?: string) =>
    faults.push({ key: "auth", message, ...(hint === undefined ? {} : { hint }) });
  if (!isMap(value)) {
    fault('"auth" must be a map with a "type"');
    return undefined;
  }
  const secret = (name: string, ...others: string[]) => {
    for (const key of [name, ...others]) {
      const fromVariable = value[`${key}_env`];
      if (typeof fromVariable === "string") return `\${${fromVariable}}`;
      const text = value[key];
      if (typeof text !== "string" || text === "") continue;
      if (!/\$\{\w+\}/.test(text)) {
        faults.push({
          key: "auth",
          severity: "warning",
          message: `"${key}" of "auth" stands in the program, so sessions keep it`,
          hint: `Write ${name}_env: NAME to take it from an environment variable`,
        });
      }
      return text;
    }
    fault(`"auth" needs "${name}_env", the environment variable that holds the ${name.replaceAll("_", " ")}`);
    return undefined;
  };
  const text = (name: string) => {
    const found = value[name];
    if (typeof found === "string" && found !== "") return found;
    fault(`"auth" needs "${name}"`);
    return undefined;
  };
  const kind = String(value["type"] ?? "").toLowerCase().replaceAll("-", "_");
  switch (kind) {
    case "bearer": {
      const token = secret("token");
      return token === undefined ? undefined : { type: "bearer", token };
    }
    case "api_key": {
      const key = secret("key", "api_key");
      const header = value["header"] ?? "X-API-Key";
      return key === undefined ? undefined : { type: "header", header: String(header), value: key };
    }
    case "basic": {
      const username = text("username");
      const password = secret("password");
      return username === undefined || password === undefined
        ? undefined
        : { type: "basic", username, password };
    }
    case "oauth":
    case "client_credentials": {
      const clientId = text("client_id");
      const clientSecret = secret("client_secret");
      const { scope, issuer } = value;
      if (clientId === undefined || clientSecret === undefined) return undefined;
      return {
        type: "oauth",
        clientId,
        clientSecret,
        ...(typeof scope === "string" ? { scope } : {}),
        ...(typeof issuer === "string" ? { issuer } : {}),
      };
    }
    case "mtls":
      fault("Client certificates (mtls) are not part of this version", "Use bearer, api_key, basic or oauth");
      return undefined;
    default:
      fault(`"type" of "auth" must be bearer, api_key, basic or oauth, not ${shown(value["type"])}`);
      return undefined;
  }
}

function timeoutsOf(map: Readonly<Record<string, unknown>>, faults: RemoteFault[]): RemoteTimeouts {
  const read = (key: string, max: number) => {
    const value = map[key];
    if (value === undefined || typeof value === "number" && value > 0 && value <= max) return value;
    faults.push({ key, message: `"${key}" must be seconds from 1 to ${max}, not ${shown(value)}` });
    return undefined;
  };
  const timeoutSeconds = read("timeout", 86_400);
  const totalTimeoutSeconds = read("total_timeout", 7 * 86_400);
  return {
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(totalTimeoutSeconds === undefined ? {} : { totalTimeoutSeconds }),
  };
}

function listOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return commandWords(value);
  if (!Array.isArray(value) || !value.every(isScalar)) return undefined;
  return value.map(String);
}

function environmentOf(value: unknown): Readonly<Record<string, string>> | undefined {
  const names = listOf(Array.isArray(value) ? value : undefined);
  if (!Array.isArray(value)) return textMap(value);
  if (names === undefined || !names.every((name) => /^[A-Za-z_]\w*$/.test(name))) return undefined;
  return Object.fromEntries(names.map((name) => [name, `\${${name}}`]));
}

function textMap(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return {};
  if (!isMap(value) || !Object.values(value).every(isScalar)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}

function isScalar(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** The words of a command line, with quotes as in a shell. `undefined`: a quote is not closed. */
function commandWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  const word = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)\s*/gy;
  let end = 0;
  for (let match = word.exec(line); match !== null; match = word.exec(line)) {
    end = word.lastIndex;
    words.push(
      match[1]!.replace(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
        (_, double, single, escaped) => double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? escaped,
      ),
    );
  }
  return line.slice(end).trim() === "" ? words : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
