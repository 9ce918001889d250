import { assertEquals } from "@std/assert";
import type { ModelEvent, ModelRequest, ModelSettings } from "../../src/model/mod.ts";
import { openModel } from "../../src/model/mod.ts";
import type { Prices } from "../../src/model/prices.ts";
import type { AnswerBounds } from "../../src/net/mod.ts";
import type { Clock } from "../../src/model/retry.ts";
import { anthropic } from "../support/anthropic_dialect.ts";
import { chat } from "../support/chat_dialect.ts";
import type { Dialect } from "../support/dialect.ts";
import { google } from "../support/google_dialect.ts";
import { openai } from "../support/openai_dialect.ts";

/** The four wire protocols. */
export const dialects: readonly Dialect[] = [anthropic, openai, google, chat];

/** A request of a turn that is not the first. */
export const request: ModelRequest = {
  answer: "code",
  system: "The rules.",
  messages: [
    { role: "user", text: "[turn 1 of Main · Seller (agent 1000)]" },
    { role: "assistant", text: "Return();" },
    { role: "user", text: "[turn 2 of Main · Seller (agent 1000)]" },
  ],
};

/** Options of a test's request. */
export interface Asking {
  readonly key?: string | undefined;
  readonly env?: (name: string) => string | undefined;
  readonly settings?: Partial<ModelSettings>;
  readonly request?: ModelRequest;
  readonly prices?: Prices;
  readonly bounds?: AnswerBounds;
  readonly signal?: AbortSignal;
  readonly onEvent?: () => void;
  readonly onWait?: () => void;
}

/** Sends one request, with a clock that skips backoffs. */
export async function ask(
  server: { readonly baseUrl: string; readonly dialect?: Dialect },
  asking: Asking = {},
): Promise<{ events: ModelEvent[]; waits: number[] }> {
  const waits: number[] = [];
  const events: ModelEvent[] = [];
  const clock: Clock = {
    now: () => 0,
    random: () => 0,
    sleep(ms) {
      waits.push(ms);
      asking.onWait?.();
      return Promise.resolve();
    },
  };
  const dialect = server.dialect ?? chat;
  const key = "key" in asking ? asking.key : "secret";
  const env = asking.env ?? ((name) => name === dialect.keyEnv ? key : undefined);
  const settings = settingsOf(server.baseUrl, { provider: dialect.provider, ...asking.settings });
  const model = await openModel(settings, {
    env,
    // The user named the server.
    sendsKeyTo: () => true,
    clock,
    ...(asking.prices ? { prices: asking.prices } : {}),
    ...(asking.bounds ? { bounds: asking.bounds } : {}),
  });
  const signal = asking.signal ?? new AbortController().signal;
  for await (const event of model.stream(asking.request ?? request, { signal })) {
    events.push(event);
    asking.onEvent?.();
  }
  checkText(events);
  return { events, waits };
}

/** The contract of every model: the text of an answer equals the text of its events since the last restart or withdrawal. */
function checkText(events: readonly ModelEvent[]): void {
  const last = events.at(-1);
  if (last?.type !== "completed") return;
  const start = events.findLastIndex(({ type }) => type === "retrying" || type === "withdrawn") + 1;
  const text = events.slice(start).map((event) => event.type === "text" ? event.text : "").join("");
  assertEquals(text, last.completion.text);
}

/** Settings of a small model at `baseUrl`. */
export function settingsOf(baseUrl: string, settings: Partial<ModelSettings> = {}): ModelSettings {
  return {
    provider: "openai-compatible",
    name: "tiny",
    baseUrl,
    apiKeyEnv: "",
    temperature: 0.2,
    maxOutputTokens: 50,
    ...settings,
  };
}

/** An event in a few words. */
export function shortOf(event: ModelEvent): string {
  switch (event.type) {
    case "text":
    case "thought":
      return `${event.type} ${event.text}`;
    case "withdrawn":
      return event.type;
    case "retrying":
      return `retrying ${event.attempt}`;
    case "completed":
      return `completed ${event.completion.text}`;
    case "failed":
      return `failed ${event.failure.kind}`;
  }
}
