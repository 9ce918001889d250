import type { HttpBounds } from "./http_bounds.ts";
import { RequestMeter } from "./request_meter.ts";

/** The parts of a gate. */
interface HttpGateParts {
  readonly hostname: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly bounds: HttpBounds;
  /** The port of loopback on which the server itself listens. */
  readonly innerPort: number;
  /** The answer to a client whose head does not arrive in time. */
  readonly lateAnswer: Uint8Array;
  readonly onFault: (error: unknown) => void;
}

/**
 * Listens in place of a server that has no bounds for its connections, and passes their bytes on: the server of
 * `node:http` in Deno before 2.9 knows no sockets. It bounds the number of connections, the time in which each head and
 * each request must arrive, and the time in which nothing moves.
 */
export class HttpGate {
  readonly #parts: HttpGateParts;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<GatedConnection>();
  readonly #timer: ReturnType<typeof setInterval>;

  /** Throws the error of the system if it cannot listen. */
  constructor(parts: HttpGateParts) {
    const { hostname, port, bounds, onFault } = parts;
    this.#parts = parts;
    this.#listener = Deno.listen({ hostname, port });
    this.#timer = setInterval(() => {
      for (const connection of this.#open) connection.check();
    }, bounds.checkMs);
    this.#accept().catch(onFault);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Takes no more connections. Those that are open end with the server. */
  close(): void {
    this.#listener.close();
  }

  /** Ends all connections. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const connection of this.#open) connection.end();
  }

  async #accept(): Promise<void> {
    const { bounds, onFault } = this.#parts;
    for (;;) {
      let client: Deno.TcpConn;
      try {
        client = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        // A connection that could not be taken, as when files are lacking, must not end the others.
        onFault(error);
        await new Promise((resolve) => setTimeout(resolve, bounds.checkMs));
        continue;
      }
      if (this.#open.size >= bounds.maxConnections) {
        client.close();
        continue;
      }
      const connection = new GatedConnection(client, this.#parts);
      this.#open.add(connection);
      connection.pass().finally(() => this.#open.delete(connection));
    }
  }
}

/** One connection of a client, and the one to the server that belongs to it. */
class GatedConnection {
  readonly #client: Deno.TcpConn;
  readonly #parts: HttpGateParts;
  readonly #meter = new RequestMeter(performance.now());
  #inner: Deno.TcpConn | undefined;
  #movedMs = performance.now();
  /** Whether bytes of the server have come since the last ones of the client. */
  #isAnswered = false;
  #isLate = false;
  /** Whether the client sends nothing more. It may still wait for an answer. */
  #isInputOver = false;
  #isEnded = false;

  constructor(client: Deno.TcpConn, parts: HttpGateParts) {
    this.#client = client;
    this.#parts = parts;
  }

  /** Passes bytes in both directions until an end, and never rejects. */
  async pass(): Promise<void> {
    try {
      this.#inner = await Deno.connect({ hostname: "127.0.0.1", port: this.#parts.innerPort });
      // A bound may have ended the connection meanwhile.
      if (this.#isEnded) return this.#inner.close();
      const up = this.#copy(this.#client, this.#inner, (bytes) => this.#look(bytes)).then(() =>
        this.#inputOver()
      );
      const down = this.#copy(this.#inner, this.#client, () => this.#isAnswered = true).then(() =>
        this.end()
      );
      await Promise.all([up, down]);
    } catch {
      // One side is gone, and so the other one must end.
    } finally {
      this.end();
    }
  }

  /** Ends the connection if it is over a bound of time. */
  check(): void {
    const { bounds, lateAnswer } = this.#parts;
    const nowMs = performance.now();
    const isStalled = nowMs - this.#movedMs > bounds.requestMs + bounds.stalledMs;
    // A client that does not read would keep the words waiting, and words inside of an answer would be a part of it.
    const isLeft = this.#isInputOver && !this.#isWaiting && nowMs - this.#movedMs > bounds.checkMs;
    if (isStalled || isLeft || this.#isLate || this.#isAnswered && this.#meter.isLate(bounds, nowMs)) {
      return this.end();
    }
    if (!this.#meter.isLate(bounds, nowMs)) return;
    this.#isLate = true;
    this.#client.write(lateAnswer).catch(() => {}).finally(() => this.end());
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#client.close();
    this.#inner?.close();
  }

  async #copy(from: Deno.TcpConn, to: Deno.TcpConn, look?: (bytes: Uint8Array) => void): Promise<void> {
    const buffer = new Uint8Array(chunkBytes);
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return;
      this.#movedMs = performance.now();
      const bytes = buffer.subarray(0, count);
      look?.(bytes);
      for (let sent = 0; sent < count;) sent += await to.write(bytes.subarray(sent));
      this.#movedMs = performance.now();
    }
  }

  /** Whether a whole request has no answer yet. */
  get #isWaiting(): boolean {
    return this.#meter.isBetween && !this.#isAnswered;
  }

  /** The server would take the end of the input for that of the connection, and a client that waits would get no answer. */
  #inputOver(): void {
    this.#isInputOver = true;
    if (!this.#isWaiting && !this.#isAnswered) this.end();
  }

  #look(bytes: Uint8Array): void {
    this.#isAnswered = false;
    // The server refuses a longer head when it is whole, or here.
    if (!this.#meter.take(bytes, performance.now())) this.end();
  }
}

const chunkBytes = 16 * 1024;
