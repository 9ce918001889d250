import { assertEquals } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { type Answer, ServeProcess, type StreamedEvent } from "../support/serve_process.ts";

const program = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin(n: number) {
  await Say("user", n + ": which size?");
  const size = await Yield("user");
  await Say("user", n + ": " + size);
}
\`\`\`
`;

const isThorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") !== undefined;

Deno.test("kills: a server that is killed under its clients makes each session once and delivers each word once", async () => {
  const [clients, kills] = isThorough ? [100, 50] : [10, 5];
  await using folder = await folderWith({ "orders.pb": program });
  const server = new KilledServer(folder, kills);
  await server.start();
  const seen = await Promise.all(Array.from({ length: clients }, (_, n) => orderOne(server, n)));
  assertEquals(server.killed, kills);
  const { total } = await server.ask((each) => each.get("/v1/sessions?limit=0"));
  assertEquals(total, clients);
  for (const [n, { id, events }] of seen.entries()) {
    // The client continued its stream over the kills, and has what a reader gets now.
    const whole = await server.ask((each) => each.events(id, ({ line }) => line.type === "end"));
    assertEquals(kept(events), kept(whole));
    const words = whole.filter(({ line }) => line.type === "say" || line.type === "heard");
    assertEquals(words.map(({ line }) => line["text"]), [
      `${n}: which size?`,
      `size ${n}`,
      `${n}: size ${n}`,
    ]);
  }
});

const kept = (events: readonly StreamedEvent[]) =>
  events.filter(({ id }) => id !== undefined).map(({ id, line }) => `${id} ${line.type} ${line["text"]}`);

/** Starts a session, answers its question, and reads it to its end. Repeats each request until it is answered. */
async function orderOne(
  server: KilledServer,
  n: number,
): Promise<{ readonly id: string; readonly events: readonly StreamedEvent[] }> {
  const body = { program: "orders", parameters: { n } };
  const { session }: Answer = await server.ask((each) =>
    each.post("/v1/sessions", body, { "idempotency-key": `start ${n}` })
  );
  const id: string = session.id;
  const events: StreamedEvent[] = [];
  const read = (until: (event: StreamedEvent) => boolean) =>
    server.ask(async (each) => {
      const lastId = events.findLast(({ id }) => id !== undefined)?.id;
      for await (const event of each.stream(id, lastId === undefined ? {} : { lastId })) {
        events.push(event);
        if (until(event)) return;
      }
      // A reader who has all events of an ended program gets no stream any more.
      const { session } = await each.get(`/v1/sessions/${id}`);
      if (session.status !== "completed") throw new Error("The stream was cut");
    });
  await read(({ line }) => line.type === "ask");
  await server.ask((each) =>
    each.post(`/v1/sessions/${id}/messages`, { text: `size ${n}` }, { "idempotency-key": `answer ${n}` })
  );
  await read(({ line }) => line.type === "end" && line["status"] === "completed");
  return { id, events };
}

/** A server that is killed after every few answers, and started again on its port. */
class KilledServer {
  killed = 0;
  readonly #folder: TestFolder;
  readonly #kills: number;
  #answers = 0;
  #server: Promise<ServeProcess> | undefined;
  #port = 0;

  constructor(folder: TestFolder, kills: number) {
    this.#folder = folder;
    this.#kills = kills;
  }

  start(): Promise<ServeProcess> {
    return this.#server ??= this.#start();
  }

  async #start(): Promise<ServeProcess> {
    const args = [
      "serve",
      "orders.pb",
      "--token-file",
      "token",
      "--port",
      String(this.#port),
      "--concurrency",
      "4",
    ];
    const process = this.#folder.start([...args, "--json"]);
    await process.until("\n");
    const { origin } = JSON.parse(process.stdout);
    this.#port = Number(new URL(origin).port);
    const token = Deno.readTextFileSync(`${this.#folder.path}/token`).trim();
    process.finished.then(() => this.#server = undefined);
    return new ServeProcess(process, { origin, token });
  }

  /** The answer to a request, which is repeated until a server lives long enough to give it. */
  async ask<T>(request: (server: ServeProcess) => Promise<T>): Promise<T> {
    for (;;) {
      const server = await this.start();
      try {
        const answer = await request(server);
        if (++this.#answers % answersPerKill === 0 && this.killed < this.#kills) this.#kill(server);
        return answer;
      } catch (error) {
        // A refusal is no kill.
        if (error instanceof Error && /^[1-5]\d\d /.test(error.message)) throw error;
        await server.process.finished;
      }
    }
  }

  #kill({ process }: ServeProcess): void {
    this.killed++;
    process.kill("SIGKILL");
  }
}

const answersPerKill = 5;
