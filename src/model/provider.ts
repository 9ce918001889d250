import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { errorsOf, TimeOverError, TooLargeError } from "../net/mod.ts";
import { AnswerReader, type FinishedAnswer } from "./answer.ts";
import type { TokenCounts } from "./prices.ts";
import type { Connection } from "./connection.ts";
import { type AttemptFailure } from "./attempt.ts";
import { mayBeBilled, TruncatedError, WordlessError } from "./attempt_errors.ts";
import { readFailure, refusal } from "./failure.ts";
import type { Completion, Model, ModelEvent, ModelRequest, StreamModel, Usage } from "./model.ts";
import { costOf, type Prices } from "./prices.ts";
import { promptParts } from "./prompt_parts.ts";
import type { OpenedProtocol } from "./protocols/protocol.ts";
import { type Clock, maxAttempts, waitBefore } from "./retry.ts";

/** Makes a model of a provider. It repeats a failed request if another attempt may succeed. */
export function providerModel(
  connection: Connection,
  protocol: OpenedProtocol,
  options: { readonly clock: Clock; readonly prices?: Prices },
): Model {
  const asking: Asking = { ...connection, ...options, protocol, hasKey: connection.key !== undefined };
  return {
    id: connection.id,
    stream: (request, given) => {
      const own = protocol.forCall?.({ request, options: given, clock: options.clock }) ?? protocol;
      return streamWithRetries({ ...asking, protocol: own }, request, given);
    },
    ...(protocol.cancel ? { cancel: protocol.cancel } : {}),
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
  const lost: Lost = { input: 0, output: 0, requests: 0 };
  for (let attempt = 1;; attempt++) {
    const failed = yield* tryOnce(asking, request, { signal, lost });
    if (!failed) return;
    if (signal.aborted) return yield aborted(asking);
    // An attempt that fetches an answer does not start the work anew.
    const most = asking.protocol.answer?.isAccepted ? maxAttempts : failed.maxAttempts ?? maxAttempts;
    const isLast = attempt >= most;
    const waitMs = failed.retry && !isLast
      ? waitBefore({ attempt: attempt + 1, askedMs: failed.askedMs }, clock)
      : undefined;
    if (waitMs === undefined) {
      const { failure } = failed;
      const after = failed.retry && attempt > 1 && isLast ? ` (after ${attempt} attempts)` : "";
      const usage = lost.requests === 0 ? {} : { usage: lostUsage(lost, asking) };
      return yield { type: "failed", failure: { ...failure, message: failure.message + after, ...usage } };
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
  const reader = new AnswerReader(asking.bounds.maxAnswerBytes, request.answer);
  try {
    const parts = askOnce(asking, request, AbortSignal.any([signal, stop.signal]));
    while (!reader.answer) {
      const next = await parts.next();
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
      asking.protocol.answer?.cancel();
      const { events, text } = reader.cut();
      yield* events;
      const tokens = withLost(cutTokens(reader.bytes, request, asking), lost);
      yield { type: "completed", completion: toCompletion({ text, finish: "length", tokens }, asking) };
      return undefined;
    }
    const isLost = !asking.protocol.answer?.isAccepted;
    if (isLost && (reader.bytes > 0 || mayBeBilled(error))) {
      lost.requests++;
      lost.input += promptTokens(request);
      lost.output += estimatedTokens(reader.bytes);
    }
    return readFailure(error, { ...asking, nowMs: clock.now(), hasWords: reader.bytes > 0 });
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
  // An answer in one piece arrives as a stream, too: see `modelFetch`.
  const { stream } = await protocol.model.doStream(options);
  for await (const part of stream) yield part;
}

/** A constant reason for aborting: without one, each abort() makes an error with a stack trace. */
const over = "over";

/** Whether to keep an answer beyond a bound as a cut answer, since the user pays for it. */
function endsAtBound(error: unknown, reader: AnswerReader): boolean {
  const errors = errorsOf(error);
  return errors.some((each) => each instanceof TooLargeError) ||
    (reader.bytes > 0 &&
      errors.some((each) => each instanceof TimeOverError || each instanceof WordlessError));
}

/** The tokens of a cut answer: an estimate, since a provider sends the count only at the end. */
function cutTokens(bytes: number, request: ModelRequest, { bounds }: Asking): CountedTokens {
  return {
    input: promptTokens(request),
    output: estimatedTokens(bytes || bounds.maxAnswerBytes),
    cached: 0,
    written: 0,
  };
}

/** Attempts without a complete answer: the provider may bill them and gives no count. The tokens are estimated. */
interface Lost {
  input: number;
  output: number;
  requests: number;
}

function withLost(tokens: CountedTokens, { input, output, requests }: Lost): CountedTokens {
  if (requests === 0) return tokens;
  return {
    ...tokens,
    input: tokens.input + input,
    output: tokens.output + output,
    requests: requests + 1,
    estimated: true,
  };
}

/** The use of a request without an answer. */
function lostUsage({ input, output, requests }: Lost, asking: Asking): Usage {
  return usageOf({ input, output, cached: 0, written: 0, requests, estimated: true }, asking);
}

type CountedTokens = TokenCounts & { readonly estimated?: true; readonly requests?: number };

/** The server's count. An estimate replaces each count that cannot be true, since limits depend on it. */
function counted({ tokens, text }: FinishedAnswer, request: ModelRequest, bytes: number): CountedTokens {
  const input = promptTokens(request);
  const output = estimatedTokens(bytes || text.length);
  const hasInput = isCredible(tokens.input, input);
  const hasOutput = isCredible(tokens.output, output) || (tokens.output === 0 && output === 0);
  const checked = { ...tokens, ...cacheOf(tokens) };
  if (hasInput && hasOutput) return checked;
  return {
    ...checked,
    input: hasInput ? tokens.input : input,
    output: hasOutput ? tokens.output : output,
    estimated: true,
  };
}

/** Whether a count can be true for a text with this estimate. No text has zero tokens. */
function isCredible(count: number, estimate: number): boolean {
  return Number.isSafeInteger(count) && count > 0 && count * maxBelowEstimate >= estimate;
}

/** No token of usual text has more than 100 bytes, and an estimated one has 4. */
const maxBelowEstimate = 25;

/** The parts of the input in the cache. They are none if they cannot be true. */
function cacheOf({ input, cached, written }: TokenCounts): Pick<TokenCounts, "cached" | "written"> {
  const isTrue = cached >= 0 && written >= 0 && cached + written <= input;
  return isTrue ? { cached, written } : { cached: 0, written: 0 };
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
  return { text, finish, usage: usageOf(tokens, asking), model: asking.id };
}

function usageOf(tokens: CountedTokens, asking: Asking): Usage {
  const costUsd = costOf(tokens, { ...asking, name: asking.settings.name }, asking.prices);
  return {
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    cachedTokens: tokens.cached,
    ...(tokens.requests === undefined || tokens.requests === 1 ? {} : { requests: tokens.requests }),
    ...(tokens.estimated ? { estimated: true } : {}),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

function aborted({ id }: Asking): ModelEvent {
  return { type: "failed", failure: { kind: "aborted", message: `Stopped asking ${id}` } };
}
