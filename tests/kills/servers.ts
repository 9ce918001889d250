import { rehearse as rehearseTurn } from "../../extras/rehearsal/mod.ts";
import { reservedNames } from "../../src/engine/builtins/table.ts";
import { parseProgram, type Program } from "../../src/language/mod.ts";
import type { PromptMessage, RequestedTurn } from "../../src/model/model.ts";
import { processMessages } from "../../src/prompt/process_messages.ts";
import { programs } from "./programs.ts";

/** A request to the model, as the server received it. */
export interface ModelCall {
  readonly body: string;
  /** The text of its last message. */
  readonly last: string;
}

/** A request to a tool, as the service received it. */
export interface ToolCall {
  readonly method: string;
  readonly key: string | null;
}

/** The requests of one journey at the servers, and the reactions to them. */
export class Traffic {
  models: ModelCall[] = [];
  tools: ToolCall[] = [];
  onModel: () => void = () => {};
  onPost: () => void = () => {};
}

/**
 * A provider that speaks the chat-completions protocol, and a slow shop that counts its requests, on
 * one loopback port. Each journey has its own path. The provider answers like the rehearsal model.
 */
export class Servers implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #journeys = new Map<string, Traffic>();

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const [, journey, ...rest] = new URL(request.url).pathname.split("/");
      const traffic = this.#journeys.get(journey!);
      if (!traffic) return new Response("no such journey", { status: 404 });
      return rest[0] === "v1" ? answer(request, traffic) : sell(request, traffic);
    });
  }

  /** The address of a journey, and its requests. */
  journey(name: string): { readonly url: string; readonly traffic: Traffic } {
    const traffic = new Traffic();
    this.#journeys.set(name, traffic);
    return { url: `http://127.0.0.1:${this.#server.addr.port}/${name}`, traffic };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

async function answer(request: Request, traffic: Traffic): Promise<Response> {
  const body = await request.text();
  const messages: { readonly role: string; readonly content: string }[] = JSON.parse(body).messages;
  traffic.models.push({ body, last: messages.at(-1)!.content });
  traffic.onModel();
  const text = await rehearse(messages);
  const half = text.length >> 1;
  const events = [
    chunk({ delta: { content: text.slice(0, half) }, finish_reason: null }),
    chunk({ delta: { content: text.slice(half) }, finish_reason: null }),
    chunk({ delta: {}, finish_reason: "stop" }),
    { ...chunk(), usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 } },
  ].map((event) => JSON.stringify(event));
  return new Response([...events, "[DONE]"].map((data) => `data: ${data}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream" },
  });
}

/** Longer than the delivery of a kill signal, so a kill on arrival of a request comes before the answer. */
const slownessMs = 40;

async function sell(request: Request, traffic: Traffic): Promise<Response> {
  await request.body?.cancel();
  traffic.tools.push({ method: request.method, key: request.headers.get("Idempotency-Key") });
  if (request.method === "GET") return Response.json({ stock: 5 });
  traffic.onPost();
  await new Promise((resolve) => setTimeout(resolve, slownessMs));
  return Response.json({ order: request.headers.get("Idempotency-Key") ? "taken" : "nameless" });
}

async function rehearse(
  messages: readonly { readonly role: string; readonly content: string }[],
): Promise<string> {
  const [, ...rest] = messages;
  const prompt: PromptMessage[] = rest.map(({ role, content }) => ({
    role: role === "assistant" ? "assistant" : "user",
    text: content,
  }));
  return rehearseTurn({ answer: "code", system: "", messages: prompt }, await turnIn(prompt));
}

/** The turn of a request, from the line at its beginning: the server sees nothing but texts. */
async function turnIn(messages: readonly PromptMessage[]): Promise<RequestedTurn> {
  const heads = messages.flatMap((
    { text },
  ) => [...text.matchAll(/^\[turn (\d+) of (\S+) · (\S+) \(agent \d+\)\]$/gm)]);
  const [, number, name, klass] = heads.at(-1)!;
  const all = await parsed;
  const program = all.find(({ agents }) => agents.some((agent) => agent.name === klass))!;
  const agentClass = program.agents.find((agent) => agent.name === klass)!;
  const playbook = agentClass.playbooks.find((each) => each.name === name) ?? processMessages;
  const last = messages.at(-1)!.text;
  const received = last.matchAll(/^- from (.+?)(?: \(agent (\d+)\))?(, .*?waits.*?)?: (".*")$/gm).map(
    ([, from, agent, waits, text]) => ({
      from: agent ?? from,
      waits: waits !== undefined,
      text: JSON.parse(text!),
    }),
  );
  const variables = [...JSON.stringify(agentClass.playbooks).matchAll(/\$([a-z_]\w*)/gi)].map(([, each]) =>
    each!
  );
  const written = messages.findLast(({ role }) => role === "assistant")?.text ?? "";
  return {
    turn: Number(number),
    agentClass,
    classes: program.agents,
    playbook,
    stack: [playbook.name],
    step: [...written.matchAll(/\bStep\("([\d.]+)"\)/g)].at(-1)?.[1] ?? "",
    args: { messages: received.toArray() },
    state: Object.fromEntries(variables.map((each) => [each, undefined])),
    locals: {},
  };
}

const parsed: Promise<readonly Program[]> = Promise.all(
  programs.map(async ({ name, source }) =>
    (await parseProgram([{ path: `${name}.pb`, text: source("http://127.0.0.1") }], {
      builtins: reservedNames,
    })).program
  ),
);

function chunk(choice?: { readonly delta: object; readonly finish_reason: string | null }) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "test",
    choices: choice === undefined ? [] : [{ index: 0, ...choice }],
  };
}
