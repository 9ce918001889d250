/** A loopback server for the chat-completions protocol. Its answer depends on the last message. */
export class ChatServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #hanging = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #requests: string[] = [];
  #hang: { readonly beginning: string; readonly reached: () => void } | undefined;

  constructor(answer: (lastMessage: string) => string) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const body = await request.text();
      this.#requests.push(body);
      const last = JSON.parse(body).messages.at(-1).content as string;
      const hang = this.#hang;
      if (hang && last.startsWith(hang.beginning)) {
        this.#hang = undefined;
        return this.#halfAnAnswer(hang.reached);
      }
      const events = [
        chunk({ delta: { content: answer(last) }, finish_reason: null }),
        chunk({ delta: {}, finish_reason: "stop" }),
        { ...chunk(), usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 } },
      ];
      const text = [...events.map((event) => JSON.stringify(event)), "[DONE]"].map((data) =>
        `data: ${data}\n\n`
      );
      return new Response(text.join(""), { headers: { "content-type": "text/event-stream" } });
    });
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  /** The bodies of the requests since the last call. */
  take(): string[] {
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  /** Stops in the middle of the next answer to a message with this start; resolves at that point. */
  hangAt(beginning: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#hang = { beginning, reached: resolve };
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#hanging) {
      try {
        controller.close();
      } catch {
        // The client has closed the connection.
      }
    }
    await this.#server.shutdown();
  }

  #halfAnAnswer(reached: () => void): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#hanging.add(controller);
        const half = chunk({ delta: { content: "Return(" }, finish_reason: null });
        controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(half)}\n\n`));
        reached();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

function chunk(choice?: { readonly delta: object; readonly finish_reason: string | null }) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "test",
    choices: choice === undefined ? [] : [{ index: 0, ...choice }],
  };
}
