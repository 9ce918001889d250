import type { Dialect, ScriptedAnswer } from "../support/dialect.ts";
import type { RecordedAnswer } from "./recording.ts";

/** A loopback server for a provider's protocol. It gives each recorded answer once, by the turn line of the request. */
export class RecordedServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #dialect: Dialect;
  readonly #left: RecordedAnswer[];

  constructor(dialect: Dialect, answers: readonly RecordedAnswer[]) {
    this.#dialect = dialect;
    this.#left = [...answers];
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      return this.#answer(request);
    });
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}${this.#dialect.root}`;
  }

  /** Turn lines of the unused answers. */
  get unused(): readonly string[] {
    return this.#left.map(({ turn }) => turn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const text = await request.text();
    const turn = lastTurnLine(text);
    const index = this.#left.findIndex((answer) => answer.turn === turn);
    if (index < 0) {
      const message = `the recording has no answer left for ${turn}`;
      return Response.json(this.#dialect.error(400, message), { status: 400 });
    }
    const [recorded] = this.#left.splice(index, 1);
    const answer = scripted(recorded!);
    const { pathname, search } = new URL(request.url);
    if (!this.#dialect.streams(pathname + search, JSON.parse(text))) {
      return Response.json(this.#dialect.whole(answer));
    }
    const events = [...this.#dialect.opening(answer), ...this.#dialect.closing(answer)];
    return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
  }
}

/** The last turn line of the last message, found in a body of any protocol. */
function lastTurnLine(body: string): string | undefined {
  return [...body.matchAll(/(?:"|\\n)(\[turn \d+ of [^\]"\\]*\])\\n/g)].at(-1)?.[1];
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
