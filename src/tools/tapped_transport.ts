import type { JSONRPCMessage, Transport, TransportSendOptions } from "@modelcontextprotocol/client";
import { readableTools } from "./tool_list.ts";

/** An answer to a request that was sent past the library. */
type RawAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

/**
 * A transport with a tap: requests of the Tasks extension go past the library, whose client does not know their results;
 * and progress is handed over with its token.
 */
export class TappedTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  readonly #inner: Transport;
  readonly #waiting = new Map<string, (answer: RawAnswer) => void>();
  readonly #closers = new Set<(why: Error) => void>();
  #count = 0;
  #version = "";
  /** Takes progress with a token of ours. */
  onprogress?: (token: string, params: Readonly<Record<string, unknown>>) => void;

  constructor(inner: Transport) {
    this.#inner = inner;
    inner.onmessage = (message, extra) => {
      const readable = readableMessage(message, this.#version);
      if (!this.#take(readable)) this.onmessage?.(readable, extra);
    };
    inner.onerror = (error) => this.onerror?.(error);
    inner.onclose = () => {
      for (const close of [...this.#closers]) close(new Error("the connection was closed"));
      this.onclose?.();
    };
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId;
  }

  get hasPerRequestStream(): boolean {
    return this.#inner.hasPerRequestStream ?? false;
  }

  setProtocolVersion(version: string): void {
    this.#version = version;
    this.#inner.setProtocolVersion?.(version);
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    const refusal = refusalOf(message);
    await this.#inner.send(refusal ?? message, options);
  }

  /** Sends a request past the library. Rejects if the connection is closed or `signal` aborts; then the server is told. */
  async request(
    request: { readonly method: string; readonly params?: Readonly<Record<string, unknown>> },
    { signal, headers }: {
      readonly signal?: AbortSignal;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<RawAnswer> {
    signal?.throwIfAborted();
    const id = `${ownPrefix}${++this.#count}`;
    const answer = Promise.withResolvers<RawAnswer>();
    const onAbort = () => {
      answer.reject(signal!.reason);
      if (this.hasPerRequestStream) return;
      const params = { requestId: id, reason: "The caller does not wait any more" };
      this.#inner.send({ jsonrpc: "2.0", method: "notifications/cancelled", params }).catch(() => {});
    };
    this.#waiting.set(id, answer.resolve);
    this.#closers.add(answer.reject);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const message = { jsonrpc: "2.0", id, ...request } as JSONRPCMessage;
      const sent = this.#inner.send(message, {
        ...(headers ? { headers } : {}),
        ...(signal ? { requestSignal: signal } : {}),
        onRequestStreamEnd: () => answer.reject(new Error("the server closed the stream without an answer")),
      });
      sent.catch(answer.reject);
      return await answer.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#waiting.delete(id);
      this.#closers.delete(answer.reject);
    }
  }

  /** Takes a message that is not for the library. */
  #take(message: JSONRPCMessage): boolean {
    if ("method" in message) {
      if (message.method !== "notifications/progress") return false;
      const params = (message.params ?? {}) as Readonly<Record<string, unknown>>;
      const token = params["progressToken"];
      if (typeof token !== "string" || !token.startsWith(ownPrefix)) return false;
      this.onprogress?.(token, params);
      return true;
    }
    const answer = "id" in message ? this.#waiting.get(String(message.id)) : undefined;
    if (!answer) return false;
    answer("error" in message ? { error: message.error } : { result: message.result });
    return true;
  }
}

/**
 * A message in a form that the library reads. An answer that is no object becomes an error: the library drops such an
 * answer, and its caller would wait for ever.
 */
function readableMessage(message: JSONRPCMessage, version: string): JSONRPCMessage {
  const { id, method, result, error } = message as unknown as Readonly<Record<string, unknown>>;
  if (id === undefined || method !== undefined || isObject(error)) return message;
  if (isObject(result)) return { ...message, result: readableTools(result, version) } as JSONRPCMessage;
  const text =
    "The server answered, and the answer does not follow the protocol: result: it must be an object";
  return { jsonrpc: "2.0", id: id as number, error: { code: -32603, message: text } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Ids and progress tokens of ours begin so. The library's own are numbers. */
export const ownPrefix = "playbooks-";

/** The library's answer to a server that asks for something this program does not lend, in words. */
function refusalOf(message: JSONRPCMessage): JSONRPCMessage | undefined {
  if (!("error" in message) || message.error.code !== -32601) return undefined;
  const what = /sampling\/createMessage|roots\/list/.exec(message.error.message)?.[0];
  if (what === undefined) return undefined;
  const text = what.startsWith("sampling")
    ? "playbooks does not lend its model to tool servers (sampling)"
    : "playbooks has no roots; the program names the folders in the server's arguments";
  return { ...message, error: { ...message.error, message: text } };
}
