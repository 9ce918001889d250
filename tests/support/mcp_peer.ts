import { Client, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker";
import { createTaskSessionFromClient, type TaskEnabledSession } from "@modelcontextprotocol/ext-tasks/client";
import { StdioTransport } from "../../src/tools/stdio_transport.ts";
import { TappedTransport } from "../../src/tools/tapped_transport.ts";
import type { Loose } from "./mcp_process.ts";
import { commandLine, type TestFolder } from "./playbooks_process.ts";

/** A client of the protocol's own library. */
export interface McpPeer extends AsyncDisposable {
  readonly client: Client;
  readonly tasks: TaskEnabledSession<undefined>;
  /** The words of the questions that it was asked. */
  readonly asked: readonly string[];
  /** The notifications about tasks that came: their method, and the status or the message. */
  readonly notified: readonly string[];
  /** Sends a request that the library does not know. Rejects with the message of an error. */
  readonly request: (request: { readonly method: string; readonly params?: object }) => Promise<Loose>;
}

interface PeerOptions {
  readonly era: "modern" | "legacy";
  /** The answers to questions, in order. */
  readonly answers?: readonly string[];
}

/** The program as a tool server on its standard streams. */
export function mcpStreams(folder: TestFolder, args: readonly string[]): Transport {
  const [command, ...before] = commandLine();
  return new StdioTransport({
    command: command!,
    args: [...before, "mcp", ...args],
    cwd: folder.path,
    env: { ...Deno.env.toObject(), PLAYBOOKS_TRUST: "1" },
    maxMessageBytes: 10_000_000,
    log: () => {},
  });
}

export function mcpHttp(url: string, token: string): Transport {
  return new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
}

/** Connects a client of the protocol's library. Disposing ends the connection. */
export async function connectPeer(
  transport: Transport,
  { era, answers = [] }: PeerOptions,
): Promise<McpPeer> {
  const left = [...answers];
  const asked: string[] = [];
  const answer = (params: Loose): Loose => {
    asked.push(params.message);
    const next = left.shift();
    return next === undefined ? { action: "decline" } : { action: "accept", content: { answer: next } };
  };
  const clientInfo = { name: "peer", version: "1" };
  const capabilities = { elicitation: { form: {} } };
  const client = new Client(clientInfo, {
    capabilities,
    jsonSchemaValidator: new CfWorkerJsonSchemaValidator(),
    versionNegotiation: { mode: era === "modern" ? { pin: "2026-07-28" } : "legacy" },
  });
  client.setRequestHandler("elicitation/create", ({ params }) => answer(params));
  const notified: string[] = [];
  const note = ({ method, params }: Loose) => {
    notified.push(`${method} ${params.status ?? params.message}`);
    return Promise.resolve();
  };
  client.fallbackNotificationHandler = note;
  const tap = new TappedTransport(transport);
  await client.connect(tap);
  const tasks = createTaskSessionFromClient<undefined>(client, {
    endpointId: "peer",
    tools: { currentTool: () => undefined },
    onInputRequest: ({ params }) => answer(params),
    rawDispatch: async (request, { context, signal } = {}) => {
      const reply = await tap.request(request as never, {
        ...(signal ? { signal } : {}),
        ...(context?.headers ? { headers: context.headers } : {}),
      });
      return "error" in reply
        ? { kind: "error", error: reply.error as never }
        : { kind: "result", result: reply.result as never };
    },
    v2RequestFraming: {
      protocolVersion: client.getNegotiatedProtocolVersion() ?? "",
      clientInfo,
      clientCapabilities: capabilities,
    },
  });
  return {
    client,
    tasks,
    asked,
    notified,
    request: async (request) => {
      const reply = await tap.request(request as never, {});
      if ("error" in reply) throw new Error((reply.error as Loose).message);
      return reply.result;
    },
    [Symbol.asyncDispose]: async () => {
      await tasks.close().catch(() => {});
      await client.close().catch(() => {});
      await transport.close().catch(() => {});
    },
  };
}
