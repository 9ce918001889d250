import type { Client, Transport } from "@modelcontextprotocol/client";
import type { TaskEnabledSession } from "@modelcontextprotocol/ext-tasks/client";
import { failureText } from "../net/mod.ts";
import { reasonOf, ServerEndedError } from "./failures.ts";
import { questionOfServer } from "./form.ts";
import { httpTransport } from "./http_transport.ts";
import { type Libraries, loadLibraries } from "./library.ts";
import { StdioTransport } from "./stdio_transport.ts";
import { ownPrefix, TappedTransport } from "./tapped_transport.ts";
import type { ToolTarget } from "./target.ts";
import type { ToolQuestion, ToolReply } from "./tool.ts";

/** A call that is on its way, as questions and progress of the server need it. */
export interface CallInProgress {
  readonly token: string;
  readonly onProgress: (params: Readonly<Record<string, unknown>>) => void;
  readonly onQuestion: (question: ToolQuestion) => Promise<ToolReply>;
  /** How often each question was asked in this call; a repeated one gets an id of its own. */
  readonly asked: Map<string, number>;
}

/** What a connection needs from its surroundings. */
interface ConnectionParts {
  readonly fetch: typeof fetch;
  readonly version: string;
  readonly maxMessageBytes: number;
  readonly log: (line: string) => void;
  readonly onListChanged: () => void;
}

/** How long an older server has for the question about its protocol before it is greeted in the older way. */
const probeMs = 10_000;

interface OpenParts {
  readonly client: Client;
  readonly session: TaskEnabledSession<CallInProgress>;
  readonly libraries: Libraries;
  readonly tap: TappedTransport;
  readonly inner: Transport;
  readonly calls: Map<string, CallInProgress>;
}

/** An open connection to a server. It is used until it closes, and then another is made. */
export class ServerConnection {
  readonly client: Client;
  readonly session: TaskEnabledSession<CallInProgress>;
  readonly libraries: Libraries;
  readonly #tap: TappedTransport;
  readonly #inner: Transport;
  readonly #calls: Map<string, CallInProgress>;
  isClosed = false;

  constructor(parts: OpenParts) {
    this.client = parts.client;
    this.session = parts.session;
    this.libraries = parts.libraries;
    this.#tap = parts.tap;
    this.#inner = parts.inner;
    this.#calls = parts.calls;
  }

  beginCall(call: CallInProgress): void {
    this.#calls.set(call.token, call);
  }

  endCall(call: CallInProgress): void {
    this.#calls.delete(call.token);
  }

  /** How the server's process ended, and its last words; `""` if that is not known. */
  get ending(): string {
    return endingOf(this.#inner);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.session.close().catch(() => {});
    await this.client.close().catch(() => {});
    await this.#tap.close().catch(() => {});
  }
}

/** Connects to a server: with its newest protocol, else with an older one. Rejects with the reason. */
export async function openConnection(
  target: ToolTarget,
  parts: ConnectionParts,
  signal: AbortSignal,
): Promise<ServerConnection> {
  const libraries = await loadLibraries();
  const ways = target.kind === "http" && target.transport === "sse"
    ? [{ mode: "legacy" as const, kind: "sse" as const }]
    : [
      { mode: "auto" as const, kind: "streamable-http" as const },
      { mode: "legacy" as const, kind: "streamable-http" as const },
      ...(target.kind === "http" && target.transport === "auto"
        ? [{ mode: "legacy" as const, kind: "sse" as const }]
        : []),
    ];
  let failure: unknown;
  for (const { mode, kind } of ways) {
    signal.throwIfAborted();
    const inner = target.kind === "http"
      ? httpTransport(target, kind, {
        library: libraries.client,
        fetch: parts.fetch,
        maxMessageBytes: parts.maxMessageBytes,
      })
      : new StdioTransport({ ...target, maxMessageBytes: parts.maxMessageBytes, log: parts.log });
    // The library hears the signal only after its first question was answered.
    const cancel = () => (inner instanceof StdioTransport ? inner.cancel() : inner.close()).catch(() => {});
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await connect(target, parts, { libraries, inner, mode, signal });
    } catch (error) {
      await inner.close().catch(() => {});
      failure ??= withLastLines(error, inner);
      // Only a server that does not understand the newer greeting is greeted again in the older way.
      if (!mayUnderstandOlder(error, target)) break;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }
  throw failure;
}

async function connect(
  target: ToolTarget,
  parts: ConnectionParts,
  { libraries, inner, mode, signal }: {
    readonly libraries: Libraries;
    readonly inner: Transport;
    readonly mode: "auto" | "legacy";
    readonly signal: AbortSignal;
  },
): Promise<ServerConnection> {
  const { Client } = libraries.client;
  const tap = new TappedTransport(inner);
  const calls = new Map<string, CallInProgress>();
  const clientInfo = { name: "playbooks", version: parts.version };
  const capabilities = { elicitation: { form: {} } };
  const client = new Client(clientInfo, {
    capabilities,
    jsonSchemaValidator: new libraries.validators.CfWorkerJsonSchemaValidator(),
    versionNegotiation: { mode, probe: { timeoutMs: Math.min(probeMs, target.timeoutMs) } },
    listMaxPages: 100,
    listChanged: { tools: { autoRefresh: false, debounceMs: 50, onChanged: () => parts.onListChanged() } },
  });
  client.onerror = (error) => parts.log(failureText(error));
  // A question of a server on the wire. Those in results and tasks come through `onInputRequest`.
  client.setRequestHandler("elicitation/create", async (request) => {
    const [call] = calls.values();
    return await answerQuestion(request.params as Readonly<Record<string, unknown>>, "", call) as never;
  });
  await client.connect(tap, { timeout: target.timeoutMs, signal });
  const session = libraries.tasks.createTaskSessionFromClient<CallInProgress>(client, {
    endpointId: target.name,
    // The declarations come with each call.
    tools: { currentTool: () => undefined },
    onError: (error) => parts.log(failureText(error)),
    onInputRequest: async (request, context) => {
      if (request.kind !== "elicitation") throw new Error("playbooks does not lend its model or its folders");
      const { inputId = "", applicationContext } = context;
      return await answerQuestion(request.params, `${inputId}:`, applicationContext) as never;
    },
    rawDispatch: async (request, options = {}) => {
      const { signal, context } = options;
      const answer = await tap.request(request as never, {
        ...(signal ? { signal } : {}),
        ...(context?.headers ? { headers: context.headers } : {}),
      });
      return "error" in answer
        ? { kind: "error", error: answer.error as never }
        : { kind: "result", result: answer.result as never };
    },
    v2RequestFraming: {
      protocolVersion: client.getNegotiatedProtocolVersion() ?? "",
      clientInfo,
      clientCapabilities: capabilities,
    },
  });
  const connection = new ServerConnection({ client, session, libraries, tap, inner, calls });
  const { onclose } = client;
  client.onclose = () => {
    connection.isClosed = true;
    onclose?.();
  };
  tap.onprogress = (token, params) => calls.get(token)?.onProgress(params);
  return connection;
}

async function answerQuestion(
  params: Readonly<Record<string, unknown>>,
  prefix: string,
  call: CallInProgress | undefined,
): Promise<ToolReply> {
  const question = questionOfServer(params, prefix);
  if (!call || !question) return { action: "decline" };
  const count = call.asked.get(question.id) ?? 0;
  // Inside a result or a task, the server names its questions, and asks each once.
  const repeats = prefix === "";
  call.asked.set(question.id, count + 1);
  return await call.onQuestion(
    repeats && count > 0 ? { ...question, id: `${question.id}#${count + 1}` } : question,
  );
}

/** Whether the failure of a greeting may come from a server that knows only an older protocol. */
function mayUnderstandOlder(error: unknown, { kind }: ToolTarget): boolean {
  const { code, status } = (error ?? {}) as { readonly code?: unknown; readonly status?: unknown };
  if (typeof status === "number") return status === 400 || status === 404 || status === 405 || status === 406;
  // An older server on the standard streams may not answer a question that it does not know.
  if (code === "REQUEST_TIMEOUT") return kind === "stdio";
  return code === "ERA_NEGOTIATION_FAILED" || code === "CONNECTION_CLOSED" ||
    code === "METHOD_NOT_SUPPORTED_BY_PROTOCOL_VERSION";
}

/** The reason why a server was not greeted: how its process ended by itself, and its last words. */
function withLastLines(error: unknown, inner: Transport): unknown {
  if (!(inner instanceof StdioTransport)) return error;
  const ending = endingOf(inner);
  if (ending === "") return error;
  const why = inner.ending === undefined ? `${reasonOf(error)}; ${ending}` : ending;
  return new ServerEndedError(why, { cause: error });
}

function endingOf(inner: Transport): string {
  if (!(inner instanceof StdioTransport)) return "";
  const last = inner.lastLines.slice(-3).join(" | ");
  return [inner.ending ?? "", last === "" ? "" : `it wrote: ${last}`].filter((part) => part !== "").join(
    "; ",
  );
}

let tokens = 0;

/** A progress token that no other call of this process has. */
export function nextToken(): string {
  return `${ownPrefix}p${++tokens}`;
}
