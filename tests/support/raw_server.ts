/** A complete request. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** 1 for the first connection of the server. */
  readonly connection: number;
}

/** The answer to a request. The connection closes at the end unless it is kept. */
export interface RawAnswer {
  /** Writes bytes unchanged; gives false after the client closed the connection. */
  write(data: string | Uint8Array): Promise<boolean>;
  /** Leaves the connection open for the next request. */
  keep(): void;
  /** Waits until the client has closed the connection. */
  untilClosed(): Promise<void>;
}

/** A loopback server that writes HTTP itself, so it can close at an exact byte and send invalid responses. */
export class RawServer implements AsyncDisposable {
  readonly requests: RawRequest[] = [];
  readonly #answer: (request: RawRequest, answer: RawAnswer) => Promise<unknown> | void;
  readonly #listener: Deno.TcpListener;
  readonly #serving: Promise<void>;
  readonly #connections = new Set<Deno.TcpConn>();

  constructor(
    answer: (request: RawRequest, answer: RawAnswer) => Promise<unknown> | void,
    { hostname = "127.0.0.1" } = {},
  ) {
    this.#answer = answer;
    this.#listener = Deno.listen({ hostname, port: 0 });
    this.#serving = this.#serve();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) closeQuietly(connection);
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const serving: Promise<void>[] = [];
    let count = 0;
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      // A client that closes in the middle breaks our connection.
      serving.push(
        this.#converse(connection, ++count).catch(() => {}).finally(() => closeQuietly(connection)),
      );
    }
    await Promise.all(serving);
  }

  async #converse(connection: Deno.TcpConn, number: number): Promise<void> {
    for (;;) {
      const request = await readRequest(connection, number);
      if (request === undefined) return;
      this.requests.push(request);
      let kept = false;
      await this.#answer(request, {
        write: (data) =>
          writeAll(connection, typeof data === "string" ? new TextEncoder().encode(data) : data),
        keep: () => void (kept = true),
        async untilClosed() {
          const buffer = new Uint8Array(1024);
          while (await connection.read(buffer).catch(() => null) !== null) {
            // No more data is expected, so any data is ignored.
          }
        },
      });
      if (!kept) return;
    }
  }
}

/** A complete response with the length of its body. */
export function response(
  body: string,
  { status = 200, headers = {} }: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): string {
  const length = new TextEncoder().encode(body).length;
  return head(status, { "content-length": String(length), ...headers }) + body;
}

/** The status line and the headers of a response. */
export function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join("")}\r\n`;
}

/** A redirect. */
export function redirect(to: string, status = 302): string {
  return response("", { status, headers: { location: to } });
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    return true;
  } catch {
    return false;
  }
}

async function readRequest(connection: Deno.TcpConn, number: number): Promise<RawRequest | undefined> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    const request = wholeRequest(text, number);
    if (request !== undefined) return request;
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
  }
}

function wholeRequest(text: string, connection: number): RawRequest | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(lines.map((each) => {
    const at = each.indexOf(":");
    return [each.slice(0, at).toLowerCase(), each.slice(at + 1).trim()];
  }));
  const rest = text.slice(end + 4);
  const chunked = headers["transfer-encoding"] === "chunked";
  if (chunked ? !rest.endsWith("0\r\n\r\n") : rest.length < Number(headers["content-length"] ?? 0)) {
    return undefined;
  }
  const [method = "", path = ""] = line.split(" ");
  const body = chunked ? rest.replace(/[0-9a-f]+\r\n([^]*?)\r\n/g, "$1").trim() : rest;
  return { method, path, headers, body, connection };
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // The connection is already closed.
  }
}
