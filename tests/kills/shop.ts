import { assert } from "@std/assert";

/** A shop that carries each order out once, by its key, and counts the requests. */
export class Shop implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Requests by key. */
  readonly requests = new Map<string, number>();
  /** What was ordered, by key. */
  readonly ordered = new Map<string, string>();

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const body = await request.text();
      const key = request.headers.get("Idempotency-Key") ?? "none";
      this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
      const before = this.ordered.get(key);
      assert(before === undefined || before === body, `key ${key}: ${before} and ${body}`);
      this.ordered.set(key, body);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return Response.json({ order: "taken" });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
