/** The times at which a request reached the server and its answer was sent, in ms of `performance.now()`. */
export interface Exchange {
  readonly arrivedAt: number;
  /** The time at which its whole body was read. */
  readonly readAt: number;
  readonly answeredAt: number;
  readonly requestBytes: number;
}

/**
 * A model on loopback that answers at once, streaming, in the form of chat completions.
 *
 * It reads a request only to find its end. It measures the time of the other side from one answer to the next request.
 */
export class InstantModel implements AsyncDisposable {
  readonly exchanges: Exchange[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;
  readonly #codeOf: (number: number) => string;
  /** The waiter for the request with this number. */
  readonly #waiting = new Map<number, (at: number) => void>();

  /** `codeOf` returns the code that answers the request with a number, from 0. */
  constructor(codeOf: (number: number) => string) {
    this.#codeOf = codeOf;
    this.#serving = this.#serve();
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}/v1`;
  }

  /**
   * The time at which the request with this number (from 0) arrives, by `performance.now()`. Call it before the request
   * arrives.
   */
  arrival(number: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.set(number, resolve);
    return promise;
  }

  /** Waits until no request is under way, after its client was killed. */
  async idle(): Promise<void> {
    while (this.#connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const open: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      connection.setNoDelay();
      this.#connections.add(connection);
      // A killed client breaks the connection.
      open.push(
        this.#talk(connection).catch(() => {}).finally(() => {
          this.#connections.delete(connection);
          close(connection);
        }),
      );
    }
    await Promise.all(open);
  }

  /** Handles one request after the other over a connection that stays open. */
  async #talk(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(256 * 1024);
    for (;;) {
      let head = "";
      let bodyBytes = 0;
      let arrivedAt = 0;
      let end = -1;
      while (end < 0) {
        const count = await connection.read(buffer);
        if (count === null) return;
        if (arrivedAt === 0) arrivedAt = this.#arrived();
        // Only the head must be decoded as text. It may come with bytes of the body, which are counted.
        const text = latin1.decode(buffer.subarray(0, count));
        const before = head.length;
        head += text;
        end = head.indexOf("\r\n\r\n");
        if (end >= 0) bodyBytes = before + count - (end + 4);
      }
      const length = Number(/^content-length: (\d+)/im.exec(head.slice(0, end))?.[1] ?? 0);
      while (bodyBytes < length) {
        const count = await connection.read(buffer);
        if (count === null) return;
        bodyBytes += count;
      }
      const readAt = performance.now();
      const answer = encoder.encode(answerOf(this.#codeOf(this.exchanges.length)));
      for (let written = 0; written < answer.length;) {
        written += await connection.write(answer.subarray(written));
      }
      this.exchanges.push({ arrivedAt, readAt, answeredAt: performance.now(), requestBytes: length });
    }
  }

  #arrived(): number {
    const at = performance.now();
    const number = this.exchanges.length;
    this.#waiting.get(number)?.(at);
    this.#waiting.delete(number);
    return at;
  }
}

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");

function answerOf(code: string): string {
  const base = { id: "instant", created: 1_700_000_000, model: "instant", object: "chat.completion.chunk" };
  const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };
  const events = [
    { ...base, choices: [{ index: 0, delta: { role: "assistant", content: code }, finish_reason: null }] },
    { ...base, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { ...base, choices: [], usage },
  ];
  const body = [...events.map((event) => JSON.stringify(event)), "[DONE]"]
    .map((data) => `data: ${data}\n\n`).join("");
  const head = [
    "HTTP/1.1 200 OK",
    "content-type: text/event-stream",
    `content-length: ${encoder.encode(body).length}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
