import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";

/** How to start a server. */
interface StdioOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  /** Takes a line that the process wrote to its standard error. */
  readonly log: (line: string) => void;
}

/** How long a server may take to end after its input was closed, and after it was told to end. */
const endsWithinMs = 1500;
/** Bounds on what is kept of a line of standard error. */
const maxLogLine = 2000;

/**
 * A server as a child process, in a process group of its own: Ctrl+C on the terminal reaches only us, and at the end the
 * whole group is stopped, also what a launcher such as `npx` started. If we are killed, its input is closed.
 *
 * The library has such a transport, without a process group.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #options: StdioOptions;
  #child: Deno.ChildProcess | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** How the process ended by itself, or why it was stopped, for messages. */
  ending: string | undefined;
  /** The last lines of standard error. */
  readonly lastLines: string[] = [];

  constructor(options: StdioOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    const { command, args, cwd, env } = this.#options;
    const child = new Deno.Command(command, {
      args: [...args],
      cwd,
      clearEnv: true,
      env: { ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: Deno.build.os !== "windows",
    }).spawn();
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#writer.closed.catch(() => {});
    const read = this.#readMessages(child.stdout).catch((error) => this.#fail(error));
    const logged = this.#readLog(child.stderr).catch(() => {});
    this.#ended = child.status.then(async ({ code, signal }) => {
      // The end that we make with `close` says nothing about the server. A server that failed may be closed before its
      // end is known: its exit code is its own.
      if (!this.#isClosed || (signal === null && code !== 0)) {
        this.ending ??= signal === null ? `it ended with exit code ${code}` : `it ended by ${signal}`;
      }
      this.#child = undefined;
      // A process that it left behind may hold the streams open.
      await settled(Promise.all([read, logged, this.#closeInput()]), 200);
      this.#close();
    });
    return Promise.resolve();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const writer = this.#writer;
    if (!writer || this.#isClosed) throw new NotRunningError(`the server is not running${this.#why()}`);
    await writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  }

  /** Closes without giving the process time. Before a server is greeted, it has nothing to finish. */
  async cancel(): Promise<void> {
    if (this.#child) this.#kill(this.#child, "SIGTERM");
    await this.close();
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#isClosed = true;
    await this.#closeInput();
    if (child) {
      await settled(this.#ended, endsWithinMs);
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        if (!this.#child) break;
        this.#kill(child, signal);
        await settled(this.#ended, endsWithinMs);
      }
      // The group may outlive its first process.
      this.#kill(child, "SIGKILL");
    }
    this.#close();
  }

  /** Closes the process's input, which also frees the pipe of a process that has ended. */
  async #closeInput(): Promise<void> {
    const writer = this.#writer;
    if (!writer) return;
    await settled(writer.close().catch(() => {}), 200);
  }

  #kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
    try {
      if (Deno.build.os === "windows") child.kill(signal);
      else Deno.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  }

  #why(): string {
    return this.ending === undefined ? "" : `: ${this.ending}`;
  }

  #fail(error: unknown): void {
    const fault = error instanceof Error ? error : new Error(String(error));
    this.ending ??= fault.message;
    this.onerror?.(fault);
    const child = this.#child;
    if (child) this.#kill(child, "SIGTERM");
  }

  #close(): void {
    const { onclose } = this;
    this.#isClosed = true;
    delete this.onclose;
    onclose?.();
  }

  async #readMessages(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const line of boundedLines(stream, this.#options.maxMessageBytes)) {
      if (line.trim() === "") continue;
      let message: JSONRPCMessage;
      try {
        message = JSON.parse(line);
      } catch {
        // Some servers print a greeting to standard output.
        this.#options.log(line.slice(0, maxLogLine));
        continue;
      }
      this.onmessage?.(message);
    }
  }

  async #readLog(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    const take = (line: string) => {
      if (line.trim() === "") return;
      this.lastLines.push(line.slice(0, maxLogLine));
      if (this.lastLines.length > 20) this.lastLines.shift();
      this.#options.log(line.slice(0, maxLogLine));
    };
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!.slice(0, maxLogLine);
      lines.forEach(take);
    }
    take(rest);
  }
}

/** A message was not sent, because the server has ended. */
export class NotRunningError extends Error {
  override readonly name = "NotRunningError";
}

/** The lines of a stream. Throws for a line that is too long. */
async function* boundedLines(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = parts.join("") + decoder.decode(chunk.subarray(start, end), { stream: true });
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
      parts = [];
      bytes = 0;
      start = end + 1;
    }
    bytes += chunk.length - start;
    if (bytes > maxBytes) throw new MessageTooLargeError(maxBytes);
    parts.push(decoder.decode(chunk.subarray(start), { stream: true }));
  }
}

/** A message of a server is over the bound. */
class MessageTooLargeError extends Error {
  override readonly name = "MessageTooLargeError";

  constructor(maxBytes: number) {
    super(`a message of the server is larger than ${Math.round(maxBytes / 1024 / 1024 * 10) / 10} MiB`);
  }
}

/** Waits for the end of a promise, and no longer than `ms`. */
async function settled(promise: Promise<unknown>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  Deno.unrefTimer(timer);
  try {
    await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
