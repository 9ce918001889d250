/**
 * A tool server for tests, without a library: `deno run -A tool_server.ts --state FOLDER [--era modern] [--http] …`.
 *
 * It counts each call in files, so that a test sees what really happened, also over deaths of the server. It speaks the
 * protocol of 2025-11-25, or with `--era modern` that of 2026-07-28; on its standard streams, or with `--http` over
 * HTTP, whose port it writes to `FOLDER/port`. With `--sse` it speaks that of 2024-11-05 over HTTP: a stream of events
 * at `/mcp`, and requests to the address that the stream names. The tool `drop-stream` ends the stream without an answer.
 */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Loose = { [key: string]: Json };

const options = parse(Deno.args);
const state = options["state"]!;
const modern = options["era"] === "modern";
const tasksKey = "io.modelcontextprotocol/tasks";
const text = (message: string): Loose => ({ content: [{ type: "text", text: message }] });
const object = (properties: Loose, required: string[] = []): Loose => ({
  type: "object",
  properties,
  required,
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let extraTools = 0;

function parse(args: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [index, arg] of args.entries()) {
    if (!arg.startsWith("--")) continue;
    const next = args[index + 1];
    found[arg.slice(2)] = next === undefined || next.startsWith("--") ? "true" : next;
  }
  return found;
}

/** Appends a line, atomically. */
function note(file: string, line: Loose): void {
  Deno.writeTextFileSync(`${state}/${file}`, `${JSON.stringify(line)}\n`, { append: true });
}

function lines(file: string): Loose[] {
  try {
    return Deno.readTextFileSync(`${state}/${file}`).trim().split("\n").filter((line) => line !== "").map((
      line,
    ) => JSON.parse(line));
  } catch {
    return [];
  }
}

function tools(): Loose[] {
  const name = { name: { type: "string" } };
  return [
    {
      name: "count",
      description: "Adds one to a counter and gives its value.",
      inputSchema: object({ ...name, by: { type: "integer", minimum: 1 } }, ["name"]),
    },
    {
      name: "read",
      description: "Gives the value of a counter.",
      inputSchema: object(name, ["name"]),
      annotations: { readOnlyHint: true },
    },
    {
      name: "work",
      description: "Works for some seconds, as a task.",
      inputSchema: object({ seconds: { type: "number" }, ...name }, ["seconds", "name"]),
      execution: { taskSupport: "required" },
    },
    {
      name: "slow",
      description: "Counts, works for some seconds, and tells its progress.",
      inputSchema: object({ seconds: { type: "number" }, ...name }, ["seconds", "name"]),
    },
    {
      name: "slow-read",
      description: "Reads for some seconds.",
      inputSchema: object({ seconds: { type: "number" }, ...name }, ["seconds", "name"]),
      annotations: { idempotentHint: true },
    },
    {
      name: "die-once",
      description: "Counts; the first call ends the server before its answer.",
      inputSchema: object(name, ["name"]),
      ...(options["safe-death"] ? { annotations: { readOnlyHint: true } } : {}),
    },
    {
      name: "order",
      description: "Asks the person, then orders.",
      inputSchema: object({ item: { type: "string" } }, ["item"]),
    },
    { name: "picture", description: "Gives a picture and a file.", inputSchema: object({}) },
    {
      name: "weather",
      description: "Gives the weather.",
      inputSchema: object({ city: { type: "string" } }, ["city"]),
      outputSchema: object({ degrees: { type: "number" }, sky: { type: "string" } }, ["degrees", "sky"]),
      annotations: { readOnlyHint: true },
    },
    { name: "fail", description: "Fails.", inputSchema: object({ why: { type: "string" } }) },
    { name: "secret", description: "Gives the secret.", inputSchema: object({}) },
    {
      name: "big",
      description: "Gives a long text.",
      inputSchema: object({ kb: { type: "number" } }, ["kb"]),
    },
    { name: "environment", description: "Names the variables that it has.", inputSchema: object({}) },
    { name: "where", description: "Gives its folder and its arguments.", inputSchema: object({}) },
    { name: "drop-stream", description: "Ends the stream.", inputSchema: object({}) },
    { name: "grow", description: "Adds a tool to the list.", inputSchema: object({}) },
    ...Array.from({ length: extraTools }, (_, index) => ({
      name: `extra${index + 1}`,
      description: "A new tool.",
      inputSchema: object({}),
    })),
  ];
}

/** The connection to one client. */
interface Peer {
  send(message: Loose): void;
  /** Asks the client, in the protocol of 2025. */
  ask(method: string, params: Loose): Promise<Loose>;
}

const form = object({
  amount: { type: "integer", title: "Amount", minimum: 1, maximum: 9 },
  color: { type: "string", enum: ["red", "green"] },
  gift: { type: "boolean", default: false },
}, ["amount", "color"]);

async function callTool(params: Loose, peer: Peer): Promise<Loose> {
  const { name, arguments: given, _meta } = params as { name: string; arguments?: Loose; _meta?: Loose };
  const args = given ?? {};
  const key = _meta?.["playbooks/idempotency-key"] ?? null;
  const tool = tools().find((each) => each["name"] === name);
  if (!tool) throw { code: -32602, message: `Unknown tool: ${name}` };
  note("calls", { tool: name, args, key, pid: Deno.pid });
  const counter = `count-${args["name"]}`;
  const progress = (done: number, total: number, message: string) => {
    const token = _meta?.["progressToken"];
    if (token === undefined) return;
    peer.send({
      method: "notifications/progress",
      params: { progressToken: token, progress: done, total, message },
    });
  };
  switch (name) {
    case "count":
      note(counter, { key });
      return text(String(lines(counter).length));
    case "read":
      return text(String(lines(counter).length));
    case "slow":
      note(counter, { key });
      for (let step = 1; step <= 4; step++) {
        await pause(Number(args["seconds"]) * 250);
        progress(step, 4, `step ${step}`);
      }
      return text("slow and done");
    case "slow-read":
      await pause(Number(args["seconds"]) * 1000);
      return text("read slowly");
    case "die-once":
      note(counter, { key });
      if (lines(counter).length === 1) Deno.exit(3);
      return text("alive");
    case "work": {
      note(counter, { key });
      const id = `task-${lines("tasks").length + 1}-${crypto.randomUUID()}`;
      const task = { id, name: args["name"]!, endsAt: Date.now() + Number(args["seconds"]) * 1000 };
      note("tasks", task);
      return modern ? { resultType: "task", ...taskView(task) } : { task: taskView(task) };
    }
    case "order":
      return await order(String(args["item"]), params, peer);
    case "picture":
      return {
        content: [
          { type: "text", text: "a dot and a file" },
          { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" },
          {
            type: "resource",
            resource: { uri: "file:///notes.txt", mimeType: "text/plain", text: "the notes" },
          },
        ],
      };
    case "weather": {
      const structuredContent = { degrees: 21, sky: `clear over ${args["city"]}` };
      return { structuredContent, ...text(JSON.stringify(structuredContent)) };
    }
    case "fail":
      return { isError: true, ...text(String(args["why"] ?? "it does not work")) };
    case "secret":
      return text("Playbooks+MCP FTW!");
    case "big":
      return text("x".repeat(Number(args["kb"]) * 1024));
    case "environment":
      return text(Object.keys(Deno.env.toObject()).sort().join(","));
    case "where":
      return text(`${Deno.cwd()} ${JSON.stringify(Deno.args)}`);
    case "grow":
      extraTools++;
      peer.send({ method: "notifications/tools/list_changed" });
      return text("grown");
    default:
      return text("nothing");
  }
}

async function order(item: string, params: Loose, peer: Peer): Promise<Loose> {
  const question = { message: `How many of ${item}?`, requestedSchema: form };
  let answer: Loose;
  if (modern) {
    const responses = params["inputResponses"] as Loose | undefined;
    if (!responses) {
      return {
        resultType: "input_required",
        inputRequests: { q1: { method: "elicitation/create", params: question } },
        requestState: "s1",
      };
    }
    answer = responses["q1"] as Loose;
  } else answer = await peer.ask("elicitation/create", question);
  note("orders", { item, ...answer });
  const { action, content } = answer;
  return text(action === "accept" ? `ordered ${JSON.stringify(content)}` : `not ordered: ${action}`);
}

/** A task as the protocol shows it. Its end is a moment in time, so it outlives the server. */
function taskView({ id, endsAt, cancelled }: Loose): Loose {
  const status = cancelled ? "cancelled" : Date.now() >= Number(endsAt) ? "completed" : "working";
  const at = new Date().toISOString();
  const view = { taskId: id!, status, createdAt: at, lastUpdatedAt: at };
  return modern ? { ...view, ttlMs: null, pollIntervalMs: 100 } : { ...view, ttl: null, pollInterval: 100 };
}

function taskNamed(id: Json | undefined): Loose {
  const task = lines("tasks").find((each) => each["id"] === id);
  if (!task) throw { code: -32602, message: `Task not found: ${id}` };
  return { ...task, cancelled: lines("cancelled").some((each) => each["id"] === id) };
}

async function answer(method: string, params: Loose, peer: Peer): Promise<Loose> {
  const info = { name: "tool-server", version: "1.0" };
  const instructions = options["instructions"] ?? "Counters for tests.";
  switch (method) {
    case "server/discover":
      if (!modern) break;
      return {
        supportedVersions: ["2026-07-28"],
        capabilities: { tools: {}, extensions: { [tasksKey]: {} } },
        instructions,
        _meta: { "io.modelcontextprotocol/serverInfo": info },
        ttlMs: 0,
        cacheScope: "private",
      };
    case "initialize":
      if (modern) break;
      return {
        protocolVersion: options["sse"] ? "2024-11-05" : "2025-11-25",
        capabilities: {
          tools: { listChanged: true },
          ...(options["sse"] ? {} : { tasks: { requests: { tools: { call: {} } }, cancel: {} } }),
        },
        serverInfo: info,
        instructions,
      };
    case "ping":
      return {};
    case "tools/list":
      return { tools: tools(), ...(modern ? { ttlMs: 0, cacheScope: "private" } : {}) };
    case "tools/call":
      return await callTool(params, peer);
    case "tasks/get": {
      const task = taskNamed(params["taskId"]);
      note("polls", { id: params["taskId"]! });
      const view = taskView(task);
      return modern && view["status"] === "completed" ? { ...view, result: resultOf(task) } : view;
    }
    case "tasks/result":
      return resultOf(taskNamed(params["taskId"]));
    case "tasks/cancel":
      note("cancelled", { id: params["taskId"]! });
      return modern ? {} : taskView(taskNamed(params["taskId"]));
  }
  throw { code: -32601, message: `Method not found: ${method}` };
}

function resultOf({ name }: Loose): Loose {
  return { ...(modern ? { resultType: "complete" } : {}), ...text(`work ${name} is done`) };
}

/** Answers one message; nothing to answer gives `undefined`. */
async function handle(message: Loose, peer: Peer): Promise<Loose | undefined> {
  const { id, method, params } = message as { id?: Json; method?: string; params?: Loose };
  if (method === undefined) return undefined;
  if (id === undefined) {
    if (method === "notifications/cancelled") note("cancellations", params ?? {});
    return undefined;
  }
  try {
    const result = await answer(method, params ?? {}, peer);
    return {
      id,
      result: modern && result["resultType"] === undefined ? { resultType: "complete", ...result } : result,
    };
  } catch (error) {
    const fault = error as { code?: number; message?: string };
    return { id, error: { code: fault.code ?? -32603, message: fault.message ?? String(error) } };
  }
}

async function serveStreams(): Promise<void> {
  const waiting = new Map<string, (result: Loose) => void>();
  let asked = 0;
  const write = (message: Loose) => {
    const bytes = new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  };
  const peer: Peer = {
    send: write,
    ask: (method, params) => {
      const id = `s${++asked}`;
      write({ id, method, params });
      return new Promise((resolve) => waiting.set(id, resolve));
    },
  };
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of Deno.stdin.readable) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    for (const part of parts) {
      if (part.trim() === "") continue;
      const message = JSON.parse(part) as Loose;
      const reply = waiting.get(String(message["id"]));
      if (message["method"] === undefined && reply) reply(message["result"] as Loose);
      else handle(message, peer).then((answered) => answered && write(answered));
    }
  }
  note("ends", { pid: Deno.pid });
  Deno.exit(0);
}

/** The streams of clients, by the id in the address that they got. */
const streams = new Map<string, Peer & { reply(message: Loose): boolean; end(): void }>();

/** HTTP with SSE, as in the protocol of 2024-11-05: answers come on the stream, not with the request. */
async function serveEvents(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (request.method === "GET" && pathname === "/mcp") {
    const id = crypto.randomUUID();
    const waiting = new Map<string, (result: Loose) => void>();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const event = (name: string, data: string) =>
      writer.write(new TextEncoder().encode(`event: ${name}\ndata: ${data}\n\n`)).catch(() => {});
    const send = (message: Loose) => void event("message", JSON.stringify({ jsonrpc: "2.0", ...message }));
    streams.set(id, {
      send,
      ask: (method, params) => {
        const asked = `s${crypto.randomUUID()}`;
        send({ id: asked, method, params });
        return new Promise((resolve) => waiting.set(asked, resolve));
      },
      reply: (message) => {
        const reply = waiting.get(String(message["id"]));
        reply?.(message["result"] as Loose);
        return reply !== undefined;
      },
      end: () => {
        streams.delete(id);
        writer.close().catch(() => {});
      },
    });
    event("endpoint", `/messages?session=${id}`);
    return new Response(readable, { headers: { "Content-Type": "text/event-stream" } });
  }
  const peer = streams.get(searchParams.get("session") ?? "");
  if (request.method !== "POST" || pathname !== "/messages") return new Response(null, { status: 405 });
  if (!peer) return new Response("no such session", { status: 404 });
  const message = await request.json() as Loose;
  const tool = (message["params"] as Loose | undefined)?.["name"];
  if (tool === "drop-stream") peer.end();
  else if (message["method"] !== undefined || !peer.reply(message)) {
    handle(message, peer).then((answered) => answered && peer.send(answered));
  }
  return new Response("Accepted", { status: 202 });
}

function serveHttp(): void {
  const port = Number(options["port"] ?? 0);
  const token = options["token"];
  const server = Deno.serve({
    port,
    hostname: "127.0.0.1",
    onListen: ({ port }) => {
      // A reader never sees an empty file.
      Deno.writeTextFileSync(`${state}/port.new`, String(port));
      Deno.renameSync(`${state}/port.new`, `${state}/port`);
    },
  }, async (request) => {
    const { pathname, origin } = new URL(request.url);
    if (options["issuer"] && pathname.startsWith("/.well-known/oauth-protected-resource")) {
      return Response.json({ resource: `${origin}/mcp`, authorization_servers: [options["issuer"]] });
    }
    if (pathname === "/.well-known/oauth-authorization-server") {
      return Response.json({
        issuer: options["issuer"] ?? origin,
        token_endpoint: `${origin}/token`,
        authorization_endpoint: `${origin}/authorize`,
        response_types_supported: ["code"],
        grant_types_supported: ["client_credentials"],
        token_endpoint_auth_methods_supported: ["client_secret_basic"],
      });
    }
    if (pathname === "/token") {
      note("tokens", { authorization: request.headers.get("authorization"), body: await request.text() });
      return Response.json({ access_token: token!, token_type: "Bearer", expires_in: 3600 });
    }
    if (pathname !== "/mcp" && pathname !== "/messages") return new Response(null, { status: 404 });
    if (token !== undefined && request.headers.get("authorization") !== `Bearer ${token}`) {
      return new Response("a key is needed", { status: 401, headers: { "WWW-Authenticate": "Bearer" } });
    }
    if (options["sse"]) return await serveEvents(request);
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const message = await request.json() as Loose;
    return await new Promise((resolve) => {
      let writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
      // The first message before the answer opens a stream of events.
      const write = (each: Loose) => {
        if (!writer) {
          const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
          writer = writable.getWriter();
          resolve(new Response(readable, { headers: { "Content-Type": "text/event-stream" } }));
        }
        const data = JSON.stringify({ jsonrpc: "2.0", ...each });
        writer.write(new TextEncoder().encode(`data: ${data}\n\n`)).catch(() => {});
      };
      handle(message, { send: write, ask: () => Promise.resolve({ action: "cancel" }) }).then((answered) => {
        if (!answered) return resolve(new Response(null, { status: 202 }));
        if (!writer) return resolve(Response.json({ jsonrpc: "2.0", ...answered }));
        write(answered);
        writer.close().catch(() => {});
      });
    });
  });
  void server;
}

note("starts", { pid: Deno.pid });
// deno-lint-ignore no-console
console.error("tool server is ready");
if (options["http"]) serveHttp();
else await serveStreams();
