import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker";
import { folderWith } from "../support/playbooks_process.ts";
import { type Answer, serveIn, type ServeProcess } from "../support/serve_process.ts";

const asks = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin(city = "Lyon") {
  state.city = city;
  await Say("user", "Which size?");
  await Say("user", "You said " + await Yield("user"));
}
\`\`\`
`;

/** A request for each operation, in an order in which each succeeds. */
const calls: readonly (readonly [
  id: string,
  request: (ids: { a: string; b: string }) => {
    readonly path?: string;
    readonly query?: string;
    readonly body?: unknown;
  },
])[] = [
  ["listPrograms", () => ({})],
  ["startSession", () => ({ body: { program: "asks", parameters: { city: "Rome" } } })],
  ["listSessions", () => ({ query: "?status=waiting,running,queued,stopped&sort=age&limit=10" })],
  ["searchSessions", () => ({ query: "?text=size" })],
  ["showSession", ({ a }) => ({ path: a })],
  ["showState", ({ a }) => ({ path: a, query: "?position=3&maxCharacters=100" })],
  ["readStory", ({ a }) => ({ path: a, query: "?from=1&to=9&limit=3" })],
  ["readTail", ({ a }) => ({ path: a })],
  ["readOutline", ({ a }) => ({ path: a, query: "?from=1" })],
  ["readRows", ({ a }) => ({ path: a, query: "?from=1&limit=50&kinds=words,heard" })],
  ["listTurns", ({ a }) => ({ path: a })],
  ["readWrites", ({ a }) => ({ path: a, query: "?agent=1000&name=city" })],
  ["readSource", ({ a }) => ({ path: a })],
  ["diffSessions", ({ a, b }) => ({ path: a, query: `?with=${b}&b=4` })],
  ["searchSession", ({ a }) => ({ path: a, query: "?text=size" })],
  ["renameSession", ({ a }) => ({ path: a, body: { name: "first" } })],
  ["stopSession", ({ a }) => ({ path: a })],
  ["resumeSession", ({ a }) => ({ path: a, body: {} })],
  ["forkSession", ({ a }) => ({ path: a, body: { set: { "state.city": "Bonn" } } })],
  ["postMessage", ({ a }) => ({ path: a, body: { text: "large" } })],
  ["stopSession", ({ b }) => ({ path: b })],
  ["removeSession", ({ b }) => ({ path: b })],
];

Deno.test("serve: each operation of the OpenAPI document answers as the document says, and there is no other one", async () => {
  await using folder = await folderWith({ "asks.pb": asks });
  const server = await serveIn(folder, ["asks.pb"]);
  const document = await server.get("/v1/openapi.json");
  assertEquals(document.openapi, "3.1.0");
  const operations = new Map(
    Object.entries(document.paths as Record<string, Record<string, Answer>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) =>
        [operation.operationId, { path, method, operation }] as const
      )
    ),
  );
  // Streams, decisions and turns have tests of their own.
  assertEquals(
    [...operations.keys()].sort(),
    [...new Set(calls.map(([id]) => id)), "watchSession", "decide", "readTurn"].sort(),
  );
  const ids = { a: await asking(server), b: await asking(server) };
  for (const [id, request] of calls) {
    const { path, method, operation } = operations.get(id)!;
    const { path: session = "", query = "", body } = request(ids);
    if (body !== undefined) {
      const { schema } = operation.requestBody.content["application/json"];
      assertEquals([id, faults(schema, body)], [id, undefined]);
    }
    const response = await server.send(
      method.toUpperCase(),
      path.replace("{session}", session) + query,
      body,
    );
    const text = await response.text();
    const described = operation.responses[response.status];
    assert(described !== undefined, `${id}: ${response.status} ${text}`);
    const schema = described.content?.["application/json"].schema;
    if (schema) assertEquals([id, faults(schema, JSON.parse(text))], [id, undefined]);
    else assertEquals([id, text], [id, ""]);
  }
});

Deno.test("serve: the outline leads to the rows of a story, and to the code and the prompt of a turn", async () => {
  const steps =
    '# Greeter\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say "Hello"\n- End program\n';
  await using folder = await folderWith({ "greet.pb": steps });
  const server = await serveIn(folder, ["greet.pb"]);
  const id = await server.start("greet");
  await server.events(id, ({ line }) => line.type === "program-end");
  const path = `/v1/sessions/${id}`;
  let outline;
  // On a busy machine, even a short story comes in parts.
  do outline = await server.get(`${path}/outline`); while (!outline.isWhole);
  const { rows } = await server.get(`${path}/rows?limit=1000`);
  assertEquals([outline.isWhole, outline.rows, outline.kinds.length], [true, rows.length, rows.length]);
  const words = (await server.get(`${path}/rows?kinds=words`)).rows;
  assertEquals(words.map(({ text }: Answer) => text), ["Hello"]);
  assertEquals(rows[words[0].row].text, "Hello");
  const { turns } = await server.get(`${path}/turns`);
  assertEquals(turns.length, 1);
  const turn = await server.get(`${path}/turn?row=${turns[0].row}`);
  assertStringIncludes(turn.code, "Hello");
  assertStringIncludes(turn.prompt, "[turn 1 of Main");
  const other = await server.fetch(`${path}/turn?row=0`);
  assertEquals([other.status, (await other.json()).title], [404, "There is nothing here"]);
});

async function asking(server: ServeProcess): Promise<string> {
  const id = await server.start("asks");
  await server.events(id, ({ line }) => line.type === "ask");
  return id;
}

/** Why a value does not fit a schema; `undefined` if it does. */
function faults(schema: object, value: unknown): string | undefined {
  const result = new CfWorkerJsonSchemaValidator().getValidator(schema)(value);
  return result.valid ? undefined : `${result.errorMessage} in ${JSON.stringify(value)}`;
}

Deno.test("serve: a wrong request gets a problem that says what failed and what to do, and never a stack", async () => {
  await using folder = await folderWith({
    "asks.pb": asks,
    "broken.pb": "# A\n## B\n### Triggers\n- At the beginning\n### Steps\n- {$\n```python\nx\n```\n",
  });
  const server = await serveIn(folder, ["asks.pb", "broken.pb"]);
  const id = await asking(server);
  const json = { "content-type": "application/json" };
  const start = (body: unknown): RequestInit => ({
    method: "POST",
    headers: json,
    body: JSON.stringify(body),
  });
  const cases:
    readonly (readonly [path: string, init: RequestInit, status: number, kind: string, detail: string])[] = [
      ["/v1/nothing", {}, 404, "not-found", "/v1/openapi.json"],
      ["/v1/sessions/nobody", {}, 404, "no-such-session", '"nobody" not found'],
      ["/v1/sessions/%00", {}, 404, "no-such-session", "not found"],
      ["/v1/sessions/%20", {}, 400, "bad-request", "empty"],
      ["/v1/sessions/..%2f..%2fetc%2fpasswd", {}, 404, "no-such-session", "not found"],
      [`/v1/sessions/${id}?position=999`, {}, 404, "no-such-session", "999"],
      [`/v1/sessions/${id}?position=-1`, {}, 400, "bad-request", "position"],
      [`/v1/sessions/${id}?positon=1`, {}, 400, "bad-request", "positon"],
      [`/v1/sessions/${id}/events?from=x`, {}, 400, "bad-request", '"x"'],
      ["/v1/sessions?status=runing", {}, 400, "bad-request", "did you mean running"],
      ["/v1/sessions", { method: "PUT" }, 405, "wrong-method", "POST, GET"],
      [
        "/v1/sessions",
        { method: "POST", body: "{}", headers: { "content-type": "text/plain" } },
        415,
        "wrong-type",
        "application/json",
      ],
      ["/v1/sessions", { method: "POST", headers: json }, 400, "bad-request", "empty"],
      ["/v1/sessions", { method: "POST", headers: json, body: "{" }, 400, "bad-request", "not JSON"],
      [
        "/v1/sessions",
        { method: "POST", headers: json, body: "[".repeat(100_000) },
        400,
        "bad-request",
        "not JSON",
      ],
      [
        "/v1/sessions",
        { method: "POST", headers: json, body: Uint8Array.of(0x22, 0xff, 0x22) },
        400,
        "bad-request",
        "not text in UTF-8",
      ],
      [
        "/v1/sessions",
        { method: "POST", headers: json, body: '{"program":"asks","parameters":{"city":[1e999]}}' },
        400,
        "bad-request",
        "parameters.city.0: the number is too large",
      ],
      ["/v1/sessions", start({}), 400, "bad-request", "program: it is missing; it takes a text"],
      ["/v1/sessions", start([]), 400, "bad-request", "body: it takes an object, not a list"],
      ["/v1/sessions", start({ program: 1 }), 400, "bad-request", "program: it takes a text, not a number"],
      ["/v1/sessions", start({ program: "asks", name: "" }), 400, "bad-request", "at least 1 characters"],
      [
        "/v1/sessions",
        start({ program: "asks", parameters: [] }),
        400,
        "bad-request",
        "parameters: it takes an object",
      ],
      ["/v1/sessions?sort=x", {}, 400, "bad-request", "sort: it takes one of age, "],
      ["/v1/search", {}, 400, "bad-request", "text: it is missing; it takes a text"],
      [`/v1/sessions/${id}/turn`, {}, 400, "bad-request", "row: it is missing; it takes a number"],
      [
        `/v1/sessions/${id}/fork`,
        start({ position: 1.5 }),
        400,
        "bad-request",
        "position: it takes a whole number",
      ],
      [
        `/v1/sessions/${id}/decisions`,
        start({ effect: "x" }),
        400,
        "bad-request",
        "choice: it is missing; it takes one of",
      ],
      ["/v1/sessions", start({ program: "asks", prameters: {} }), 400, "bad-request", "prameters"],
      ["/v1/sessions", start({ program: "other" }), 400, "bad-request", "it has asks, broken"],
      ["/v1/sessions", start({ program: "/etc/passwd" }), 400, "bad-request", "it has asks, broken"],
      ["/v1/sessions", start({ program: "asks", parameters: { town: "x" } }), 400, "bad-request", "city"],
      ["/v1/sessions", start({ program: "broken" }), 400, "bad-request", "broken.pb:"],
      ["/v1/sessions", start({ program: "asks", name: "a/b" }), 400, "bad-request", "name"],
      ["/v1/sessions", start({ program: "asks", model: "nobody:x" }), 400, "bad-request", "nobody"],
      ["/v1/sessions", start({ program: "asks", text: "x".repeat(2 ** 20) }), 413, "too-large", "1048576"],
      [`/v1/sessions/${id}/messages`, start({ text: "x", person: "Bob" }), 400, "bad-request", '"Bob"'],
      [
        `/v1/sessions/${id}/messages`,
        { ...start({ text: "x" }), headers: { ...json, "idempotency-key": "ä" } },
        400,
        "bad-request",
        "Idempotency-Key",
      ],
      [
        `/v1/sessions/${id}/decisions`,
        start({ effect: "7/1", choice: "retry" }),
        409,
        "conflict",
        "no open effect",
      ],
      [`/v1/sessions/${id}/fork`, start({ set: { nonsense: 1 } }), 400, "bad-request", "nonsense"],
      [`/v1/sessions/${id}/fork`, start({ position: 1 }), 400, "bad-request", "only begin it"],
    ];
  for (const [path, init, status, kind, detail] of cases) {
    const response = await server.fetch(path, init);
    const text = await response.text();
    const label = `${init.method ?? "GET"} ${path} ${String(init.body ?? "").slice(0, 100)}`;
    assertEquals([label, response.status, response.headers.get("content-type")], [
      label,
      status,
      "application/problem+json",
    ], text);
    const problem = JSON.parse(text);
    assertEquals([label, problem.type, problem.status], [label, `urn:playbooks:${kind}`, status]);
    assertStringIncludes(problem.detail, detail);
    assert(!/\bat .*\.ts|file:\/\//.test(text), text);
    assert(!commandLine.test(text), text);
    assert(!/Invalid |expected .*received|Unrecognized/.test(text), text);
  }
  assertEquals((await server.get("/v1/sessions")).total, 1);
});

/** The words of the command line, which a client of the API does not have. */
const commandLine = /--\w|command line|\bFILES\b|\bplaybooks (?:run|resume|sessions)\b|this command/;

Deno.test("serve: a problem names the fields of the request, and other requests, but no flag and no command", async () => {
  await using folder = await folderWith({
    "order.pb":
      `# Shop\n\`\`\`ts\n/** @trigger At the beginning */\nexport async function Begin(city: string, count: number, sizes: string[] = []) {\n  await Say("user", "How?");\n  await Yield("user");\n}\n\`\`\`\n`,
    "greet.pb":
      "# Greeter\n## Main($startup_message)\n### Triggers\n- At the beginning\n### Steps\n- Ask user for $name\n",
    "plain.pb": "# Plain\n## Main\npublic: true\n### Steps\n- Say hello\n",
  });
  const other = folder.start(["run", "order.pb", "--city", "Lyon", "--count", "1", "--name", "elsewhere"]);
  await other.until("How?");
  const server = await serveIn(folder, ["order.pb", "greet.pb", "plain.pb"]);
  const place = { city: "Rome", count: 2 };
  const order = (more: object) => ["POST", "/v1/sessions", { program: "order", ...more }] as const;
  const own = "/v1/sessions/elsewhere";
  const cases: readonly (readonly [
    request: readonly [method: string, path: string, body?: object],
    fields: string,
    detail: string,
  ])[] = [
    [order({}), "parameters.city parameters.count", "GET /v1/programs lists the parameters"],
    [
      order({ parameters: { town: "x" } }),
      "parameters.town parameters.city parameters.count",
      "there is no such parameter",
    ],
    [
      order({ parameters: { ...place, count: "many" } }),
      "parameters.count",
      "parameters.count is many, and must be a number",
    ],
    [order({ parameters: { ...place, sizes: "[1" } }), "parameters.sizes", "must be a list"],
    [
      order({ parameters: { ...place, startup_message: "x" } }),
      "parameters.startup_message",
      "send it as message",
    ],
    [
      order({ parameters: place, call: "Begin()" }),
      "parameters.city parameters.count",
      "the call has the arguments",
    ],
    [order({ call: "Begin(" }), "call", "cannot be read"],
    [order({ parameters: place, model: "big" }), "model", "names no provider"],
    [order({ parameters: place, name: "elsewhere" }), "", "choose another name"],
    [["POST", "/v1/sessions", { program: "greet" }], "message", "Main needs it"],
    [["POST", "/v1/sessions", { program: "plain" }], "program", "Or start it with call"],
    [["GET", "/v1/sessions?status=running,gone"], "status", "gone"],
    [["GET", "/v1/sessions?since=soon"], "since", "soon"],
    [["GET", "/v1/sessions?limit=few"], "limit", "few"],
    [["GET", "/v1/sessions?sort=best"], "sort", "sort"],
    [["GET", "/v1/sessions/nobody"], "", "list all with: GET /v1/sessions"],
    [["POST", `${own}@2/stop`, {}], "", "POST /v1/sessions/elsewhere/fork with position 2"],
    [["POST", `${own}/decisions`, { effect: "f1", choice: "retry" }], "effect", "no open effect"],
    [["POST", `${own}/fork`, { set: { nonsense: 1 } }], "set", "nonsense"],
    [["POST", `${own}/fork`, { set: { "state.gone": 1 } }], "", "There is no variable state.gone"],
    [["POST", `${own}/resume`], "", "stop it with: POST /v1/sessions/"],
    [["DELETE", own], "", "stop it with: POST /v1/sessions/"],
  ];
  for (const [[method, path, body], fields, detail] of cases) {
    const problem = await (await server.send(method, path, body)).json();
    const label = `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(problem)}`;
    assertEquals((problem.errors ?? []).map(({ field }: Answer) => field).join(" "), fields, label);
    assertStringIncludes(problem.detail, detail, label);
    assert(!commandLine.test(JSON.stringify(problem)), label);
  }
  assertEquals((await server.get("/v1/sessions")).total, 1);
});

/** Sends a body without a length, in chunks of 64 KiB, until the answer comes. Returns the answer and the number of chunks. */
async function sendUntilAnswered(
  { port, token }: ServeProcess,
  path: string,
): Promise<{ readonly answer: string; readonly sent: number }> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const write = async (text: string) => {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
  };
  await write(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n` +
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
  );
  let sent = 0;
  let isAnswered = false;
  const sending = (async () => {
    for (; !isAnswered && sent < 1000; sent++) await write(`10000\r\n${" ".repeat(65536)}\r\n`);
    // The server may close the connection of a client that goes on.
  })().catch(() => {});
  const bytes = new Uint8Array(65536);
  let answer = "";
  for (let count: number | null = 1; count !== null && !answer.endsWith("}\n");) {
    count = await connection.read(bytes);
    answer += new TextDecoder().decode(bytes.subarray(0, count ?? 0));
    isAnswered = true;
  }
  await sending;
  return { answer, sent };
}

Deno.test("serve: a body without a length is counted while it arrives", async () => {
  await using folder = await folderWith({ "asks.pb": asks });
  const server = await serveIn(folder, ["asks.pb"]);
  const { answer, sent } = await sendUntilAnswered(server, "/v1/sessions");
  assertMatch(answer, /^HTTP\/1\.1 413 /);
  assertStringIncludes(answer, '"type":"urn:playbooks:too-large"');
  assert(sent >= 16 && sent < 1000, `${sent} chunks`);
});

Deno.test("serve: a client that leaves in the middle of its body or of its stream is not reported", async () => {
  await using folder = await folderWith({ "asks.pb": asks });
  const server = await serveIn(folder, ["asks.pb"]);
  const id = await server.start("asks");
  const head = `Host: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n`;
  const requests = [
    `POST /v1/sessions HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
    `GET /v1/sessions/${id}/events HTTP/1.1\r\n${head}\r\n`,
  ];
  for (const request of requests) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await connection.write(new TextEncoder().encode(request));
    await server.get("/v1/programs");
    connection.close();
  }
  await server.get("/v1/programs");
  await server.stop();
  assertEquals(server.process.stderr.includes("fault of playbooks"), false, server.process.stderr);
});

Deno.test("serve: every answer forbids other sites to read, frame or cache it, and no answer permits another origin", async () => {
  await using folder = await folderWith({});
  const server = await serveIn(folder, []);
  const requests: readonly [string, RequestInit][] = [
    ["/", {}],
    ["/v1/sessions", {}],
    ["/v1/nothing", {}],
    ["/v1/sessions", { headers: { authorization: "" } }],
    ["/v1/sessions", { method: "OPTIONS", headers: { origin: "http://evil.example" } }],
    ["/v1/sessions", { headers: { origin: "http://evil.example" } }],
  ];
  for (const [path, init] of requests) {
    const response = await server.fetch(path, init);
    await response.body?.cancel();
    const { headers } = response;
    assertStringIncludes(headers.get("content-security-policy") ?? "", "default-src 'none'");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    assertEquals([...headers.keys()].filter((name) => name.startsWith("access-control")), []);
  }
});
