/** Forwards connections of loopback to a port, until it stops: then nothing arrives any more, and nothing is closed. */
export class StoppingProxy implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #work: Promise<unknown>[] = [];
  #isStopped = false;

  constructor(to: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#work.push(this.#accept(to));
  }

  /** The number of connections, of both sides, also of those that ended. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The network is cut: bytes are lost from now on. */
  stop(): void {
    this.#isStopped = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await Promise.all(this.#work);
  }

  async #accept(to: number): Promise<void> {
    try {
      for await (const client of this.#listener) {
        this.#connections.add(client);
        if (this.#isStopped) continue;
        const server = await Deno.connect({ hostname: "127.0.0.1", port: to });
        this.#connections.add(server);
        this.#work.push(this.#forward(client, server), this.#forward(server, client));
      }
    } catch {
      // The listener was closed.
    }
  }

  async #forward(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        if (this.#isStopped) continue;
        for (let written = 0; written < count;) written += await to.write(buffer.subarray(written, count));
      }
    } catch {
      // One side has closed.
    }
    if (!this.#isStopped) close(to);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
