import { assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { type Answer, serveIn } from "../support/serve_process.ts";

Deno.test("uncertain: a POST in flight at a kill is not resent without a decision; exit 5 lists the choices", async () => {
  await using till = new Till();
  await using folder = await killedWhilePaying(till);
  const before = folder.journal().length;
  const resumed = await folder.run(["run", "pay.pb", "--resume"], { input: "retry\ny\n" });
  assertEquals([resumed.code, resumed.stdout], [5, ""], resumed.stderr);
  for (
    const words of [
      `POST ${till.address}/pay of Clerk.Pay was begun at `,
      "--on-uncertain retry",
      "--on-uncertain skip",
      `playbooks resume ${folder.onlySession()}`,
    ]
  ) assertStringIncludes(resumed.stderr, words);
  assertEquals(till.requests.length, 1);
  assertEquals(folder.journal().slice(before).map((entry) => entry.type), ["run"], "nothing else was done");
});

Deno.test("uncertain: with --on-uncertain retry the POST is sent again with its first key", async () => {
  await using till = new Till();
  await using folder = await killedWhilePaying(till);
  const resumed = await folder.run(["run", "pay.pb", "--resume", "--on-uncertain", "retry"]);
  assertEquals([resumed.code, resumed.stdout], [0, "Paid: receipt for 5\n"], resumed.stderr);
  assertEquals(till.requests.length, 2);
  const [first, second] = till.requests;
  assertEquals(second, first);
  assertStringIncludes(first!.key!, folder.onlySession());
});

Deno.test("uncertain: with --on-uncertain skip the code gets an error that the result is unknown, and continues", async () => {
  await using till = new Till();
  await using folder = await killedWhilePaying(till);
  const resumed = await folder.run(["run", "pay.pb", "--resume", "--on-uncertain", "skip"]);
  assertEquals([resumed.code, resumed.stdout], [0, "Not paid: UncertainEffectError\n"], resumed.stderr);
  assertEquals(till.requests.length, 1);
});

Deno.test("uncertain: a server stops at a lost POST, shows it, and continues after a client's decision", async () => {
  await using till = new Till();
  await using folder = await killedWhilePaying(till);
  const id = folder.onlySession();
  const server = await serveIn(folder, []);
  // A run on a terminal that was killed is its person's: a server continues it when it is asked to.
  const killed = await server.events(id, ({ line }) => line.type === "end");
  assertEquals([killed.at(-1)!.line["status"], till.requests.length], ["stopped", 1]);
  await server.post(`/v1/sessions/${id}/resume`);
  const stopped = await server.events(id, ({ line }) => line.type === "end" && line["exit"] === 5);
  assertEquals(stopped.at(-1)!.line["status"], "stopped");
  const { openEffects } = await server.get(`/v1/sessions/${id}`);
  assertEquals(openEffects.map(({ what, isRepeatable }: Answer) => [what, isRepeatable]), [[
    `POST ${till.address}/pay`,
    false,
  ]]);
  assertEquals(till.requests.length, 1);
  const decision = { effect: openEffects[0].id, choice: "retry" };
  const key = { "idempotency-key": "pay once" };
  await server.post(`/v1/sessions/${id}/decisions`, decision, key);
  await server.post(`/v1/sessions/${id}/decisions`, decision, key);
  const from = String(stopped.at(-1)!.line.position);
  const ended = await server.events(id, ({ line }) => line.type === "end" && line["status"] === "completed", {
    from,
  });
  assertEquals(ended.filter(({ line }) => line.type === "say").map(({ line }) => line["text"]), [
    "Paid: receipt for 5",
  ]);
  assertEquals(till.requests.length, 2);
});

Deno.test("uncertain: a client says that a lost POST was done, with its result, and it is not sent again", async () => {
  await using till = new Till();
  await using folder = await killedWhilePaying(till);
  const id = folder.onlySession();
  const server = await serveIn(folder, []);
  const { openEffects: [{ id: effect }] } = await server.get(`/v1/sessions/${id}`);
  const decisions = `/v1/sessions/${id}/decisions`;
  for (const body of [{ choice: "done" }, { choice: "skip", result: "x" }]) {
    const refused = await server.send("POST", decisions, { effect, ...body });
    assertEquals([refused.status, (await refused.json()).errors[0].field], [400, "result"]);
  }
  for (const depth of [101, 300, 9000]) {
    const nested = `{"effect":"${effect}","choice":"done","result":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    const refused = await server.fetch(decisions, {
      method: "POST",
      body: nested,
      headers: { "content-type": "application/json" },
    });
    assertEquals([depth, refused.status, (await refused.json()).errors?.[0].field], [depth, 400, "result"]);
  }
  await server.post(decisions, { effect, choice: "done", result: "receipt 12" });
  await server.post(decisions, { effect, choice: "done", result: "receipt 12" });
  await server.events(id, ({ line }) => line.type === "end" && line["status"] === "completed");
  const { items } = await server.get(`/v1/sessions/${id}/story`);
  assertEquals(items.filter(({ text }: Answer) => text === "Paid: receipt 12").length, 1);
  assertEquals(till.requests.length, 1);
  assertStringIncludes(
    (await folder.run(["sessions", "log", id])).stdout,
    "receipt 12",
  );
  assertStringIncludes((await folder.run(["sessions", "log", id])).stdout, "(given by a person)");
  const verified = await folder.run(["sessions", "verify", id]);
  assertEquals(verified.code, 0, verified.stdout);
});

Deno.test('uncertain: a session whose program sets "retry" retries without a question', async () => {
  await using till = new Till();
  await using folder = await killedWhilePaying(till, '[durability]\nuncertain = "retry"\n');
  const resumed = await folder.run(["run", "pay.pb", "--resume"]);
  assertEquals([resumed.code, resumed.stdout], [0, "Paid: receipt for 5\n"], resumed.stderr);
  assertEquals(till.requests.length, 2);
});

Deno.test("uncertain: a GET in flight at a kill is repeated automatically", async () => {
  await using till = new Till();
  await using folder = await folderWith({
    "pay.pb": paying(till).replace('method: "POST", body: "5"', 'method: "GET"'),
    "playbooks.toml": permits,
  });
  await killInFlight(folder, till);
  const resumed = await folder.run(["run", "pay.pb", "--resume"]);
  assertEquals([resumed.code, resumed.stdout], [0, "Paid: receipt for \n"], resumed.stderr);
  assertEquals(till.requests.length, 2);
  assertEquals(till.requests.map(({ key }) => key), [undefined, undefined]);
});

Deno.test("permissions: a host without a permission is never reached, and the error says which setting to add", async () => {
  await using till = new Till();
  await using folder = await folderWith({ "pay.pb": paying(till) });
  const run = await folder.run(["run", "pay.pb"]);
  assertEquals([run.code, run.stdout], [0, "Paying\nNot paid: PermissionError\n"], run.stderr);
  assertEquals(till.requests.length, 0);
});

const permits = '[permissions]\nnet = ["127.0.0.1"]\n';

function paying({ address }: Till): string {
  return `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Say "Paying"
- Pay()
- End program

\`\`\`ts
export async function Pay(): Promise<void> {
  try {
    const answer = await fetch("${address}/pay", { method: "POST", body: "5" });
    await Say("user", "Paid: " + await answer.text());
  } catch (error) {
    await Say("user", "Not paid: " + error.name);
  }
}
\`\`\`
`;
}

/** A folder with a session that was killed while its payment was in flight. */
async function killedWhilePaying(till: Till, configuration = ""): Promise<TestFolder> {
  const folder = await folderWith({ "pay.pb": paying(till), "playbooks.toml": permits + configuration });
  await killInFlight(folder, till);
  return folder;
}

async function killInFlight(folder: TestFolder, till: Till): Promise<void> {
  const reached = till.holdNext();
  const process = folder.start(["run", "pay.pb"]);
  await reached;
  process.kill("SIGKILL");
  const killed = await process.finished;
  assertEquals([killed.signal, killed.stdout], ["SIGKILL", "Paying\n"], killed.stderr);
}

/** A server that takes payments, and can leave one without an answer. */
class Till implements AsyncDisposable {
  readonly requests: { readonly method: string; readonly body: string; readonly key: string | undefined }[] =
    [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #reached: (() => void) | undefined;
  #release: (() => void) | undefined;

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const body = await request.text();
      const key = request.headers.get("idempotency-key") ?? undefined;
      this.requests.push({ method: request.method, body, key });
      if (this.#reached) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#release = resolve;
        this.#reached();
        this.#reached = undefined;
        await promise;
      }
      return new Response(`receipt for ${body}`);
    });
  }

  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Leaves the next payment without an answer; resolves when it has arrived. */
  holdNext(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reached = resolve;
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release?.();
    await this.#server.shutdown();
  }
}
