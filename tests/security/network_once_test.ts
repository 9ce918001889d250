import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openModel } from "../../src/model/mod.ts";
import type { Decision, UncertainEffect } from "../../src/engine/mod.ts";
import { neverReached, sendOnce } from "../../src/net/mod.ts";
import { ask } from "../model/asking.ts";
import { defaultSettings, play, type Played } from "../support/harness.ts";
import { folderWith } from "../support/playbooks_process.ts";
import {
  head,
  type RawAnswer,
  type RawRequest,
  RawServer,
  redirect,
  response,
} from "../support/raw_server.ts";

/** Ways to lose an answer after the server has done its work. */
const losses: Readonly<Record<string, (answer: RawAnswer) => Promise<unknown> | void>> = {
  "closes before its answer": () => {},
  "closes within the head of its answer": (answer) => answer.write("HTTP/1.1 200 OK\r\ncontent-le"),
  "closes within the body of its answer": (answer) =>
    answer.write(head(200, { "content-length": "10" }) + "half"),
  "closes within a chunk of its answer": (answer) =>
    answer.write(head(200, { "transfer-encoding": "chunked" }) + "a\r\nhalf"),
};

for (const [how, lose] of Object.entries(losses)) {
  for (const kind of ["new", "used"] as const) {
    for (const request of [{ method: "POST", body: "order" }, { method: "POST" }, { method: "DELETE" }]) {
      const { method, body = "no body" } = request;
      Deno.test(`network: a ${method} with ${body} is sent once when the server ${how}, on a ${kind} connection`, async () => {
        await using server = new RawServer(async (seen, answer) => {
          if (seen.path === "/first") {
            answer.keep();
            return await answer.write(response("ok"));
          }
          await lose(answer);
        });
        if (kind === "used") {
          await (await sendOnce(fetch, `${server.address}/first`, { method: "POST" })).text();
        }
        const failure = await sendOnce(fetch, `${server.address}/orders`, request).then((got) => got.text())
          .then(() => undefined, (error) => error as Error);
        assert(failure, "the answer was lost");
        assertEquals(neverReached(failure), false);
        assertEquals(server.requests.filter(({ path }) => path === "/orders").length, 1);
        if (kind === "used") assertEquals(server.requests.map(({ connection }) => connection), [1, 1]);
        if (request.body !== undefined) assertEquals(server.requests.at(-1)!.headers["content-length"], "5");
      });
    }
  }
}

Deno.test("network: a request to a server that closed its idle connection succeeds, and is sent once", async () => {
  await using server = new RawServer((_, answer) => answer.write(response("ok")));
  for (let count = 1; count <= 5; count++) {
    const answer = await sendOnce(fetch, server.address, { method: "POST", body: "order" });
    assertEquals(await answer.text(), "ok");
    assertEquals(server.requests.length, count);
  }
});

for (
  const [what, address] of [
    ["a port without a listener", () => `http://127.0.0.1:${freePort()}/`],
    ["a host that does not exist", () => "http://no-such-host.invalid/"],
    ["a port that is blocked", () => "http://127.0.0.1:25/"],
  ] as const
) {
  Deno.test(`network: a request to ${what} counts as not having reached its server`, async () => {
    await surelyNotReached(address());
  });
}

Deno.test("network: a request to a server without TLS counts as not having reached it", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = listener.accept().then(async (connection) => {
    await connection.read(new Uint8Array(1));
    await connection.write(new TextEncoder().encode(response("no", { status: 400 })));
    connection.close();
  });
  await surelyNotReached(`https://127.0.0.1:${listener.addr.port}/`);
  await answering;
});

async function surelyNotReached(address: string): Promise<void> {
  const request = sendOnce(fetch, address, { method: "POST", body: "order" });
  const failure = await request.then(() => undefined, (error) => error);
  assertEquals([failure instanceof Error, neverReached(failure)], [true, true], String(failure));
}

Deno.test("network: a model gets one request per attempt, whichever connection is lost", async () => {
  let count = 0;
  await using server = new RawServer((_, answer) =>
    count++ < 2 ? undefined : answer.write(response("no", { status: 400 }))
  );
  const { events } = await ask({ baseUrl: `${server.address}/v1` });
  assertEquals(events.filter(({ type }) => type === "retrying").length, 2);
  assertEquals(server.requests.length, 3);
  assertEquals(new Set(server.requests.map(({ body }) => body)).size, 1);
  assert(Number(server.requests[0]!.headers["content-length"]) > 0);
});

// A lost answer, and the policy.

const order = (server: RawServer, options = '{ method: "POST", body: "one pen" }') =>
  `# Shop

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  try {
    const answer = await fetch("${server.address}/orders", ${options});
    await Say("user", answer.status + " " + await answer.text());
  } catch (error) {
    await Say("user", error.name + ": " + error.message);
  }
}
\`\`\`
`;

interface Ordering {
  readonly uncertain: "ask" | "retry" | "fail" | "skip";
  readonly decide?: (effect: UncertainEffect) => Promise<Decision | undefined>;
  readonly options?: string;
}

async function playOrder(server: RawServer, { uncertain, decide, options }: Ordering): Promise<Played> {
  const { durability, permissions } = defaultSettings;
  return await play(order(server, options), {
    fetch,
    settings: {
      ...defaultSettings,
      durability: { ...durability, uncertain },
      permissions: { ...permissions, net: ["127.0.0.1"] },
    },
    ...(decide ? { decide } : {}),
  });
}

/** Loses the answers to the first `count` requests, then answers. */
function losing(count: number): (request: RawRequest, answer: RawAnswer) => Promise<unknown> | void {
  return (_, answer) => count-- > 0 ? undefined : answer.write(response("thanks"));
}

for (const uncertain of ["fail", "skip", "ask"] as const) {
  Deno.test(`network: with uncertain = "${uncertain}" and no person to ask, a lost answer is an error in the code`, async () => {
    await using server = new RawServer(losing(1));
    const { said, result } = await playOrder(server, { uncertain });
    assertEquals(result.kind, "completed");
    assertMatch(
      said[0]!,
      /^UncertainEffectError: POST http:\S+\/orders was sent and its answer did not arrive/,
    );
    assertEquals(server.requests.length, 1);
  });
}

Deno.test('network: with uncertain = "retry" a request with a lost answer is repeated with the same key', async () => {
  await using server = new RawServer(losing(2));
  const { said } = await playOrder(server, { uncertain: "retry" });
  assertEquals(said, ["200 thanks"]);
  const keys = server.requests.map(({ headers }) => headers["idempotency-key"]);
  assertEquals([keys.length, new Set(keys).size], [3, 1]);
  assert(keys[0]);
});

Deno.test('network: with uncertain = "retry" a server that always loses its answer gets three requests', async () => {
  await using server = new RawServer(losing(Infinity));
  const { said } = await playOrder(server, { uncertain: "retry" });
  assertStringIncludes(said[0]!, "was sent 3 times and its answer did not arrive");
  assertEquals(server.requests.length, 3);
});

Deno.test('network: with uncertain = "ask" a person decides about a lost answer', async () => {
  for (
    const [choice, said, requests] of [
      ["retry", "200 thanks", 2],
      ["skip", "UncertainEffectError", 1],
      [{ result: "seen in the shop" }, "200 seen in the shop", 1],
    ] as const
  ) {
    await using server = new RawServer(losing(1));
    const asked: string[] = [];
    const decide = (effect: UncertainEffect) => {
      asked.push(`${effect.klass}.${effect.playbook} ${effect.what}`);
      return Promise.resolve(choice);
    };
    const played = await playOrder(server, { uncertain: "ask", decide });
    assertEquals(asked, [`Shop.Main POST ${server.address}/orders`]);
    assertStringIncludes(played.said[0]!, said);
    assertEquals(server.requests.length, requests);
  }
});

Deno.test("network: if a person lets a lost answer fail, the session stops and asks again at the resume", async () => {
  await using server = new RawServer(losing(1));
  const decide = () => Promise.resolve("fail" as const);
  const stopped = await playOrder(server, { uncertain: "ask", decide });
  assert(stopped.result.kind === "uncertain");
  assertEquals([stopped.said, stopped.entries.at(-1)?.type], [[], "start"]);
  const { durability, permissions } = defaultSettings;
  const resumed = await play(order(server), {
    fetch,
    from: stopped.entries,
    settings: {
      ...defaultSettings,
      durability: { ...durability, uncertain: "retry" },
      permissions: { ...permissions, net: ["127.0.0.1"] },
    },
  });
  assertEquals(resumed.said, ["200 thanks"]);
  const keys = server.requests.map(({ headers }) => headers["idempotency-key"]);
  assertEquals([keys.length, new Set(keys).size], [2, 1]);
});

Deno.test("network: a POST that certainly did not reach its server is an ordinary error", async () => {
  const server = new RawServer(() => {});
  await server[Symbol.asyncDispose]();
  const { said } = await playOrder(server, { uncertain: "retry" });
  assertMatch(said[0]!, /^TypeError: POST http:\S+\/orders failed: .*refused/i);
});

Deno.test("network: a GET with a lost answer is an ordinary error", async () => {
  await using server = new RawServer(losing(Infinity));
  const { said } = await playOrder(server, { uncertain: "fail", options: '{ method: "GET" }' });
  assertMatch(said[0]!, /^TypeError: GET http:\S+\/orders failed: /);
});

Deno.test("network: a run with a lost POST answer places one order, says that it is uncertain, and exits 0", async () => {
  await using server = new RawServer(losing(1));
  await using folder = await folderWith({
    "p.pb": order(server),
    "playbooks.toml": '[permissions]\nnet = ["127.0.0.1"]\n',
  });
  const run = await folder.run(["run", "p.pb"], { env: { PLAYBOOKS_TRUST: "1" } });
  assertEquals(run.code, 0, run.stderr);
  assertStringIncludes(run.stdout, "UncertainEffectError: POST");
  assertEquals(server.requests.map(({ method, body }) => `${method} ${body}`), ["POST one pen"]);
});

// Redirects.

Deno.test("network: a provider's redirect is an error that names the address, and nothing is sent there", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    await using other = new RawServer((_, answer) => answer.write(response("{}")));
    await using server = new RawServer((_, answer) =>
      answer.write(redirect(`${other.address}/v1/steal?token=1`, status))
    );
    const { events } = await ask({ baseUrl: `${server.address}/v1` });
    const [failed] = events;
    assert(failed?.type === "failed", JSON.stringify(events));
    assertStringIncludes(
      failed.failure.message,
      `redirects the request to ${other.address}/v1/steal, and nothing`,
    );
    assertEquals([server.requests.length, other.requests.length], [1, 0]);
  }
});

Deno.test("network: a redirect within a provider's own address is an error too", async () => {
  await using server = new RawServer((_, answer) => answer.write(redirect("/v2/chat/completions", 308)));
  const { events } = await ask({ baseUrl: `${server.address}/v1` });
  assert(events[0]?.type === "failed");
  assertStringIncludes(events[0].failure.message, `${server.address}/v2/chat/completions`);
  assertEquals(server.requests.length, 1);
});

Deno.test("network: models --test follows no redirect and exits 1", async () => {
  await using other = new RawServer((_, answer) => answer.write(response("{}")));
  await using server = new RawServer((_, answer) => answer.write(redirect(other.address, 307)));
  await using folder = await folderWith({
    "playbooks.toml":
      `[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "${server.address}/v1"\n`,
  });
  const run = await folder.run(["models", "--test"], {
    env: { OPENAI_API_KEY: "sk-secret", PLAYBOOKS_TRUST: "1" },
  });
  assertEquals(run.code, 1, run.stderr);
  assertStringIncludes(run.stdout, "redirects the request to");
  assertEquals(other.requests.length, 0);
});

/** Fetches in code, with permission for the hosts in `net`. */
async function fetchFrom(address: string, options: string, net: readonly string[]): Promise<Played> {
  const program = order({ address } as RawServer, options).replace("/orders", "");
  const { permissions } = defaultSettings;
  return await play(program, {
    fetch,
    settings: { ...defaultSettings, permissions: { ...permissions, net } },
  });
}

Deno.test("network: a redirect to a host without a permission is refused, and the error names the host", async () => {
  for (const host of ["localhost", "[::ffff:127.0.0.1]", "2130706433"]) {
    await using other = new RawServer((_, answer) => answer.write(response("secret")));
    const to = `http://${host}:${other.port}/admin`;
    await using server = new RawServer((_, answer) => answer.write(redirect(to)));
    const { said } = await fetchFrom(server.address, '{ method: "GET" }', [`127.0.0.1:${server.port}`]);
    const shown = new URL(to).host;
    assertMatch(said[0]!, /^PermissionError: GET /);
    assertStringIncludes(
      said[0]!,
      `Reaching ${shown} is not permitted; add "${shown}" to net under [permissions]`,
    );
    assertEquals(other.requests.length, 0);
  }
});

Deno.test("network: the last hop of a longer chain is checked too", async () => {
  await using other = new RawServer((_, answer) => answer.write(response("secret")));
  await using server = new RawServer((seen, answer) =>
    answer.write(
      redirect(seen.path === "/3" ? `http://localhost:${other.port}/` : `/${Number(seen.path.slice(1)) + 1}`),
    )
  );
  const { said } = await fetchFrom(`${server.address}/1`, '{ method: "GET" }', ["127.0.0.1"]);
  assertStringIncludes(said[0]!, "PermissionError");
  assertEquals([server.requests.length, other.requests.length], [3, 0]);
});

Deno.test("network: a redirect to another scheme, or to no address, is an error", async () => {
  for (const to of ["file:///etc/passwd", "javascript:alert(1)", "http://", "ftp://127.0.0.1/"]) {
    await using server = new RawServer((_, answer) => answer.write(redirect(to)));
    const { said } = await fetchFrom(server.address, '{ method: "GET" }', ["127.0.0.1"]);
    assertStringIncludes(said[0]!, "which is not an address of HTTP", to);
  }
});

Deno.test("network: endless redirects stop after 20", async () => {
  await using server = new RawServer((_, answer) => answer.write(redirect("/again")));
  const { said } = await fetchFrom(server.address, '{ method: "GET" }', ["127.0.0.1"]);
  assertStringIncludes(said[0]!, "sent on more than 20 times");
  assertEquals(server.requests.length, 21);
});

Deno.test("network: another origin gets no secret header, and the idempotency key stays", async () => {
  await using other = new RawServer((_, answer) => answer.write(response("ok")));
  await using server = new RawServer((_, answer) => answer.write(redirect(`${other.address}/b`, 307)));
  const options = `{ method: "POST", body: "order", headers: {
    Authorization: "Bearer s", Cookie: "c=1", "X-Api-Key": "k", "X-Auth-Token": "t", Accept: "text/plain" } }`;
  const { said } = await fetchFrom(server.address, options, ["127.0.0.1"]);
  assertEquals(said, ["200 ok"]);
  const [first, second] = [server.requests[0]!.headers, other.requests[0]!.headers];
  for (const name of ["authorization", "cookie", "x-api-key", "x-auth-token"]) {
    assertEquals([name in first, name in second], [true, false], name);
  }
  assertEquals([second["accept"], second["idempotency-key"]], ["text/plain", first["idempotency-key"]]);
  assert(first["idempotency-key"]);
});

Deno.test("network: the same origin keeps its headers over a redirect", async () => {
  await using server = new RawServer((seen, answer) =>
    answer.write(seen.path === "/b" ? response("ok") : redirect("/b"))
  );
  await fetchFrom(server.address, '{ method: "GET", headers: { Authorization: "Bearer s" } }', ["127.0.0.1"]);
  assertEquals(server.requests[1]!.headers["authorization"], "Bearer s");
});

Deno.test("network: a redirect changes methods and bodies as the Fetch standard says", async () => {
  for (
    const [method, status, then] of [
      ["POST", 301, "GET "],
      ["POST", 302, "GET "],
      ["POST", 303, "GET "],
      ["POST", 307, "POST order"],
      ["POST", 308, "POST order"],
      ["PUT", 301, "PUT order"],
      ["PUT", 303, "GET "],
      ["DELETE", 302, "DELETE order"],
    ] as const
  ) {
    await using server = new RawServer((seen, answer) =>
      answer.write(seen.path === "/b" ? response("ok") : redirect("/b", status))
    );
    await fetchFrom(server.address, `{ method: "${method}", body: "order" }`, ["127.0.0.1"]);
    const [, second] = server.requests;
    assertEquals(`${second!.method} ${second!.body}`, then, `${method} ${status}`);
    assertEquals("content-type" in second!.headers, then !== "GET ", `${method} ${status}`);
  }
});

Deno.test("network: a lost answer behind a redirect is uncertain if a server may have done the work", async () => {
  for (const [status, uncertain] of [[303, true], [307, false]] as const) {
    await using server = new RawServer((_, answer) =>
      answer.write(redirect(`http://127.0.0.1:${freePort()}/b`, status))
    );
    const { said } = await fetchFrom(server.address, '{ method: "POST", body: "order" }', ["127.0.0.1"]);
    assertEquals(said[0]!.startsWith("UncertainEffectError"), uncertain, said[0]);
  }
});

Deno.test("network: requests to the provider of each protocol follow no redirect", async () => {
  for (const provider of ["anthropic", "openai", "google", "openai-compatible"]) {
    await using server = new RawServer((_, answer) => answer.write(redirect("http://127.0.0.1:1/", 307)));
    const model = await openModel({
      provider,
      name: "m",
      baseUrl: `${server.address}/v1`,
      apiKeyEnv: "KEY",
      temperature: 0,
      maxOutputTokens: 10,
      stream: provider !== "google",
    }, { env: () => "secret" });
    const messages = [{ role: "user" as const, text: "Hello" }];
    const events = await Array.fromAsync(
      model.stream({ answer: "text", system: "", messages }, { signal: new AbortController().signal }),
    );
    assert(events[0]?.type === "failed", provider);
    assertStringIncludes(events[0].failure.message, "redirects the request to http://127.0.0.1:1/", provider);
    assertEquals(server.requests.length, 1, provider);
  }
});

/** A port without a listener. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
