import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { type LanguageModel, streamText } from "ai";
import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  type Asked,
  type AttemptFailure,
  NoServerError,
  readFailure,
  SilenceError,
  TruncatedError,
} from "./failure.ts";
import type { Completion, Model, ModelEvent, ModelRequest, ModelSettings, StreamModel } from "./model.ts";
import type { ModelWorld } from "./open.ts";
import { type Clock, maxAttempts, realClock, silenceMs, waitBefore } from "./retry.ts";

/** Opens a model behind the chat-completions protocol, as most servers speak it. */
export function openProvider(settings: ModelSettings, world: ModelWorld): Model {
  if (settings.name === "") {
    throw new PlaybooksError(
      'Cannot open the model: no model is named; set name in [model], or say --model "openai-compatible:NAME"',
      { exitCode: exitCodes.usage },
    );
  }
  const baseUrl = checkedUrl(settings.baseUrl || openAiUrl);
  const keyEnv = settings.apiKeyEnv || "OPENAI_API_KEY";
  const key = world.env(keyEnv)?.trim();
  const id = `${settings.provider}:${settings.name}`;
  const connection = {
    model: createOpenAICompatible({
      name: settings.provider,
      baseURL: baseUrl,
      includeUsage: true,
      fetch: fetchCompletion,
      ...(key ? { apiKey: key } : {}),
    })(settings.name),
    settings,
    asked: { model: id, name: settings.name, baseUrl, keyEnv, hasKey: Boolean(key) },
    clock: world.clock ?? realClock,
  };
  return { id, stream: (request, options) => streamWithRetries(connection, request, options) };
}

/** A wrong address often leads to a web site, whose page would look like an empty answer. */
const fetchCompletion: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (!response.ok || !/\bhtml\b/i.test(response.headers.get("content-type") ?? "")) return response;
  await response.body?.cancel();
  throw new NoServerError();
};

const openAiUrl = "https://api.openai.com/v1";

interface Connection {
  readonly model: LanguageModel;
  readonly settings: ModelSettings;
  readonly asked: Omit<Asked, "nowMs">;
  readonly clock: Clock;
}

async function* streamWithRetries(
  connection: Connection,
  request: ModelRequest,
  { signal }: Parameters<StreamModel>[1],
): AsyncGenerator<ModelEvent> {
  const { clock } = connection;
  for (let attempt = 1;; attempt++) {
    const failed = yield* tryOnce(connection, request, signal);
    if (!failed) return;
    if (signal.aborted) return yield aborted(connection);
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
    if (signal.aborted) return yield aborted(connection);
  }
}

/** One request. Gives its events, `completed` the last of them; returns the failure if it ends in one. */
async function* tryOnce(
  connection: Connection,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, AttemptFailure | undefined> {
  const { clock, asked } = connection;
  const stop = new AbortController();
  try {
    const parts = startRequest(connection, request, AbortSignal.any([signal, stop.signal]))
      [Symbol.asyncIterator]();
    let text = "";
    for (;;) {
      const next = await beforeSilence(parts.next(), clock);
      if (next.done) throw new TruncatedError();
      const part = next.value;
      if (part.type === "text-delta" && part.text !== "") {
        text += part.text;
        yield { type: "text", text: part.text };
      } else if (part.type === "error") throw part.error;
      else if (part.type === "abort") throw new Error("the request was stopped");
      else if (part.type === "finish") {
        yield { type: "completed", completion: toCompletion(text, part, asked.model) };
        return undefined;
      }
    }
  } catch (error) {
    return readFailure(error, { ...asked, nowMs: clock.now() });
  } finally {
    stop.abort();
  }
}

function startRequest({ model, settings }: Connection, request: ModelRequest, signal: AbortSignal) {
  // The SDK would print its warnings to the console, which is not its to write to.
  (globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;
  return streamText({
    model,
    instructions: request.system,
    messages: request.messages.map(({ role, text }) => ({ role, content: text })),
    temperature: settings.temperature,
    maxOutputTokens: settings.maxOutputTokens,
    maxRetries: 0,
    abortSignal: signal,
    // Errors come as parts of the stream; without this they would be printed as well.
    onError: () => {},
  }).stream;
}

/** Throws a `SilenceError` when nothing comes for too long. */
async function beforeSilence<T>(next: Promise<T>, clock: Clock): Promise<T> {
  const heard = new AbortController();
  const silence = clock.sleep(silenceMs, heard.signal).then(() => {
    if (!heard.signal.aborted) throw new SilenceError(silenceMs);
    return next;
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    heard.abort();
    // Whichever lost the race may still fail, and nobody waits for it any more.
    next.catch(() => {});
    silence.catch(() => {});
  }
}

interface Finish {
  readonly finishReason: string;
  readonly totalUsage: {
    readonly inputTokens: number | undefined;
    readonly outputTokens: number | undefined;
    readonly inputTokenDetails: { readonly cacheReadTokens: number | undefined };
  };
}

function toCompletion(text: string, { finishReason, totalUsage }: Finish, model: string): Completion {
  return {
    text,
    finish: finishReason === "stop" || finishReason === "length"
      ? finishReason
      : finishReason === "content-filter"
      ? "filter"
      : "other",
    usage: {
      inputTokens: totalUsage.inputTokens ?? 0,
      outputTokens: totalUsage.outputTokens ?? 0,
      cachedTokens: totalUsage.inputTokenDetails.cacheReadTokens ?? 0,
    },
    model,
  };
}

function aborted({ asked }: Connection): ModelEvent {
  return { type: "failed", failure: { kind: "aborted", message: `Stopped asking ${asked.model}` } };
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new PlaybooksError(
      `Cannot open the model: base_url "${text}" is no address; write it like http://localhost:11434/v1`,
      { exitCode: exitCodes.usage },
    );
  }
  return text.replace(/\/+$/, "");
}
