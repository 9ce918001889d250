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

/**
 * A real server on loopback that speaks the chat-completions protocol by a script: the last entry is repeated.
 *
 * It writes its HTTP by hand, one request a connection, so that it can break off at an exact byte.
 */
export class ProviderServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;
  readonly #script: Script[];
  readonly #key: string | undefined;

  constructor(script: readonly Script[], options: { readonly key?: string } = {}) {
    this.#script = [...script];
    this.#key = options.key;
    this.#serving = this.#serve();
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const answers: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      // A client that goes away in the middle, as some tests have it do, breaks the connection under us.
      answers.push(this.#answer(connection).catch(() => {}).finally(() => connection.close()));
    }
    await Promise.all(answers);
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    const request = await readRequest(connection);
    if (request === undefined) return;
    this.requests.push(request);
    const script = this.#next(request);
    if (script.kind === "status") {
      const error = { message: script.message ?? "it failed", type: "error", code: script.code ?? null };
      return await write(
        connection,
        whole(script.status, "application/json", JSON.stringify({ error }), script.headers),
      );
    }
    if (script.kind === "page") return await write(connection, whole(200, "text/html", "<html>Hello</html>"));
    await write(
      connection,
      head(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" }),
    );
    for (const word of script.words) await write(connection, event(chunk({ delta: { content: word } })));
    switch (script.kind) {
      case "reset":
        return;
      case "hang":
        await connection.read(new Uint8Array(1));
        return;
      case "stream-error":
        await write(connection, event({ error: { message: script.message, type: "server_error" } }));
        break;
      case "answer":
        await write(connection, event(chunk({ delta: {}, finish_reason: script.finish ?? "stop" })));
        await write(connection, event({ ...chunk(undefined), usage: usageOf(script) }));
        await write(connection, event("[DONE]"));
    }
    await write(connection, "0\r\n\r\n");
  }

  #next({ key }: SeenRequest): Script {
    if (this.#key !== undefined && key !== this.#key) {
      return { kind: "status", status: 401, message: "Incorrect API key provided." };
    }
    return (this.#script.length > 1 ? this.#script.shift() : this.#script[0])!;
  }
}

async function readRequest(connection: Deno.TcpConn): Promise<SeenRequest | undefined> {
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const end = text.indexOf("\r\n\r\n");
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
    if (end >= 0 && new TextEncoder().encode(text.slice(end + 4)).length >= length) {
      return {
        path: text.split(" ")[1]!,
        key: /^authorization: Bearer (.*)$/im.exec(text.slice(0, end))?.[1]?.trim(),
        body: JSON.parse(text.slice(end + 4)),
      };
    }
    const read = await connection.read(buffer);
    if (read === null) return undefined;
    text += decoder.decode(buffer.subarray(0, read), { stream: true });
  }
}

async function write(connection: Deno.TcpConn, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}

function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) =>
    `${name}: ${value}`
  );
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join("\r\n")}\r\n\r\n`;
}

function whole(
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const length = String(new TextEncoder().encode(body).length);
  return head(status, { ...headers, "content-type": type, "content-length": length }) + body;
}

/** A server-sent event as one chunk of a chunked body. */
function event(value: unknown): string {
  const text = `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
  return `${new TextEncoder().encode(text).length.toString(16)}\r\n${text}\r\n`;
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
