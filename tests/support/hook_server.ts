/** A request that a {@linkcode HookServer} got. */
export interface HookRequest {
  readonly path: string;
  readonly headers: Headers;
  readonly text: string;
}

/** A loopback server that keeps every request and answers as the test says, by default with 204. */
export class HookServer implements AsyncDisposable {
  readonly requests: HookRequest[] = [];
  /** Answers a request; the test may replace it. */
  answer: (request: HookRequest) => Response | Promise<Response> = () => new Response(null, { status: 204 });
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      const kept = { path: pathname + search, headers: request.headers, text: await request.text() };
      this.requests.push(kept);
      for (const { count, resolve } of this.#waiting) if (this.requests.length >= count) resolve();
      return await this.answer(kept);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Resolves when this many requests have come in all. */
  until(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ count, resolve });
    if (this.requests.length >= count) resolve();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
