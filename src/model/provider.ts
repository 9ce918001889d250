import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { errorsOf, TimeOverError, TooLargeError } from "../net/mod.ts";
import { AnswerReader, type FinishedAnswer, partsOf } from "./answer.ts";
import type { TokenCounts } from "./prices.ts";
import type { Connection } from "./connection.ts";
import { type AttemptFailure } from "./attempt.ts";
import { SilenceError, TruncatedError } from "./attempt_errors.ts";
import { readFailure, refusal } from "./failure.ts";
import type { Completion, Model, ModelEvent, ModelRequest, StreamModel } from "./model.ts";
import { costOf, type Prices } from "./prices.ts";
import { promptParts } from "./prompt_parts.ts";
import type { OpenedProtocol } from "./protocols/protocol.ts";
import { type Clock, maxAttempts, silenceMs, waitBefore } from "./retry.ts";

/** Makes a model of a provider. It repeats a failed request if another attempt may succeed. */
export function providerModel(
  connection: Connection,
  protocol: OpenedProtocol,
  options: { readonly clock: Clock; readonly prices?: Prices },
): Model {
  const asking: Asking = { ...connection, ...options, protocol, hasKey: connection.key !== undefined };
  return {
    id: connection.id,
    stream: (request, { signal }) => streamWithRetries(asking, request, { signal }),
  };
}

interface Asking extends Connection {
  readonly protocol: OpenedProtocol;
  readonly hasKey: boolean;
  readonly clock: Clock;
  readonly prices?: Prices;
}

async function* streamWithRetries(
  asking: Asking,
  request: ModelRequest,
  { signal }: Parameters<StreamModel>[1],
): AsyncGenerator<ModelEvent> {
  const { clock } = asking;
  const lost: Lost = { input: 0, output: 0 };
  for (let attempt = 1;; attempt++) {
    const failed = yield* tryOnce(asking, request, { signal, lost });
    if (!failed) return;
    if (signal.aborted) return yield aborted(asking);
    const waitMs = failed.retry
      ? waitBefore({ attempt: attempt + 1, askedMs: failed.askedMs }, clock)
      : undefined;
    if (waitMs === undefined) {
      const { failure } = failed;
      const after = failed.retry && attempt >= maxAttempts ? ` (after ${attempt} attempts)` : "";
      return yield { type: "failed", failure: { ...failure, message: failure.message + after } };
    }
    yield { type: "retrying", attempt: attempt + 1, waitMs, reason: failed.reason };
    await clock.sleep(waitMs, signal);
    if (signal.aborted) return yield aborted(asking);
  }
}

/** Sends one request and yields its events, with `completed` as the last one. Returns the failure if it fails. */
async function* tryOnce(
  asking: Asking,
  request: ModelRequest,
  { signal, lost }: { readonly signal: AbortSignal; readonly lost: Lost },
): AsyncGenerator<ModelEvent, AttemptFailure | undefined> {
  const { clock } = asking;
  const stop = new AbortController();
  const reader = new AnswerReader(asking.bounds.maxAnswerBytes);
  try {
    const parts = askOnce(asking, request, AbortSignal.any([signal, stop.signal]));
    while (!reader.answer) {
      const next = await beforeSilence(parts.next(), clock);
      if (next.done) throw new TruncatedError();
      yield* reader.take(next.value);
    }
    const { answer } = reader;
    if (answer.finish === "filter" && answer.text === "") return refusal(asking);
    const tokens = withLost(counted(answer, request, reader.bytes), lost);
    yield { type: "completed", completion: toCompletion({ ...answer, tokens }, asking) };
    return undefined;
  } catch (error) {
    if (endsAtBound(error, reader)) {
      const { events, text } = reader.cut();
      yield* events;
      yield { type: "completed", completion: cutCompletion(text, reader.bytes, request, asking) };
      return undefined;
    }
    if (reader.bytes > 0) {
      // The server also bills an incomplete answer.
      lost.input += promptTokens(request);
      lost.output += estimatedTokens(reader.bytes);
    }
    return readFailure(error, { ...asking, nowMs: clock.now() });
  } finally {
    stop.abort(over);
  }
}

async function* askOnce(
  { protocol, settings }: Asking,
  request: ModelRequest,
  abortSignal: AbortSignal,
): AsyncGenerator<LanguageModelV4StreamPart, undefined> {
  const options: LanguageModelV4CallOptions = {
    prompt: promptParts(request, protocol.cacheMark),
    temperature: settings.temperature,
    maxOutputTokens: settings.maxOutputTokens + protocol.thinkingWithinAnswer,
    abortSignal,
    ...(protocol.options ? { providerOptions: protocol.options } : {}),
  };
  if (settings.stream ?? true) {
    const { stream } = await protocol.model.doStream(options);
    for await (const part of stream) yield part;
    return;
  }
  const { content, finishReason, usage } = await protocol.model.doGenerate(options);
  yield* partsOf(content);
  yield { type: "finish", finishReason, usage };
}

/** A constant reason for aborting: without one, each abort() makes an error with a stack trace. */
const over = "over";

/** Waits for the next part. Throws a `SilenceError` after {@linkcode silenceMs} without one. */
async function beforeSilence<T>(next: Promise<T>, clock: Clock): Promise<T> {
  const heard = new AbortController();
  const silence = clock.sleep(silenceMs, heard.signal).then(() => {
    if (!heard.signal.aborted) throw new SilenceError(silenceMs);
    return next;
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    heard.abort(over);
    // The promise may still fail after the race. Without a handler that would end the process.
    next.catch(() => {});
    silence.catch(() => {});
  }
}

/** Whether to keep an answer beyond a bound as a cut answer, since the user pays for it. */
function endsAtBound(error: unknown, reader: AnswerReader): boolean {
  const errors = errorsOf(error);
  return errors.some((each) => each instanceof TooLargeError) ||
    (reader.bytes > 0 && errors.some((each) => each instanceof TimeOverError));
}

/** The completion of a cut answer. Its tokens are an estimate, since a provider sends the count only at the end. */
function cutCompletion(text: string, bytes: number, request: ModelRequest, asking: Asking): Completion {
  const tokens = {
    input: promptTokens(request),
    output: estimatedTokens(bytes || asking.bounds.maxAnswerBytes),
    cached: 0,
    written: 0,
  };
  return toCompletion({ text, finish: "length", tokens }, asking);
}

/** Estimated tokens of attempts with a broken answer: the provider bills them and gives no count. */
interface Lost {
  input: number;
  output: number;
}

function withLost(tokens: CountedTokens, { input, output }: Lost): CountedTokens {
  return input + output === 0
    ? tokens
    : { ...tokens, input: tokens.input + input, output: tokens.output + output, estimated: true };
}

type CountedTokens = TokenCounts & { readonly estimated?: true };

/** The server's count. An estimate replaces each zero, since no request has zero tokens. */
function counted({ tokens, text }: FinishedAnswer, request: ModelRequest, bytes: number): CountedTokens {
  const hasOutput = tokens.output > 0 || (text === "" && bytes === 0);
  if (tokens.input > 0 && hasOutput) return tokens;
  return {
    ...tokens,
    input: tokens.input || promptTokens(request),
    output: tokens.output || estimatedTokens(bytes || text.length),
    estimated: true,
  };
}

function promptTokens({ system, messages }: ModelRequest): number {
  return estimatedTokens(messages.reduce((sum, { text }) => sum + text.length, system.length));
}

function estimatedTokens(bytes: number): number {
  return Math.ceil(bytes / 4);
}

function toCompletion(
  { text, finish, tokens }: Pick<FinishedAnswer, "text" | "finish"> & { readonly tokens: CountedTokens },
  asking: Asking,
): Completion {
  const costUsd = costOf(tokens, { ...asking, name: asking.settings.name }, asking.prices);
  return {
    text,
    finish,
    usage: {
      inputTokens: tokens.input,
      outputTokens: tokens.output,
      cachedTokens: tokens.cached,
      ...(tokens.estimated ? { estimated: true } : {}),
      ...(costUsd === undefined ? {} : { costUsd }),
    },
    model: asking.id,
  };
}

function aborted({ id }: Asking): ModelEvent {
  return { type: "failed", failure: { kind: "aborted", message: `Stopped asking ${id}` } };
}
