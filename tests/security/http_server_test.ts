import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";
import { type Answer, serveIn, type ServeProcess } from "../support/serve_process.ts";
import { waitFor } from "../support/tool_servers.ts";

const waits = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "<script>alert(1)</script>" + await Yield("user"));
}
\`\`\`
`;

/** Sends a request as it is, with any host, and returns the answer. */
async function raw(
  { port }: ServeProcess,
  { method = "GET", path, host = `127.0.0.1:${port}`, headers = {}, body = "" }: {
    readonly method?: string;
    readonly path: string;
    readonly host?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  },
): Promise<{ readonly status: number; readonly text: string }> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = Object.entries({
    host,
    connection: "close",
    "content-length": String(body.length),
    ...headers,
  })
    .map(([name, value]) => `${name}: ${value}`);
  await connection.write(
    new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`),
  );
  const text = await new Response(connection.readable).text();
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text };
}

Deno.test("http server: DNS rebinding and posts of other sites reach nothing, also with the cookie of the page", async () => {
  await using folder = await folderWith({ "waits.pb": waits });
  const server = await serveIn(folder, ["waits.pb"]);
  const cookie = `playbooks-${server.port}=${server.token}`;
  const start = { method: "POST", path: "/v1/sessions", body: '{"program":"waits"}' };
  const json = { "content-type": "application/json" };
  const attacks: readonly Parameters<typeof raw>[1][] = [
    { path: "/v1/sessions", host: "evil.example", headers: { cookie } },
    { path: "/v1/sessions", host: `evil.example:${server.port}`, headers: { cookie } },
    { path: "/", host: `evil.example:${server.port}`, headers: { cookie } },
    { path: `/?token=${server.token}`, host: `evil.example:${server.port}` },
    { ...start, host: `evil.example:${server.port}`, headers: { cookie, ...json } },
    { ...start, headers: { cookie, ...json, origin: "http://evil.example" } },
    { ...start, headers: { cookie, ...json, origin: "null" } },
    { ...start, headers: { cookie, ...json, origin: "http://127.0.0.1:1" } },
    { ...start, headers: { cookie, ...json, "sec-fetch-site": "same-site" } },
    {
      path: "/v1/sessions",
      headers: { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    },
    { path: "/v1/sessions", headers: { cookie, "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" } },
  ];
  for (const attack of attacks) {
    const { status, text } = await raw(server, attack);
    assertEquals([attack, status], [attack, 403], text);
    assert(!text.includes(server.token) && !/set-cookie/i.test(text), text);
  }
  // A form of another site can send these types without a question of the browser.
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const { status } = await raw(server, { ...start, headers: { cookie, "content-type": type } });
    assertEquals([type, status], [type, 415]);
  }
  assertEquals((await server.get("/v1/sessions")).total, 0);
});

Deno.test("http server: no address answers without the token, and the first visit of a browser moves it into a cookie", async () => {
  await using folder = await folderWith({ "waits.pb": waits });
  const server = await serveIn(folder, ["waits.pb"]);
  const { paths } = await server.get<{ paths: Record<string, Record<string, unknown>> }>("/v1/openapi.json");
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path.replace("{session}", "x")] as const)
  );
  assert(all.length > 15);
  for (
    const [method, path] of [...all, ["GET", "/"], ["GET", "/v1/openapi.json"], ["GET", "/x"], [
      "OPTIONS",
      "/",
    ]] as const
  ) {
    const { status, text } = await raw(server, { method, path });
    assertEquals([method, path, status], [method, path, 401], text);
  }
  const first = await raw(server, { path: `/?token=${server.token}` });
  assertEquals(first.status, 303);
  const [, cookie] =
    /^set-cookie: ([^;]+); Path=\/; HttpOnly; SameSite=Strict$/im.exec(first.text.replaceAll("\r", "")) ?? [];
  assertStringIncludes(first.text, "location: /\r\n");
  assertEquals((await raw(server, { path: "/v1/sessions", headers: { cookie: cookie! } })).status, 200);
  assertEquals((await raw(server, { path: "/?token=wrong" })).status, 401);
});

Deno.test("http server: clients that are slow, silent or many do not keep others from the server", async () => {
  await using folder = await folderWith({ "waits.pb": waits });
  const server = await serveIn(folder, ["waits.pb"]);
  const { port } = server;
  const connections = await Promise.all(
    Array.from({ length: 200 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  const beginnings = [
    "",
    "GET / HTTP/1.1\r\nHo",
    "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
    "\0\0\0",
  ];
  for (const [index, connection] of connections.entries()) {
    await connection.write(new TextEncoder().encode(beginnings[index % 4]));
  }
  const id = await server.start("waits");
  await server.events(id, ({ line }) => line.type === "ask");
  await server.post(`/v1/sessions/${id}/messages`, { text: "</script>" });
  const events = await server.events(id, ({ line }) => line.type === "end");
  assertEquals(events.filter(({ line }) => line.type === "say").map(({ line }) => line["text"]), [
    "<script>alert(1)</script></script>",
  ]);
  for (const connection of connections) connection.close();
});

Deno.test("http server: an open stream does not keep the server from its end, and a client that leaves ends its stream", async () => {
  await using folder = await folderWith({ "waits.pb": waits });
  const server = await serveIn(folder, ["waits.pb"]);
  const id = await server.start("waits");
  // Each of these leaves at once; more than the bound of open streams. The server notices it within about a second.
  for (let count = 0; count < 120; count++) {
    await waitFor(() => server.events(id, ({ line }) => line.type === "session"));
  }
  const open = server.events(id, () => false).catch((error) => error);
  await server.events(id, ({ line }) => line.type === "ask");
  assertEquals((await server.stop()).code, 0);
  await open;
});

Deno.test("http server: a token file is made for its owner alone, is read again, and is never printed", async () => {
  await using folder = await folderWith({});
  const args = ["--token-file", "secret/token"];
  const without = await folder.run(["serve", ...args]);
  assertEquals(without.code, 2);
  assertStringIncludes(without.stderr, "Cannot use the token file");
  await Deno.mkdir(`${folder.path}/secret`);
  const path = `${folder.path}/secret/token`;
  const start = async () => {
    const process = folder.start(["serve", ...args, "--json"]);
    await process.until("\n");
    return process;
  };
  const first = await start();
  const token = Deno.readTextFileSync(path).trim();
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  const { origin, address, tokenFile } = JSON.parse(first.stdout);
  assertEquals([address, tokenFile], [`${origin}/`, "secret/token"]);
  const get = (origin: string) =>
    fetch(`${origin}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } });
  const answer: Answer = await (await get(origin)).json();
  assertEquals(answer.total, 0);
  first.kill("SIGTERM");
  const ended = await first.finished;
  assert(!`${ended.stdout}${ended.stderr}`.includes(token));
  const second = await start();
  assertEquals((await get(JSON.parse(second.stdout).origin)).status, 200);
  second.kill("SIGTERM");
  await second.finished;
  await Deno.chmod(path, 0o666);
  const refused = await folder.run(["serve", ...args]);
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, "other users can change it");
  await Deno.chmod(path, 0o600);
  Deno.writeTextFileSync(path, "short");
  assertStringIncludes((await folder.run(["serve", ...args])).stderr, "its content is no token");
});

Deno.test("http server: it listens for other machines only with a token that is kept, and says if a port is taken", async () => {
  await using folder = await folderWith({});
  const open = await folder.run(["serve", "--host", "0.0.0.0"]);
  assertEquals(open.code, 2);
  assertStringIncludes(open.stderr, "--token-file");
  const server = await serveIn(folder, []);
  const taken = await folder.run(["serve", "--port", String(server.port)]);
  assertEquals(taken.code, 2);
  assertStringIncludes(taken.stderr, `Cannot listen on 127.0.0.1, port ${server.port}`);
});
