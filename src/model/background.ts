import { errorsOf, TimeOverError, TooLargeError } from "../net/mod.ts";
import { TruncatedError } from "./attempt_errors.ts";
import { type AnswerEvent, eventBytes, eventsOf } from "./background_events.ts";
import type { Connection } from "./connection.ts";
import { requestHash } from "./fingerprint.ts";
import type { AcceptedRequest } from "./model.ts";
import type { AnswerInBackground, ProtocolCall } from "./protocols/protocol.ts";

/** The parts of a connection that this file needs. */
type Server = Pick<Connection, "id" | "baseUrl" | "key" | "settings" | "rawFetch">;

/** A request of the AI SDK. */
interface SdkRequest {
  readonly url: string;
  readonly init: RequestInit;
}

/** Waits between two looks at an answer that is not ready. */
const firstPollMs = 500;
const maxPollMs = 5_000;
/** Broken connections in a row, without an event between them, before the attempt fails. */
const maxBreaks = 3;

/**
 * One answer of OpenAI's Responses API in the background, over all attempts to get it.
 *
 * The AI SDK makes the request and reads the answer. It has no option `background`, gives the id of an answer only with
 * its first words, and cannot fetch an answer. So its requests go through `fetch` here: a request begins an answer in
 * the background, continues its stream, or fetches its result. The answer stays in the form in which it came.
 */
export class BackgroundAnswer implements AnswerInBackground {
  readonly #server: Server;
  readonly #call: ProtocolCall;
  /** Hash of the request. */
  readonly #request: string;
  /** The id of the answer at the provider, once it is known. */
  #id: string | undefined;
  /** Whether the provider is asked to stream the answer. Otherwise it is asked from time to time. */
  readonly #streams: boolean;

  constructor(server: Server, call: ProtocolCall) {
    this.#server = server;
    this.#call = call;
    this.#request = requestHash(server.settings, call.request);
    this.#streams = server.settings.stream ?? true;
    const { accepted } = call.options.background ?? {};
    if (!accepted) return;
    const { id, baseUrl } = server;
    const isEqual = accepted.model === id && accepted.server === baseUrl &&
      accepted.request === this.#request;
    if (isEqual && isAnswerId(accepted.id)) this.#id = accepted.id;
    else call.options.background!.onAskedAnew("changed");
  }

  get isAccepted(): boolean {
    return this.#id !== undefined;
  }

  async cancel(): Promise<void> {
    const accepted = this.#accepted();
    this.#id = undefined;
    if (accepted) await cancelAnswer(this.#server, accepted);
  }

  /** Carries out a request of the SDK. */
  readonly fetch: typeof fetch = async (input, init = {}) => {
    const request = { url: String(input), init };
    if (this.#id !== undefined) {
      const response = await this.#resume(request);
      if (response) return response;
      this.#lose();
    }
    return await this.#begin(request);
  };

  async #begin(request: SdkRequest): Promise<Response> {
    const { url, init } = request;
    const { rawFetch, settings } = this.#server;
    if (!settings.background) return await rawFetch(url, init);
    const body = JSON.stringify({ ...JSON.parse(String(init.body)), background: true });
    const response = await rawFetch(url, { ...init, body });
    if (!response.ok) return response;
    if (this.#streams && isStream(response)) return this.#followed(request, response);
    const begun = await readAnswer(response);
    this.#accept(begun.id);
    return await this.#ended(request, begun) ?? failed(begun);
  }

  /** The answer that the provider has, or the rest of its stream; `undefined` if there will be none. */
  async #resume(request: SdkRequest): Promise<Response | undefined> {
    const response = await this.#get(request);
    if (response.status === 404) return await dropped(response);
    if (!response.ok) return response;
    const answer = await readAnswer(response);
    if (isOpen(answer) && this.#streams) {
      const stream = await this.#get(request, "?stream=true");
      if (stream.ok && isStream(stream)) return this.#followed(request, stream);
      // A provider streams an answer only for some minutes, and only if it was asked to from the start.
      await dropped(stream);
    }
    return await this.#ended(request, answer);
  }

  /** Waits for the end of an answer; `undefined` if it has no result. */
  async #ended(request: SdkRequest, first: ReadAnswer): Promise<Response | undefined> {
    const { signal } = request.init;
    let answer = first;
    for (let waitMs = firstPollMs; isOpen(answer); waitMs = Math.min(maxPollMs, waitMs * 2)) {
      if (this.#id === undefined) throw new TruncatedError();
      await this.#call.clock.sleep(waitMs, signal ?? this.#call.options.signal);
      signal?.throwIfAborted();
      const response = await this.#get(request);
      if (response.status === 404) return await dropped(response);
      if (!response.ok) return response;
      answer = await readAnswer(response);
    }
    if (hasNoResult(answer)) return undefined;
    return jsonResponse(200, answer.text);
  }

  /** A stream that notes the id of its answer, and that continues over broken connections. */
  #followed(request: SdkRequest, response: Response): Response {
    return new Response(ReadableStream.from(this.#bytesOf(request, response)), { headers: response.headers });
  }

  async *#bytesOf(request: SdkRequest, first: Response): AsyncGenerator<Uint8Array> {
    let response: Response | undefined = first;
    let last = -1;
    for (let breaks = 0;;) {
      const after = last;
      try {
        response ??= await this.#continued(request, after);
        for await (const event of eventsOf(response)) {
          this.#accept(event.answerId);
          // A server may begin a little before the requested event.
          if (event.sequence !== undefined && event.sequence <= after) continue;
          last = event.sequence ?? last;
          breaks = 0;
          yield eventBytes(event);
          if (isLast(event)) return;
        }
      } catch (error) {
        if (!this.#mayContinue(request, error)) throw error;
      }
      response = undefined;
      if (this.#id === undefined) return;
      if (++breaks > maxBreaks) throw new TruncatedError();
      await this.#call.clock.sleep(firstPollMs * breaks, request.init.signal ?? this.#call.options.signal);
      request.init.signal?.throwIfAborted();
    }
  }

  /** The stream after an event, -1 for all. Throws a `TruncatedError` if the provider does not continue it. */
  async #continued(request: SdkRequest, after: number): Promise<Response> {
    const from = after < 0 ? "" : `&starting_after=${after}`;
    const response = await this.#get(request, `?stream=true${from}`);
    if (response.ok && isStream(response)) return response;
    await dropped(response);
    throw new TruncatedError();
  }

  /** Whether a stream may continue after an error: the connection broke, and nothing else ended it. */
  #mayContinue({ init }: SdkRequest, error: unknown): boolean {
    if (this.#id === undefined || init.signal?.aborted || error instanceof TruncatedError) return false;
    return !errorsOf(error).some((each) => each instanceof TooLargeError || each instanceof TimeOverError);
  }

  #get({ url, init }: SdkRequest, query = ""): Promise<Response> {
    const { body: _, headers, ...rest } = init;
    const own = new Headers(headers);
    own.delete("content-type");
    return this.#server.rawFetch(`${url}/${this.#id}${query}`, { ...rest, method: "GET", headers: own });
  }

  #accept(id: string | undefined): void {
    if (this.#id !== undefined || !isAnswerId(id) || !this.#server.settings.background) return;
    this.#id = id;
    this.#call.options.background?.onAccepted(this.#accepted()!);
  }

  #lose(): void {
    const { accepted, onAskedAnew } = this.#call.options.background ?? {};
    // An answer of this run that ended without a result is a failed attempt, which has its own message.
    if (accepted?.id === this.#id) onAskedAnew?.("lost");
    this.#id = undefined;
  }

  #accepted(): AcceptedRequest | undefined {
    const { id: model, baseUrl: server } = this.#server;
    return this.#id === undefined ? undefined : { id: this.#id, model, server, request: this.#request };
  }
}

/** A request to cancel takes this long at most. */
const cancelMs = 3_000;

/** Asks the provider to cancel an answer. Does nothing for an answer of another server. Never throws. */
export async function cancelAnswer(
  { baseUrl, key, rawFetch }: Pick<Server, "baseUrl" | "key" | "rawFetch">,
  { id, server }: AcceptedRequest,
): Promise<void> {
  if (server !== baseUrl || !isAnswerId(id)) return;
  try {
    const response = await rawFetch(`${baseUrl}/responses/${id}/cancel`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key ?? ""}` },
      signal: AbortSignal.timeout(cancelMs),
    });
    await response.body?.cancel();
  } catch {
    // Nobody waits for the answer. It ends by itself.
  }
}

/** Whether a text may be the id of an answer; it becomes a part of an address. */
function isAnswerId(id: unknown): id is string {
  return typeof id === "string" && /^\w[\w-]{0,199}$/.test(id);
}

/** An answer in one piece. The fields are absent if the text is not such an object. */
interface ReadAnswer {
  readonly text: string;
  readonly id?: string;
  readonly status?: string;
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
}

async function readAnswer(response: Response): Promise<ReadAnswer> {
  const text = await response.text();
  try {
    const { id, status, error } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return {
      text,
      ...(typeof id === "string" ? { id } : {}),
      ...(typeof status === "string" ? { status } : {}),
      ...(typeof error === "object" && error !== null ? { error } : {}),
    };
  } catch {
    // The layer above reports a body of another kind.
    return { text };
  }
}

function isOpen({ status }: ReadAnswer): boolean {
  return status === "queued" || status === "in_progress";
}

function hasNoResult({ status }: ReadAnswer): boolean {
  return status === "failed" || status === "cancelled" || status === "expired";
}

/** An answer that ended without a result, as an error response. */
function failed({ error, status }: ReadAnswer): Response {
  const code = String(error?.code ?? "");
  const httpStatus = /rate_limit|quota/.test(code)
    ? 429
    : /invalid|unsupported|policy/.test(code)
    ? 400
    : 500;
  const said = error ?? { message: `the answer is ${status ?? "lost"}` };
  return jsonResponse(httpStatus, JSON.stringify({ error: said }));
}

function isLast({ type }: AnswerEvent): boolean {
  return type !== undefined && /^(response\.(completed|incomplete|failed|cancelled)|error)$/.test(type);
}

function isStream(response: Response): boolean {
  return /event-stream/i.test(response.headers.get("content-type") ?? "");
}

async function dropped(response: Response): Promise<undefined> {
  await response.body?.cancel();
  return undefined;
}

function jsonResponse(status: number, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}
