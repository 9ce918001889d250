import type { Dialect, ScriptedAnswer } from "../support/dialect.ts";
import type { RecordedAnswer } from "./recording.ts";

/** A request, as far as a script needs it. */
export interface AskedTurn {
  /** `[turn 3 of Main · Seller (agent 1000)]` */
  readonly turn: string;
  /** The last message, from its turn line on. */
  readonly message: string;
  /** All messages, without the system prompt. */
  readonly messages: string;
}

/** Gives the answers of a {@linkcode RecordedServer}. */
export interface AnswerSource {
  /** `undefined` if there is no answer for the turn. */
  next(asked: AskedTurn): RecordedAnswer | undefined;
}

/** Gives each recorded answer once, by the turn line of the request. */
export class AnswersInOrder implements AnswerSource {
  readonly #left: RecordedAnswer[];

  constructor(answers: readonly RecordedAnswer[]) {
    this.#left = [...answers];
  }

  /** Turn lines of the unused answers. */
  get unused(): readonly string[] {
    return this.#left.map(({ turn }) => turn);
  }

  next({ turn }: AskedTurn): RecordedAnswer | undefined {
    const index = this.#left.findIndex((answer) => answer.turn === turn);
    return index < 0 ? undefined : this.#left.splice(index, 1)[0];
  }
}

/** A loopback server for a provider's protocol that answers from a script. */
export class RecordedServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #dialect: Dialect;
  readonly #source: AnswerSource;

  constructor(dialect: Dialect, source: AnswerSource) {
    this.#dialect = dialect;
    this.#source = source;
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      return this.#answer(request);
    });
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}${this.#dialect.root}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const body = JSON.parse(await request.text());
    const asked = askedTurn(body);
    const recorded = this.#source.next(asked);
    if (recorded === undefined) {
      const message = `the recording has no answer left for ${asked.turn}`;
      return Response.json(this.#dialect.error(400, message), { status: 400 });
    }
    const answer = scripted(recorded);
    const { pathname, search } = new URL(request.url);
    if (!this.#dialect.streams(pathname + search, body)) return Response.json(this.#dialect.whole(answer));
    const events = [...this.#dialect.opening(answer), ...this.#dialect.closing(answer)];
    return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
  }
}

/** Finds the last turn line in a body of any protocol. */
function askedTurn(body: unknown): AskedTurn {
  const texts = textsIn(body);
  const last = texts.findLast((text) => turnLine.test(text)) ?? "";
  const line = [...last.matchAll(new RegExp(turnLine, "gm"))].at(-1);
  return {
    turn: line?.[0] ?? "a request without a turn line",
    message: last.slice(line?.index ?? 0),
    messages: texts.join("\n\n"),
  };
}

const turnLine = /^\[turn \d+ of [^\]\n]*\]$/m;

/** Fields with the system prompt, where a protocol has one. */
const systemFields = ["system", "instructions", "systemInstruction"];

/** The texts of a body's messages, in their order. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  if ("role" in value && ["system", "developer"].includes(String(value.role))) return [];
  return Object.entries(value).flatMap(([key, part]) => systemFields.includes(key) ? [] : textsIn(part));
}

function scripted({ text, thoughts, tool, cutOff }: RecordedAnswer): ScriptedAnswer {
  return {
    words: tool === undefined ? pieces(text) : [],
    ...(thoughts === undefined ? {} : { thoughts: pieces(thoughts) }),
    ...(tool === undefined ? {} : { toolCall: { name: tool, arguments: JSON.parse(text) } }),
    finish: cutOff ? "length" : "stop",
  };
}

/** Chunks of uneven lengths. They cut through words, fences and escapes like a stream. */
function pieces(text: string): string[] {
  const cut: string[] = [];
  for (let at = 0, size = 1; at < text.length; at += size, size = size * 5 % 13 + 1) {
    cut.push(text.slice(at, at + size));
  }
  return cut;
}
