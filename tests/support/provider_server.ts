/** What the server does with one request. */
export type Script =
  /** Streams the words; `usage` and a finish reason follow. */
  | {
    readonly kind: "answer";
    readonly words: readonly string[];
    readonly finish?: string;
    readonly cachedTokens?: number;
  }
  /** Answers with an error status and the body of one. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly message?: string;
    readonly code?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  /** Sends some words, then breaks the connection off. */
  | { readonly kind: "reset"; readonly words: readonly string[] }
  /** Sends some words, then ends the stream in good order, but without an end of the answer. */
  | { readonly kind: "truncate"; readonly words: readonly string[] }
  /** Sends some words, then an error within the stream. */
  | { readonly kind: "stream-error"; readonly words: readonly string[]; readonly message: string }
  /** Sends some words, then nothing more, until the other side goes away. */
  | { readonly kind: "hang"; readonly words: readonly string[] }
  /** Answers with a page, as a wrong address does. */
  | { readonly kind: "page" };

/** A request as it reached the server. */
export interface SeenRequest {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly temperature?: number;
    readonly max_tokens?: number;
    readonly stream?: boolean;
  };
}

/** A real server on loopback that speaks the chat-completions protocol by a script: the last entry is repeated. */
export class ProviderServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #script: Script[];
  readonly #hanging = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #key: string | undefined;

  constructor(script: readonly Script[], options: { readonly key?: string } = {}) {
    this.#script = [...script];
    this.#key = options.key;
    this.#server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        onError: () => new Response(null, { status: 500 }),
      },
      (request) => this.#answer(request),
    );
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#hanging) controller.error(new Error("closed"));
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const key = request.headers.get("authorization")?.replace(/^Bearer /, "");
    this.requests.push({ path: new URL(request.url).pathname, key, body: await request.json() });
    if (this.#key !== undefined && key !== this.#key) {
      return errorResponse({ kind: "status", status: 401, message: "Incorrect API key provided." });
    }
    const script = (this.#script.length > 1 ? this.#script.shift() : this.#script[0])!;
    if (script.kind === "status") return errorResponse(script);
    if (script.kind === "page") {
      return new Response("<html>Hello</html>", { headers: { "content-type": "text/html" } });
    }
    return new Response(this.#stream(script), { headers: { "content-type": "text/event-stream" } });
  }

  #stream(script: Exclude<Script, { kind: "status" | "page" }>): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    const event = (value: unknown) =>
      encoder.encode(`data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`);
    let next = 0;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const word = script.words[next++];
        if (word !== undefined) return controller.enqueue(event(chunk({ delta: { content: word } })));
        switch (script.kind) {
          case "answer":
            controller.enqueue(event(chunk({ delta: {}, finish_reason: script.finish ?? "stop" })));
            controller.enqueue(event({ ...chunk(undefined), usage: usageOf(script) }));
            controller.enqueue(event("[DONE]"));
            return controller.close();
          case "reset":
            return controller.error(new Error("reset by the script"));
          case "truncate":
            return controller.close();
          case "stream-error":
            controller.enqueue(event({ error: { message: script.message, type: "server_error" } }));
            return controller.close();
          case "hang":
            this.#hanging.add(controller);
            return new Promise<void>(() => {});
        }
      },
      cancel: () => {},
    });
  }
}

function usageOf(script: Script & { readonly kind: "answer" }) {
  return {
    prompt_tokens: 100,
    completion_tokens: script.words.length,
    total_tokens: 100 + script.words.length,
    prompt_tokens_details: { cached_tokens: script.cachedTokens ?? 0 },
  };
}

function chunk(choice: { readonly delta: object; readonly finish_reason?: string } | undefined) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "test",
    choices: choice === undefined ? [] : [{ index: 0, finish_reason: null, ...choice }],
  };
}

function errorResponse(script: Script & { readonly kind: "status" }): Response {
  const error = { message: script.message ?? "it failed", type: "error", code: script.code ?? null };
  return Response.json({ error }, { status: script.status, headers: { ...script.headers } });
}
