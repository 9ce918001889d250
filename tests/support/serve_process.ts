import { jsonDocuments } from "./json_documents.ts";
import type { Finished, PlaybooksProcess, ProcessOptions, TestFolder } from "./playbooks_process.ts";

/** `playbooks serve` as a separate process, and a client of it. */
export class ServeProcess {
  readonly process: PlaybooksProcess;
  readonly origin: string;
  readonly token: string;

  constructor(
    process: PlaybooksProcess,
    { origin, token }: { readonly origin: string; readonly token: string },
  ) {
    this.process = process;
    this.origin = origin;
    this.token = token;
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  /** Sends a request with the token. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${this.token}`);
    return fetch(`${this.origin}${path}`, { ...init, headers, redirect: "manual" });
  }

  /** The JSON of an answer. Throws for a problem. */
  async get<T = Answer>(path: string): Promise<T> {
    return await answered<T>(await this.fetch(path));
  }

  async post<T = Answer>(
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    return await answered<T>(await this.send("POST", path, body, headers));
  }

  /** Sends a JSON body. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    if (body === undefined) return this.fetch(path, { method, headers });
    const type = { "content-type": "application/json" };
    return this.fetch(path, { method, headers: { ...type, ...headers }, body: JSON.stringify(body) });
  }

  /** Starts a program, and returns the id of its session. */
  async start(program: string, more: object = {}): Promise<string> {
    const { session } = await this.post<{ session: { id: string } }>("/v1/sessions", { program, ...more });
    return session.id;
  }

  /** The events of a session from a place on, until `isLast` or the end of the stream. */
  async events(
    session: string,
    isLast: (event: StreamedEvent) => boolean,
    { from = "0", lastId }: { readonly from?: string; readonly lastId?: string } = {},
  ): Promise<readonly StreamedEvent[]> {
    const events: StreamedEvent[] = [];
    for await (const event of this.stream(session, { from, ...(lastId === undefined ? {} : { lastId }) })) {
      events.push(event);
      if (isLast(event)) break;
    }
    return events;
  }

  async *stream(
    session: string,
    { from = "0", lastId }: { readonly from?: string; readonly lastId?: string } = {},
  ): AsyncGenerator<StreamedEvent> {
    const headers = lastId === undefined ? {} : { "last-event-id": lastId };
    const response = await this.fetch(`/v1/sessions/${session}/events?from=${from}`, { headers });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    if (!response.body) return;
    yield* eventsOf(response.body);
  }

  /** Sends SIGTERM, and waits for the end. */
  async stop(): Promise<Finished> {
    this.process.kill("SIGTERM");
    return await this.process.finished;
  }
}

/** JSON of an answer, whose form the test knows. */
// deno-lint-ignore no-explicit-any
export type Answer = any;

/** An event of a stream: a line of `--json`, with its id. */
export interface StreamedEvent {
  readonly id?: string;
  readonly line: Readonly<Record<string, unknown>> & { readonly type: string; readonly position: number };
}

/** Starts a server in a folder, and waits until it listens. */
export async function serveIn(
  folder: TestFolder,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ServeProcess> {
  const process = folder.start(["serve", ...args, "--json"], options);
  await process.until("\n");
  const { origin, token = "" } = jsonDocuments.serve.parse(JSON.parse(process.stdout));
  return new ServeProcess(process, { origin, token });
}

async function answered<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

/** The events of a body of server-sent events. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => /^([a-z]*): ?(.*)$/.exec(line)?.slice(1) as [string, string]),
      );
      const [id, data] = [fields.get("id"), fields.get("data")];
      if (data !== undefined) yield { ...(id === undefined ? {} : { id }), line: JSON.parse(data) };
    }
  }
}
