import type { Entry, EntryOf } from "../engine/mod.ts";
import { TraceAgents } from "./trace_agents.ts";
import { TraceContent } from "./trace_content.ts";
import { rootSpanId, spanIdOf } from "./trace_ids.ts";
import type { TraceEvent, TraceSpan, TraceValue } from "./trace_span.ts";

type Attributes = Record<string, TraceValue>;

/** A span that has not ended. */
interface OpenSpan {
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  readonly kind: TraceSpan["kind"];
  startMs: number;
  readonly attributes: Attributes;
  readonly events: TraceEvent[];
  readonly link?: NonNullable<TraceSpan["link"]>;
}

/** The session of a trace. */
interface TracedSession {
  readonly id: string;
  /** The name of its program. */
  readonly program: string;
  /** The root span of the session from which it was forked. */
  readonly link?: NonNullable<TraceSpan["link"]>;
  /** Whether spans have words, prompts, arguments and results. */
  readonly hasContent: boolean;
}

/** Bounds on what one span holds. */
const maxEvents = 128;

/**
 * Makes the spans of a session from its entries, always the same ones: the session, the calls of playbooks, the calls of
 * models and tools, and waits. A span is given once, by the entry that ends it.
 */
export class TraceFold {
  readonly #session: TracedSession;
  readonly #content: TraceContent;
  readonly #agents = new TraceAgents();
  readonly #root: OpenSpan;
  /** Calls of playbooks, by frame. */
  readonly #calls = new Map<string, OpenSpan>();
  /** Calls of models, by frame. */
  readonly #chats = new Map<string, OpenSpan>();
  /** Outside effects and waits, by frame and ordinal. */
  readonly #effects = new Map<string, OpenSpan>();
  /** Frames whose request failed, and when: the next run asks again. */
  readonly #unanswered = new Map<string, number>();
  readonly #frameAgents = new Map<string, string>();
  /** The number of entries taken. */
  position = 0;
  #token = 0;
  #atMs = 0;
  #runs = 0;
  #hasEnded = false;

  constructor(session: TracedSession) {
    this.#session = session;
    this.#content = new TraceContent(session.hasContent);
    this.#root = {
      id: rootSpanId(session.id),
      name: `invoke_workflow ${session.program}`,
      kind: "internal",
      startMs: 0,
      attributes: this.#attributes("invoke_workflow", { "gen_ai.workflow.name": session.program }),
      events: [],
      ...(session.link ? { link: session.link } : {}),
    };
  }

  /** The entries so far were copied from another session: what is open goes on in this one, from `atMs`. */
  forked(atMs: number): void {
    for (const span of [this.#root, ...this.#open()]) span.startMs = atMs;
    this.#root.events.length = 0;
    this.#runs = 0;
    this.#hasEnded = false;
  }

  /** The spans that end with the next entry. */
  take(entry: Entry): readonly TraceSpan[] {
    this.position++;
    this.#agents.take(entry);
    if (this.position === 1) this.#root.startMs = entry.at;
    const ended = this.#taken(entry);
    this.#atMs = entry.at;
    return ended;
  }

  #taken(entry: Entry): readonly TraceSpan[] {
    switch (entry.type) {
      case "run":
        return this.#run(entry);
      case "thread":
        this.#call(entry.frame, this.#root.id, entry.at);
        return [];
      case "call":
        this.#call(entry.callee, this.#calls.get(entry.frame)?.id ?? this.#root.id, entry.at);
        return [];
      case "request":
        this.#ask(entry.frame, entry.at, entry.text);
        return [];
      case "turn":
        return this.#answered(entry);
      case "lost":
        return this.#lost(entry);
      case "start":
        this.#start(entry);
        return [];
      case "effect":
        return this.#effect(entry);
      case "return":
        return this.#returned(entry);
      case "end":
        return this.#end(entry);
      default:
        return [];
    }
  }

  /** A request of a run that died is sent again, so its span ends where the journal of that run does. */
  #run({ token, at, model }: EntryOf<"run">): readonly TraceSpan[] {
    this.#token = token;
    this.#runs++;
    this.#addEvent(this.#root, { name: "run", atMs: at, attributes: { "playbooks.run.token": token } });
    this.#root.attributes["gen_ai.request.model"] = nameOf(model).name;
    const lost = [...this.#chats].map(([frame, span]) => {
      this.#ask(frame, at);
      return ended(span, this.#atMs, { type: "interrupted" });
    });
    for (const frame of this.#unanswered.keys()) this.#ask(frame, at);
    this.#unanswered.clear();
    return lost;
  }

  #call(frame: EntryOf<"thread">["frame"], parent: string, atMs: number): void {
    const klass = cut(this.#agents.classOf(frame.agent));
    this.#frameAgents.set(frame.id, frame.agent);
    this.#calls.set(
      frame.id,
      this.#begin(`frame ${frame.id}`, {
        name: `invoke_agent ${klass}`,
        kind: "internal",
        parent,
        startMs: atMs,
        attributes: this.#attributes("invoke_agent", {
          "gen_ai.agent.name": klass,
          "gen_ai.agent.id": frame.agent,
          "playbooks.playbook": cut(frame.playbook),
          "playbooks.frame": frame.id,
          ...this.#content.of("playbooks.arguments", frame.args),
        }),
      }),
    );
  }

  #ask(frame: string, atMs: number, prompt?: string): void {
    this.#chats.set(
      frame,
      this.#begin(`chat ${frame}`, {
        name: "chat",
        kind: "client",
        parent: this.#calls.get(frame)?.id ?? this.#root.id,
        startMs: atMs,
        attributes: this.#attributes("chat", {
          ...this.#placeOf(frame),
          ...(prompt === undefined ? {} : this.#content.message("gen_ai.input.messages", "user", prompt)),
        }),
      }),
    );
  }

  #answered({ frame, at, usage, model, finish, text }: EntryOf<"turn">): readonly TraceSpan[] {
    const failedAt = this.#unanswered.get(frame);
    if (failedAt !== undefined) this.#ask(frame, failedAt);
    this.#unanswered.delete(frame);
    // The source of a playbook in code is a turn without a request.
    const span = this.#takeOut(this.#chats, frame);
    if (!span) return [];
    Object.assign(span.attributes, {
      ...modelAttributes(model),
      ...usageAttributes(usage),
      "gen_ai.response.finish_reasons": [finish ?? "stop"],
      ...this.#content.message("gen_ai.output.messages", "assistant", text),
    });
    return [ended({ ...span, name: `chat ${nameOf(model).name}` }, at)];
  }

  /** The frame still waits for an answer. */
  #lost({ frame, at, usage, model }: EntryOf<"lost">): readonly TraceSpan[] {
    const span = this.#takeOut(this.#chats, frame);
    if (!span) return [];
    this.#unanswered.set(frame, at);
    Object.assign(span.attributes, { ...modelAttributes(model), ...usageAttributes(usage) });
    return [ended({ ...span, name: `chat ${nameOf(model).name}` }, at, { type: "model_failure" })];
  }

  #start({ frame, at, asked, wait }: EntryOf<"start">): void {
    const key = `${frame}/${asked.ordinal}`;
    const parent = this.#calls.get(frame)?.id ?? this.#root.id;
    const place = this.#placeOf(frame);
    const begin = (name: string, kind: TraceSpan["kind"], attributes: Attributes) =>
      this.#effects.set(key, this.#begin(`effect ${key}`, { name, kind, parent, startMs: at, attributes }));
    if (wait.kind !== "outside") {
      const name = wait.kind === "sleep" ? "sleep" : `wait ${wait.sources.join(" ")}`;
      return void begin(name, "internal", this.#common({ ...place, "playbooks.effect": asked.name }));
    }
    const tool = wait.tool ? `${wait.tool.server}.${wait.tool.name}` : asked.name;
    begin(
      `execute_tool ${tool}`,
      wait.tool ? "internal" : "client",
      this.#attributes("execute_tool", {
        ...place,
        "gen_ai.tool.name": tool,
        "gen_ai.tool.type": wait.tool ? "extension" : "function",
        "gen_ai.tool.call.id": wait.key,
        ...hostOf(wait.what),
        ...this.#content.of("gen_ai.tool.call.arguments", wait.tool?.arguments ?? asked.args),
      }),
    );
  }

  #effect({ frame, at, ordinal, outcome, did }: EntryOf<"effect">): readonly TraceSpan[] {
    const call = this.#calls.get(frame);
    if (did?.kind === "said" && call) {
      const attributes = this.#content.text("playbooks.words", did.text);
      this.#addEvent(call, { name: "say", atMs: at, attributes: { "playbooks.to": did.to, ...attributes } });
    }
    const span = this.#takeOut(this.#effects, `${frame}/${ordinal}`);
    if (!span) return [];
    if (outcome.ok) {
      Object.assign(span.attributes, this.#content.of("gen_ai.tool.call.result", outcome.value));
    }
    return [ended(span, at, outcome.ok ? undefined : this.#failure(outcome.error))];
  }

  #returned({ frame, at, outcome }: EntryOf<"return">): readonly TraceSpan[] {
    const span = this.#takeOut(this.#calls, frame);
    if (!span) return [];
    this.#frameAgents.delete(frame);
    // Waits that no code can observe any more, and the call of a model that the end of the frame made needless.
    const inside = this.#takenOf(frame).map((each) => ended(each, at));
    if (outcome.ok) Object.assign(span.attributes, this.#content.of("playbooks.result", outcome.value));
    return [...inside, ended(span, at, outcome.ok ? undefined : this.#failure(outcome.error))];
  }

  #end({ at, status, reason }: EntryOf<"end">): readonly TraceSpan[] {
    if (this.#hasEnded) return [];
    this.#hasEnded = true;
    const open = this.#open().map((span) => ended(span, at));
    for (const spans of [this.#calls, this.#chats, this.#effects]) spans.clear();
    this.#root.attributes["playbooks.runs"] = this.#runs;
    const error = status === "completed"
      ? undefined
      : this.#failure({ name: "failed", message: reason ?? "" });
    return [...open, ended(this.#root, at, error)];
  }

  #failure({ name, message }: { readonly name: string; readonly message: string }): TraceSpan["error"] {
    return { type: name, ...(this.#session.hasContent && message !== "" ? { message: cut(message) } : {}) };
  }

  #open(): readonly OpenSpan[] {
    return [...this.#effects.values(), ...this.#chats.values(), ...this.#calls.values()];
  }

  /** Takes out what is open inside a call. */
  #takenOf(frame: string): readonly OpenSpan[] {
    const keys = [...this.#effects.keys()].filter((key) => key.startsWith(`${frame}/`));
    const effects = keys.map((key) => this.#takeOut(this.#effects, key)!);
    const chat = this.#takeOut(this.#chats, frame);
    this.#unanswered.delete(frame);
    return chat ? [...effects, chat] : effects;
  }

  #takeOut(spans: Map<string, OpenSpan>, key: string): OpenSpan | undefined {
    const span = spans.get(key);
    spans.delete(key);
    return span;
  }

  #begin(what: string, span: Omit<OpenSpan, "id" | "events">): OpenSpan {
    const { position } = this;
    const id = spanIdOf(this.#session.id, { token: this.#token, position, what });
    return { ...span, name: cut(span.name), id, events: [] };
  }

  #addEvent({ events }: OpenSpan, event: TraceEvent): void {
    if (events.length < maxEvents) events.push(event);
  }

  #placeOf(frame: string): Attributes {
    const agent = this.#frameAgents.get(frame);
    const klass = agent === undefined ? undefined : cut(this.#agents.classOf(agent));
    return {
      "playbooks.frame": frame,
      ...(klass === undefined ? {} : { "gen_ai.agent.name": klass, "gen_ai.agent.id": agent! }),
    };
  }

  #attributes(operation: string, more: Attributes): Attributes {
    return this.#common({ "gen_ai.operation.name": operation, ...more });
  }

  #common(more: Attributes): Attributes {
    return { ...more, "gen_ai.conversation.id": this.#session.id };
  }
}

function ended({ startMs, ...span }: OpenSpan, atMs: number, error?: TraceSpan["error"]): TraceSpan {
  // The clock of a machine may go back between two entries.
  return { ...span, startMs, endMs: Math.max(startMs, atMs), ...(error ? { error } : {}) };
}

function usageAttributes(
  { inputTokens, outputTokens, cachedTokens, costUsd }: EntryOf<"turn">["usage"],
): Attributes {
  return {
    "gen_ai.usage.input_tokens": inputTokens,
    "gen_ai.usage.output_tokens": outputTokens,
    ...(cachedTokens > 0 ? { "gen_ai.usage.cache_read.input_tokens": cachedTokens } : {}),
    ...(costUsd === undefined ? {} : { "playbooks.cost_usd": costUsd }),
  };
}

function modelAttributes(model: string): Attributes {
  const { provider, name } = nameOf(model);
  return {
    "gen_ai.provider.name": providerNames[provider] ?? provider,
    "gen_ai.request.model": name,
    "gen_ai.response.model": name,
  };
}

/** Names of providers as the conventions have them, where they differ from ours. */
const providerNames: Readonly<Record<string, string>> = {
  google: "gcp.gemini",
  mistral: "mistral_ai",
  xai: "x_ai",
};

/** `provider:name`; a local model has one word. */
function nameOf(model: string): { readonly provider: string; readonly name: string } {
  const at = model.indexOf(":");
  return at < 0
    ? { provider: model, name: model }
    : { provider: model.slice(0, at), name: model.slice(at + 1) };
}

/** The method and the host of a request, which is described as `POST https://shop.example/orders`. Its path may be secret. */
function hostOf(what: string): Attributes {
  const [, method, address = ""] = /^([A-Z]+) (https?:\/\/\S+)$/.exec(what) ?? [];
  if (method === undefined || !URL.canParse(address)) return {};
  return { "http.request.method": method, "server.address": new URL(address).hostname };
}

/** A name that a program chose may be long. */
function cut(text: string): string {
  return text.length > maxNameCharacters ? `${text.slice(0, maxNameCharacters)}…` : text;
}

const maxNameCharacters = 500;
