import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { maskedAddress, type ModelRequest, openModel } from "../../src/model/mod.ts";
import { noProxyWithLoopback } from "../../src/model/proxy.ts";
import { PlaybooksError } from "../../src/errors.ts";
import { settingsOf } from "../model/asking.ts";
import { folderWith } from "../support/playbooks_process.ts";

const program = "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say hello\n- End program\n";

/** A server that records its requests, and answers each with an error that repeats the request. */
function echo() {
  const seen: { url: string; authorization: string | null }[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const url = new URL(request.url);
    seen.push({ url: url.pathname + url.search, authorization: request.headers.get("authorization") });
    const said = `bad request to ${request.url} by ${request.headers.get("authorization")}`;
    return Response.json({ error: { message: said } }, { status: 400 });
  });
  const { port } = server.addr as Deno.NetAddr;
  return { seen, port, [Symbol.asyncDispose]: () => server.shutdown() };
}

const request: ModelRequest = {
  answer: "code",
  system: "",
  messages: [{ role: "user", text: "[turn 1 of A]" }],
};

/** The output for a person when a model at this address gets a request. */
async function failureAt(baseUrl: string, provider = "openai-compatible", key?: string): Promise<string> {
  const model = await openModel(settingsOf(baseUrl, { provider }), {
    env: () => key,
    sendsKeyTo: () => true,
  });
  for await (const event of model.stream(request, { signal: AbortSignal.timeout(20_000) })) {
    if (event.type === "failed") return event.failure.message;
    assert(event.type !== "retrying", JSON.stringify(event));
  }
  throw new Error("it answered");
}

Deno.test("keys: an address keeps its query and loses the name of an endpoint", async () => {
  await using server = echo();
  const at = `http://127.0.0.1:${server.port}`;
  const paths: readonly (readonly [provider: string, address: string, asked: string])[] = [
    ["openai-compatible", `${at}/v1`, "/v1/chat/completions"],
    ["openai-compatible", `${at}/v1//`, "/v1/chat/completions"],
    ["openai-compatible", `${at}/v1/chat/completions`, "/v1/chat/completions"],
    ["openai-compatible", `${at}/v1/chat/completions/`, "/v1/chat/completions"],
    ["openai-compatible", `${at}/v1?api-version=2024-10-21`, "/v1/chat/completions?api-version=2024-10-21"],
    ["openai-compatible", `${at}/v1/chat/completions?a=1&b=x%20y`, "/v1/chat/completions?a=1&b=x+y"],
    ["openai-compatible", `${at}/v1#part`, "/v1/chat/completions"],
    ["openai-compatible", at, "/chat/completions"],
    ["openai", `${at}/v1/responses`, "/v1/responses"],
    ["openai", `${at}/v1/chat/completions?x=1`, "/v1/responses?x=1"],
    ["anthropic", `${at}/v1/messages`, "/v1/messages"],
    ["google", `${at}/v1beta/models`, "/v1beta/models/tiny:streamGenerateContent?alt=sse"],
    ["google", `${at}/v1beta?key=abcd`, "/v1beta/models/tiny:streamGenerateContent?alt=sse&key=abcd"],
  ];
  for (const [provider, address, asked] of paths) {
    await failureAt(address, provider, "secret-key");
    assertEquals(server.seen.at(-1)!.url, asked, address);
  }
});

Deno.test("keys: a password in an address is sent and never shown, and a key replaces it", async () => {
  await using server = echo();
  const address = `http://me:hun%40ter2@127.0.0.1:${server.port}/v1?token=hunter3`;
  const without = await failureAt(address);
  assertEquals(server.seen.at(-1), {
    url: "/v1/chat/completions?token=hunter3",
    authorization: `Basic ${btoa("me:hun@ter2")}`,
  });
  const withKey = await failureAt(address, "openai-compatible", "sk-hunter4");
  assertEquals(server.seen.at(-1)!.authorization, "Bearer sk-hunter4");
  const refused = await failureAt("http://me:hunter2@127.0.0.1:9/v1?token=hunter3");
  assertStringIncludes(refused, "http://127.0.0.1:9/v1");
  for (const shown of [without, withKey, refused]) {
    assert(!/hun(ter|%40|@)|aHVu|bWU6/.test(shown), shown);
  }
});

Deno.test("keys: a password is masked wherever it stands in an address, also in a malformed address", async () => {
  const masked: readonly (readonly [string, string])[] = [
    ["https://me:pw@host/v1", "https://****@host/v1"],
    ["https://me:p@w:d@host/v1?token=t#x", "https://****@host/v1?****"],
    ["https://token@host", "https://****@host"],
    ["me:pw@host/v1", "****@host/v1"],
    ["https://host/v1#secret", "https://host/v1#****"],
    ["https://host/@me/v1", "https://host/@me/v1"],
  ];
  for (const [address, shown] of masked) assertEquals(maskedAddress(address), shown);
  for (
    const address of ["me:hunter2@host/v1", "ftp://me:hunter2@host/?t=hunter2", "http://me:hunter2@[x]/"]
  ) {
    const error = await assertRejects(
      () => openModel(settingsOf(address), { env: () => undefined }),
      PlaybooksError,
    );
    assertStringIncludes(error.message, "is not an address");
    assert(!error.message.includes("hunter2"), error.message);
  }
});

Deno.test("keys: a key that no header can carry is refused before a session begins, by its variable's name", async () => {
  for (
    const key of [
      "sk-hun\nter",
      "sk-hunter\r\nX-Other: 1",
      "sk-hun\u2028ter",
      "schlüssel-hunter",
      "hunter\u0000",
    ]
  ) {
    const error = await assertRejects(
      () => openModel(settingsOf("http://127.0.0.1:9"), { env: () => key, sendsKeyTo: () => true }),
      PlaybooksError,
    );
    assertEquals(error.exitCode, 2);
    assertStringIncludes(error.message, "the key in OPENAI_API_KEY has a");
    assert(!/hun|ter|schl/.test(error.message.replace("character", "")), error.message);
  }
  await using folder = await folderWith({ "a.pb": program });
  const env = { PLAYBOOKS_STATE_DIR: `${folder.path}/state`, OPENAI_API_KEY: "sk-hun\nter" };
  for (const args of [["run", "a.pb"], ["run", "a.pb", "--json"], ["models", "--test"]]) {
    const ran = await folder.run(args, { env });
    assert(ran.code === 2 || ran.code === 1, ran.stderr);
    assertStringIncludes(ran.stderr + ran.stdout, "a line break");
    assert(!/hun/.test(ran.stderr + ran.stdout), ran.stderr);
  }
  assertEquals(folder.sessions(), []);
});

/** A proxy that records its requests. */
function proxyServer() {
  const seen: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    seen.push(request.url);
    return new Response("no", { status: 502 });
  });
  const { port } = server.addr as Deno.NetAddr;
  return { seen, address: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("keys: a request to this machine uses no proxy, whatever the environment says", async () => {
  await using server = echo();
  await using proxy = proxyServer();
  await using folder = await folderWith({ "a.pb": program });
  for (const host of ["127.0.0.1", "localhost"]) {
    for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) {
      const env = {
        PLAYBOOKS_STATE_DIR: `${folder.path}/state`,
        PLAYBOOKS_MODEL__PROVIDER: "openai-compatible",
        PLAYBOOKS_MODEL__NAME: "m",
        PLAYBOOKS_MODEL__BASE_URL: `http://${host}:${server.port}/v1`,
        [name]: proxy.address,
        NO_PROXY: "other.example",
        // Deno sometimes checks for its newest version when it runs the program from source.
        DENO_NO_UPDATE_CHECK: "1",
      };
      const before = server.seen.length;
      await folder.run(["run", "a.pb"], { env });
      assertEquals([server.seen.length, proxy.seen], [before + 1, []], `${host} ${name}`);
    }
  }
});

Deno.test("keys: an error of a request through a proxy names the proxy without its password", async () => {
  await using folder = await folderWith({ "a.pb": program });
  const own = { PLAYBOOKS_STATE_DIR: `${folder.path}/state`, OPENAI_API_KEY: "sk-x" };
  const through = await folder.run(["run", "a.pb"], {
    env: { ...own, HTTPS_PROXY: "http://me:hunter2@127.0.0.1:9" },
  });
  assertEquals(through.code, 1, through.stderr);
  assertStringIncludes(
    through.stderr,
    "Cannot reach https://api.openai.com/v1 through the proxy http://****@127.0.0.1:9 (HTTPS_PROXY): " +
      "connection refused; check the proxy, or name the host in NO_PROXY",
  );
  assert(!through.stderr.includes("hunter2"));
});

Deno.test("keys: NO_PROXY keeps the user's exceptions, and without a proxy it stays unchanged", () => {
  const env = (variables: Record<string, string>) => (name: string) => variables[name];
  assertEquals(noProxyWithLoopback(env({ NO_PROXY: "a.example" })), undefined);
  const all = "localhost,127.0.0.0/8,::1";
  assertEquals(noProxyWithLoopback(env({ https_proxy: "http://p" })), all);
  assertEquals(
    noProxyWithLoopback(env({ HTTP_PROXY: "http://p", no_proxy: "a.example, b.example" })),
    `a.example,b.example,${all}`,
  );
});
