import { chat } from "./chat_dialect.ts";
import type { Dialect, ScriptedAnswer, ScriptedError } from "./dialect.ts";

/** The server's reaction to one request. */
export type Script =
  | ScriptedAnswer & { readonly kind: "answer" }
  /** Answers with an error status, in the provider's usual form. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly message?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  /** Answers with exactly this error. */
  | ScriptedError & { readonly kind: "error" }
  /** Sends some words, then breaks the connection. */
  | { readonly kind: "reset"; readonly words: readonly string[] }
  /** Sends some words, then ends the stream properly, but without an end of the answer. */
  | { readonly kind: "truncate"; readonly words: readonly string[] }
  /** Sends some words, then reports an overload inside the stream. */
  | { readonly kind: "overloaded"; readonly words: readonly string[] }
  /** Sends some words, then nothing more until the client closes the connection. */
  | { readonly kind: "hang"; readonly words: readonly string[] }
  /** Answers with a web page, like a wrong address. */
  | { readonly kind: "page" };

/** A request that the server received. */
export interface SeenRequest {
  readonly path: string;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * A real loopback server for a provider's protocol that follows a script and repeats its last entry.
 *
 * It writes HTTP itself, one request per connection, so it can break off at an exact byte.
 */
export class ProviderServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly dialect: Dialect;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;
  readonly #script: Script[];
  readonly #key: string | undefined;

  constructor(
    script: readonly Script[],
    options: { readonly key?: string; readonly dialect?: Dialect } = {},
  ) {
    this.dialect = options.dialect ?? chat;
    this.#script = [...script];
    this.#key = options.key;
    this.#serving = this.#serve();
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}${this.dialect.root}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const answers: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      // Some tests close the client in the middle, which breaks our connection.
      answers.push(this.#answer(connection).catch(() => {}).finally(() => connection.close()));
    }
    await Promise.all(answers);
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    const request = await this.#read(connection);
    if (request === undefined) return;
    this.requests.push(request);
    const script = this.#next(request);
    const { dialect } = this;
    const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      write(connection, whole(status, "application/json", JSON.stringify(body), headers));
    switch (script.kind) {
      case "page":
        return await write(connection, whole(200, "text/html", "<html>Hello</html>"));
      case "status": {
        const { status, message = "it failed", headers } = script;
        return await json(status, dialect.error(status, message), headers);
      }
      case "error":
        return await json(script.status, script.body, script.headers);
    }
    if (!dialect.streams(request.path, request.body)) {
      if (script.kind === "answer") return await json(200, dialect.whole(script));
      await write(connection, head(200, { "content-type": "application/json", "content-length": "999" }));
      await write(connection, '{"');
    } else {
      const headers = { "content-type": "text/event-stream", "transfer-encoding": "chunked" };
      await write(connection, head(200, headers));
      for (const event of dialect.opening(script)) await write(connection, chunk(event));
    }
    switch (script.kind) {
      case "reset":
        return;
      case "hang":
        await connection.read(new Uint8Array(1));
        return;
      case "overloaded":
        await write(connection, chunk(dialect.overloaded()));
        break;
      case "answer":
        for (const event of dialect.closing(script)) await write(connection, chunk(event));
    }
    await write(connection, "0\r\n\r\n");
  }

  #next({ key }: SeenRequest): Script {
    if (this.#key !== undefined && key !== this.#key) {
      return { kind: "status", status: 401, message: "Incorrect API key provided." };
    }
    return (this.#script.length > 1 ? this.#script.shift() : this.#script[0])!;
  }

  async #read(connection: Deno.TcpConn): Promise<SeenRequest | undefined> {
    let text = "";
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const end = text.indexOf("\r\n\r\n");
      const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
      if (end >= 0 && new TextEncoder().encode(text.slice(end + 4)).length >= length) {
        const [line, ...lines] = text.slice(0, end).split("\r\n");
        const headers = Object.fromEntries(lines.map((each) => {
          const at = each.indexOf(":");
          return [each.slice(0, at).toLowerCase(), each.slice(at + 1).trim()];
        }));
        const body = text.slice(end + 4);
        return {
          path: line!.split(" ")[1]!,
          key: this.dialect.key(headers),
          headers,
          body: body === "" ? {} : JSON.parse(body),
        };
      }
      const read = await connection.read(buffer);
      if (read === null) return undefined;
      text += decoder.decode(buffer.subarray(0, read), { stream: true });
    }
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

/** A text as one chunk of a chunked body. */
function chunk(text: string): string {
  return `${new TextEncoder().encode(text).length.toString(16)}\r\n${text}\r\n`;
}
