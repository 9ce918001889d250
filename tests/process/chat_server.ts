/** A loopback server for the chat-completions protocol. Its answer depends on the last message. */
export class ChatServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #hanging = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #requests: string[] = [];
  #hang: { readonly beginning: string; readonly half: string; readonly reached: () => void } | undefined;

  constructor(answer: (lastMessage: string) => string) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const body = await request.text();
      this.#requests.push(body);
      const last = JSON.parse(body).messages.at(-1).content as string;
      const hang = this.#hang;
      if (hang && last.startsWith(hang.beginning)) {
        this.#hang = undefined;
        return this.#halfAnAnswer(hang);
      }
      return new Response(piece(answer(last)) + end, { headers: { "content-type": "text/event-stream" } });
    });
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  /** A `playbooks.toml` that asks this server, with the key of the variable `KEY`. */
  get settings(): string {
    return `[model]\nprovider = "openai-compatible"\nname = "x"\nbase_url = "${this.baseUrl}"\napi_key_env = "KEY"\n`;
  }

  /** The bodies of the requests since the last call. */
  take(): string[] {
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  /** Stops after the first `half` of the next answer to a message with this start; resolves at that point. */
  hangAt(beginning: string, half = "Return("): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#hang = { beginning, half, reached: resolve };
    return promise;
  }

  /** Sends more of the answers that were stopped, or with `isEnd` the rest of them. */
  goOn(text: string, { isEnd = false } = {}): void {
    for (const controller of this.#hanging) {
      controller.enqueue(encoder.encode(piece(text) + (isEnd ? end : "")));
      if (!isEnd) continue;
      controller.close();
      this.#hanging.delete(controller);
    }
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

  /** Breaks the connections of the answers that were stopped. */
  breakOff(): void {
    for (const controller of this.#hanging) controller.error(new Error("broken off"));
    this.#hanging.clear();
  }

  #halfAnAnswer({ half, reached }: { readonly half: string; readonly reached: () => void }): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#hanging.add(controller);
        controller.enqueue(encoder.encode(piece(half)));
        reached();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

const encoder = new TextEncoder();

/** A part of an answer, as an event of the stream. */
function piece(content: string): string {
  return eventOf(chunk({ delta: { content }, finish_reason: null }));
}

function eventOf(data: object | "[DONE]"): string {
  return `data: ${data === "[DONE]" ? data : JSON.stringify(data)}\n\n`;
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

/** The end of an answer. */
const end = [
  chunk({ delta: {}, finish_reason: "stop" }),
  { ...chunk(), usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 } },
  "[DONE]" as const,
].map(eventOf).join("");
