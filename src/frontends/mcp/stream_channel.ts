import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { jsonText } from "../../text/mod.ts";
import { ClosedOutputError, type Input, type Output, readSome, writeAll } from "../streams.ts";
import { type McpLibrary, toolServer, type ToolServerParts } from "./tool_server.ts";

/** The streams of a client, and their bound. */
interface StreamOptions {
  readonly stdin: Input;
  readonly stdout: Output;
  /** Bytes of one message. */
  readonly maxMessageBytes: number;
  /** Ends the connection when it aborts. */
  readonly signal: AbortSignal;
  /** Called once, when the input ends or the output is closed, before calls under way are given up. */
  readonly onEnd: () => void;
}

/** Serves a client on the standard streams. Resolves when its input has ended, or when `signal` aborts. */
export async function serveMcpStreams(
  library: McpLibrary,
  parts: ToolServerParts,
  options: StreamOptions,
): Promise<void> {
  const channel = new StreamChannel(library, options);
  const handle = library.serveStdio(({ era }) => toolServer(library, parts, era), {
    transport: channel,
    onerror: (error) => parts.onNote?.(error),
  });
  options.signal.addEventListener("abort", () => channel.close(), { once: true });
  await channel.ended;
  await handle.close();
}

/**
 * A connection over lines of JSON. The library has such a transport for the streams of Node; this one answers what it
 * cannot read, and skips a message that is too large without closing the connection.
 */
class StreamChannel implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #library: McpLibrary;
  readonly #options: StreamOptions;
  readonly #ended = Promise.withResolvers<void>();
  /** Requests without an answer. */
  readonly #pending = new Set<string | number>();
  #onAnswered = () => {};
  #isClosed = false;

  constructor(library: McpLibrary, options: StreamOptions) {
    this.#library = library;
    this.#options = options;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  start(): Promise<void> {
    this.#read().then(() => this.#answered()).catch((error) => this.onerror?.(error)).finally(() =>
      this.close()
    );
    return Promise.resolve();
  }

  // deno-lint-ignore require-await -- an error must reject the promise
  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return;
    if ("id" in message && !("method" in message) && this.#pending.delete(message.id!)) this.#onAnswered();
    try {
      writeAll(this.#options.stdout, `${jsonText(message)}\n`);
    } catch (error) {
      if (error instanceof ClosedOutputError) this.close();
      throw error;
    }
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#options.onEnd();
      this.onclose?.();
      this.#ended.resolve();
    }
    return Promise.resolve();
  }

  async #read(): Promise<void> {
    const { stdin, maxMessageBytes } = this.#options;
    const lines = new LineSplitter(maxMessageBytes);
    const buffer = new Uint8Array(readBytes);
    for (;;) {
      const count = await readSome(stdin, buffer);
      if (this.#isClosed) return;
      for (const line of count === null ? lines.end() : lines.push(buffer.subarray(0, count))) {
        this.#take(line);
      }
      if (count === null) return;
    }
  }

  /** A script may write its requests and end its output at once. It gets the answers that are quick. */
  async #answered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, answersMs);
    this.#onAnswered = () => this.#pending.size === 0 && resolve();
    this.#onAnswered();
    await promise;
    clearTimeout(timer);
  }

  #take(line: string | undefined): void {
    if (line === undefined) {
      const mib = Math.round(this.#options.maxMessageBytes / 1024 / 1024 * 10) / 10;
      return this.#refuse(-32600, `The message has more than ${mib} MiB`);
    }
    if (line.trim() === "") return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#refuse(-32700, "Parse error: the line is not JSON");
    }
    if (Array.isArray(message)) {
      return this.#refuse(-32600, "Invalid request: send one message a line, no batch");
    }
    let parsed: JSONRPCMessage;
    try {
      parsed = this.#library.parseJSONRPCMessage(message);
    } catch {
      return this.#refuse(-32600, "Invalid request: the line is no message of JSON-RPC 2.0", idOf(message));
    }
    if ("id" in parsed && "method" in parsed) this.#pending.add(parsed.id);
    this.onmessage?.(parsed);
  }

  #refuse(code: number, message: string, id: string | number | null = null): void {
    this.send({ jsonrpc: "2.0", id, error: { code, message } } as unknown as JSONRPCMessage).catch((error) =>
      this.onerror?.(error)
    );
  }
}

const readBytes = 64 * 1024;
/** The time for answers after the end of the input. */
const answersMs = 2000;

function idOf(message: unknown): string | number | null {
  const { id } = (message ?? {}) as { readonly id?: unknown };
  return typeof id === "string" || typeof id === "number" ? id : null;
}

/** Splits bytes into lines. A line that is too long becomes `undefined`, and its bytes are not kept. */
class LineSplitter {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder();
  #parts: string[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  *push(chunk: Uint8Array): Generator<string | undefined> {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#add(chunk.subarray(start, end));
      yield this.#line();
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
  }

  /** The last line, if nothing ends it. */
  *end(): Generator<string | undefined> {
    if (this.#bytes > 0) yield this.#line();
  }

  #add(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    const text = this.#decoder.decode(bytes, { stream: true });
    if (this.#bytes <= this.#maxBytes) this.#parts.push(text);
    else this.#parts = [];
  }

  #line(): string | undefined {
    const line = this.#bytes > this.#maxBytes ? undefined : this.#parts.join("");
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
