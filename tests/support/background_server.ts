import { sse } from "./dialect.ts";

/** An answer that the server makes, in the background or not. */
export interface MadeAnswer {
  readonly id: string;
  readonly isBackground: boolean;
  readonly model: string;
  status: string;
  readonly text: string;
  /** Events so far; an index is a sequence number. */
  readonly events: string[];
}

/** A request to the server. */
export interface ServerRequest {
  readonly method: string;
  /** With the query: `/v1/responses/resp_1?stream=true`. */
  readonly path: string;
  readonly key: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The reaction to the next request of a kind, once. */
type Fault =
  | { readonly kind: "status"; readonly status: number; readonly message?: string }
  /** Closes the connection without a response. */
  | { readonly kind: "close" };

/** Input tokens of each answer. */
export const askedTokens = 100;

/**
 * A loopback server for OpenAI's Responses API with `background`: it makes answers, streams them from any event, gives
 * them by id, cancels and forgets them.
 *
 * While `holds` is true, an answer stops after its first word, until `finish` is called.
 */
export class BackgroundServer implements AsyncDisposable {
  readonly requests: ServerRequest[] = [];
  /** All answers, in the order of their requests. Each one is paid for. */
  readonly answers: MadeAnswer[] = [];
  holds = false;
  /** Whether requests begin an answer, and get no response until `release`. */
  holdsIds = false;
  /** Whether a stream can be continued or repeated. */
  canStream = true;
  /** Events that a continued stream repeats. */
  repeats = 0;
  readonly #faults = new Map<string, Fault[]>();
  readonly #forgotten = new Set<string>();
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #waiting = new Set<() => void>();
  readonly #answer: (lastMessage: string, count: number) => string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();

  /** `answer` gives the words for the last message of a request; `count` is the number of answers so far. */
  constructor(answer: (lastMessage: string, count: number) => string) {
    this.#answer = answer;
    this.#server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        signal: this.#stop.signal,
        onError: () => new Response(null, { status: 500 }),
      },
      (request) => this.#serve(request),
    );
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  /** Requests in short: `POST /v1/responses`. */
  get calls(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  /** Answers that a request began, so that they are paid for. */
  get paid(): number {
    return this.answers.length;
  }

  /** The next request of this method and kind of path gets this reaction: `POST`, `GET`, `GET stream`, `cancel`. */
  fault(kind: "POST" | "GET" | "GET stream" | "cancel", fault: Fault): void {
    this.#faults.set(kind, [...this.#faults.get(kind) ?? [], fault]);
  }

  /** Lets all held answers end. Later ones are not held. */
  finish(): void {
    this.holds = false;
    for (const answer of this.answers) if (isOpen(answer)) this.#complete(answer);
    this.#wake();
  }

  /** Gives the held responses. Later ones are not held. */
  release(): void {
    this.holdsIds = false;
    this.#wake();
  }

  /** Ends an answer without a result. */
  end(status: "failed" | "cancelled" | "expired", answer = this.answers.at(-1)!): void {
    answer.status = status;
    if (status === "failed") push(answer, { type: "response.failed", response: responseOf(answer) });
    this.#wake();
  }

  /** From now on the server does not know the answer, as after its time to keep it. */
  forget(answer = this.answers.at(-1)!): void {
    this.#forgotten.add(answer.id);
  }

  /** Breaks the connections of all streams. */
  breakStreams(): void {
    for (const controller of this.#streams) controller.error(new Error("broken by the test"));
    this.#streams.clear();
    this.#wake();
  }

  /** Resolves when the server has had so many requests that `test` accepts. */
  async until(test: (server: this) => boolean): Promise<void> {
    while (!test(this)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    this.breakStreams();
    this.#stop.abort();
    await this.#server.finished;
  }

  async #serve(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const text = await request.text();
    const body = text === "" ? {} : JSON.parse(text);
    const key = /^Bearer (.*)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    this.requests.push({ method: request.method, path: url.pathname + url.search, key, body });
    this.#wake();
    const [, id, cancel] = /^\/v1\/responses(?:\/([^/]+)(\/cancel)?)?$/.exec(url.pathname) ?? [];
    const isStream = url.searchParams.get("stream") === "true";
    const kind = cancel ? "cancel" : request.method === "POST" ? "POST" : isStream ? "GET stream" : "GET";
    const fault = this.#faults.get(kind)?.shift();
    if (fault?.kind === "status") return error(fault.status, fault.message ?? "it failed");
    if (fault?.kind === "close") return brokenResponse();
    if (id === undefined) return await this.#begin(body);
    const answer = this.answers.find((each) => each.id === id);
    if (!answer?.isBackground || this.#forgotten.has(id)) {
      return error(404, `Response with id '${id}' not found.`);
    }
    if (cancel) {
      // As at OpenAI, a cancelled answer stays cancelled.
      if (isOpen(answer)) this.end("cancelled", answer);
      return Response.json(responseOf(answer));
    }
    if (!isStream) return Response.json(responseOf(answer));
    if (!this.canStream) return error(400, "This response cannot be streamed.");
    const after = Number(url.searchParams.get("starting_after") ?? -1);
    return this.#stream(answer, Math.max(0, after + 1 - this.repeats));
  }

  async #begin(body: Readonly<Record<string, unknown>>): Promise<Response> {
    const input = body["input"] as readonly { readonly content: unknown }[];
    const { content } = input.at(-1)!;
    const last = typeof content === "string" ? content : (content as { text: string }[])[0]!.text;
    const id = `resp_${this.answers.length + 1}`;
    const isBackground = body["background"] === true;
    const text = this.#answer(last, this.answers.length);
    const answer: MadeAnswer = {
      id,
      isBackground,
      model: String(body["model"]),
      status: "queued",
      text,
      events: [],
    };
    this.answers.push(answer);
    push(answer, { type: "response.created", response: responseOf(answer) });
    if (isBackground) push(answer, { type: "response.queued", response: responseOf(answer) });
    answer.status = "in_progress";
    push(answer, { type: "response.in_progress", response: responseOf(answer) });
    push(answer, { type: "response.output_item.added", output_index: 0, item: itemOf(answer, "") });
    const words = text.match(/\S+\s*/g) ?? [];
    for (const [index, delta] of words.entries()) {
      if (index > 0 && this.holds) break;
      push(answer, { ...deltaPlace(answer), type: "response.output_text.delta", delta });
    }
    if (!this.holds) this.#complete(answer);
    this.#wake();
    await this.until(({ holdsIds }) => !holdsIds);
    if (body["stream"] === true) return this.#stream(answer, 0);
    return Response.json(
      isBackground ? { ...responseOf(answer), status: "queued", output: [] } : responseOf(answer),
    );
  }

  #complete(answer: MadeAnswer): void {
    const sent = answer.events.flatMap((event) => {
      const data = JSON.parse(/^data: (.*)$/m.exec(event)![1]!);
      return data.type === "response.output_text.delta" ? [data.delta] : [];
    }).join("");
    const rest = answer.text.slice(sent.length).match(/\S+\s*/g) ?? [];
    for (const delta of rest) {
      push(answer, { ...deltaPlace(answer), type: "response.output_text.delta", delta });
    }
    answer.status = "completed";
    push(answer, { type: "response.output_item.done", output_index: 0, item: itemOf(answer, answer.text) });
    push(answer, { type: "response.completed", response: responseOf(answer) });
  }

  #stream(answer: MadeAnswer, from: number): Response {
    let next = from;
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#streams.add(controller);
      },
      pull: async (controller) => {
        while (next >= answer.events.length && isOpen(answer) && this.#streams.has(controller)) {
          const { promise, resolve } = Promise.withResolvers<void>();
          this.#waiting.add(resolve);
          await promise;
        }
        if (!this.#streams.has(controller)) return;
        if (next < answer.events.length) {
          return controller.enqueue(new TextEncoder().encode(answer.events[next++]));
        }
        this.#streams.delete(controller);
        controller.close();
      },
      cancel: () => {
        this.#streams.delete(own!);
        this.#wake();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function isOpen({ status }: MadeAnswer): boolean {
  return status === "queued" || status === "in_progress";
}

function push(
  answer: MadeAnswer,
  event: { readonly type: string; readonly [field: string]: unknown },
): void {
  answer.events.push(sse({ ...event, sequence_number: answer.events.length }, event.type));
}

function deltaPlace({ id }: MadeAnswer) {
  return { item_id: `msg_${id}`, output_index: 0, content_index: 0, logprobs: [] };
}

function itemOf({ id }: MadeAnswer, text: string) {
  const content = text === "" ? [] : [{ type: "output_text", text, annotations: [], logprobs: [] }];
  const status = text === "" ? "in_progress" : "completed";
  return { id: `msg_${id}`, type: "message", status, role: "assistant", content };
}

function responseOf(answer: MadeAnswer) {
  const { id, status, text, model, isBackground } = answer;
  const isComplete = status === "completed";
  const outputTokens = text.split(/\s+/).length;
  return {
    id,
    object: "response",
    created_at: 1_700_000_000,
    status,
    background: isBackground,
    error: status === "failed" ? { code: "server_error", message: "it broke" } : null,
    incomplete_details: null,
    model,
    output: isComplete ? [itemOf(answer, text)] : [],
    usage: isComplete
      ? {
        input_tokens: askedTokens,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: outputTokens,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: askedTokens + outputTokens,
      }
      : null,
  };
}

function error(status: number, message: string): Response {
  return Response.json({ error: { message, type: "invalid_request_error", param: null, code: null } }, {
    status,
  });
}

/** A response whose connection breaks before its first byte of body. */
function brokenResponse(): Response {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("closed")),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
