import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HookServer } from "../support/hook_server.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

const asks = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "Which colour? $(touch hacked) token-of-the-test");
  await Say("user", "Thanks for " + await Yield("user"));
}
\`\`\`
`;

const fails = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  throw new Error("no more paper");
}
\`\`\`
`;

interface Body {
  readonly key: string;
  readonly event: string;
  readonly session: string;
  readonly status: string;
  readonly exit?: number;
  readonly question?: { readonly klass: string; readonly person: string; readonly text?: string };
  readonly error?: string;
  readonly link?: string;
  readonly command: string;
}

function bodiesOf(server: HookServer): readonly Body[] {
  return server.requests.map(({ text }) => JSON.parse(text));
}

function toml(server: HookServer, more = ""): string {
  return `[model]\nprovider = "rehearsal"\n[notify]\nurl = "${
    server.url.replace("//", "//ann:pa%20ss@")
  }/hook/s3cret"\n${more}`;
}

function started(folder: TestFolder, ...args: string[]) {
  return folder.run(["run", "asks.pb", "--non-interactive", ...args], { env: environment });
}

const environment = { HOOK_TOKEN: "token-of-the-test" };

Deno.test("notify: a wait and the end are posted once each, with keys, a link, and no secret", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({
    "asks.pb": asks,
    "playbooks.toml": toml(server, 'token_env = "HOOK_TOKEN"\nlink = "https://desk.example/s/{id}"\n'),
  });
  const waits = await started(folder, "--name", "order-1");
  assertEquals(waits.code, 75, waits.stderr);
  const id = folder.onlySession();
  const [{ path, headers } = server.requests[0]!] = server.requests;
  assertEquals([path, headers.get("authorization")], ["/hook/s3cret", "Bearer token-of-the-test"]);
  const [body] = bodiesOf(server);
  assertEquals(headers.get("idempotency-key"), body!.key);
  assertMatch(body!.key, new RegExp(`^${id}:waiting:f\\d+/\\d+@\\d+$`));
  const { event, session, status, exit, question, link, command } = body!;
  assertEquals([event, session, status, exit], ["waiting", id, "waiting", 75]);
  assertEquals([question?.klass, question?.person], ["Clerk", "user"]);
  assertEquals(question?.text, "Which colour? $(touch hacked) ****");
  assertEquals(link, `https://desk.example/s/${id}`);
  assertEquals(command, `playbooks resume ${id} --message TEXT`);

  const again = await folder.run(["resume", id, "--non-interactive"], { env: environment });
  assertEquals([again.code, server.requests.length], [75, 1]);
  const ends = await folder.run(["resume", id, "--message", "blue"], { env: environment });
  assertEquals(ends.code, 0, ends.stderr);
  assertEquals(bodiesOf(server).map((each) => each.event), ["waiting", "completed"]);
  const last = bodiesOf(server)[1]!;
  assertEquals([last.status, last.exit, last.question], ["completed", 0, undefined]);
  assertMatch(last.key, new RegExp(`^${id}:completed:end@\\d+$`));
  assert(!(await folder.run(["config", "show"])).stdout.includes("s3cret"));
});

Deno.test("notify: a failure is posted with its reason", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({ "fails.pb": fails, "playbooks.toml": toml(server) });
  assertEquals((await folder.run(["run", "fails.pb"])).code, 1);
  const [body] = bodiesOf(server);
  assertEquals(server.requests[0]!.headers.get("authorization"), `Basic ${btoa("ann:pa ss")}`);
  assertEquals([body?.event, body?.status, body?.exit], ["failed", "failed", 1]);
  assertStringIncludes(body?.error ?? "", "no more paper");
});

Deno.test("notify: the command gets JSON and variables, no shell reads it, and no key", async () => {
  const script = `#!/bin/sh
/bin/cat > got.json
echo "$1|$PLAYBOOKS_NOTIFY_EVENT|$PLAYBOOKS_NOTIFY_QUESTION|$OPENAI_API_KEY$PLAYBOOKS_KEY|$OTHER" > got.txt
`;
  const command = `command = './hook.sh "$(touch hacked); two words"'\n`;
  await using folder = await folderWith({
    "asks.pb": asks,
    "hook.sh": script,
    "playbooks.toml": `[model]\nprovider = "rehearsal"\n[notify]\n${command}`,
  });
  await Deno.chmod(`${folder.path}/hook.sh`, 0o755);
  const { code, stderr } = await folder.run(["run", "asks.pb", "--non-interactive"], {
    env: { OPENAI_API_KEY: "key-of-the-test", PLAYBOOKS_KEY: "key-of-the-store", OTHER: "here" },
  });
  assertEquals([code, stderr.includes("notification")], [75, false], stderr);
  const body: Body = JSON.parse(await Deno.readTextFile(`${folder.path}/got.json`));
  assertEquals([body.event, body.session], ["waiting", folder.onlySession()]);
  assertEquals(
    await Deno.readTextFile(`${folder.path}/got.txt`),
    "$(touch hacked); two words|waiting|Which colour? $(touch hacked) token-of-the-test||here\n",
  );
  assertEquals([...Deno.readDirSync(folder.path)].some(({ name }) => name === "hacked"), false);
});

Deno.test("notify: a command that does not end is stopped with its children, and the exit code stays", async () => {
  await using folder = await folderWith({
    "asks.pb": asks,
    "hook.sh": "#!/bin/sh\n/bin/sleep 600 &\necho $! > child.pid\nwait\n",
    "playbooks.toml":
      '[model]\nprovider = "rehearsal"\n[notify]\ncommand = "./hook.sh"\ntimeout_seconds = 1\n',
  });
  await Deno.chmod(`${folder.path}/hook.sh`, 0o755);
  const { code, stderr } = await started(folder);
  assertEquals(code, 75);
  assertStringIncludes(stderr, "was not sent: the command ./hook.sh failed: it took longer than 1 s");
  const child = (await Deno.readTextFile(`${folder.path}/child.pid`)).trim();
  const stat = await Deno.readTextFile(`/proc/${child}/stat`).catch(() => "gone");
  assertMatch(stat, /^gone$|\) [ZX] /);
});

Deno.test("notify: a notification that a kill interrupts is sent by the next run in its storage, with the same key", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({
    "asks.pb": asks,
    "fails.pb": fails,
    "playbooks.toml": toml(server),
  });
  const { promise: hold, resolve: release } = Promise.withResolvers<void>();
  server.answer = async () => {
    await hold;
    return new Response(null, { status: 204 });
  };
  const first = folder.start(["run", "asks.pb", "--non-interactive"]);
  await server.until(1);
  first.kill("SIGKILL");
  await first.finished;
  server.answer = () => new Response(null, { status: 204 });
  release();
  assertEquals((await folder.run(["run", "fails.pb"])).code, 1);
  const [before, ...after] = bodiesOf(server);
  assertEquals(after.map(({ event }) => event).toSorted(), ["failed", "waiting"]);
  assertEquals(after.find(({ event }) => event === "waiting")?.key, before!.key);
  await folder.run(["run", "fails.pb"]);
  assertEquals(bodiesOf(server).filter(({ key }) => key === before!.key).length, 2);
});

Deno.test("notify: a receiver that fails or redirects is said, and a worker sends the notification later", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({
    "asks.pb": asks,
    "playbooks.toml": toml(server, "timeout_seconds = 10\n"),
  });
  server.answer = ({ path }) =>
    path === "/elsewhere" ? new Response() : Response.redirect(`${server.url}/elsewhere`, 307);
  const { code, stderr } = await started(folder);
  assertEquals([code, server.requests.length], [75, 1], stderr);
  assertStringIncludes(
    stderr,
    "answered with a redirect (307), which is not followed; the next run tries again",
  );
  assert(!stderr.includes("s3cret"), stderr);
  server.answer = () => new Response(null, { status: server.requests.length < 4 ? 503 : 200 });
  const worker = await folder.run(["worker", "--until-idle"]);
  assertEquals([worker.code, server.requests.length], [0, 4], worker.stderr);
  assertEquals(new Set(bodiesOf(server).map(({ key }) => key)).size, 1);
  await folder.run(["worker", "--until-idle"]);
  assertEquals(server.requests.length, 4);
});

Deno.test("notify: a worker sends the notifications of its sessions, and a queued one has none", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({ "asks.pb": asks, "playbooks.toml": toml(server) });
  await folder.run(["run", "--detach", "asks.pb"]);
  assertEquals(server.requests.length, 0);
  assertEquals((await folder.run(["worker", "--until-idle"])).code, 0);
  assertEquals(bodiesOf(server).map(({ event, status }) => [event, status]), [["waiting", "waiting"]]);
});

Deno.test("notify: a question that stays open in a running session is noticed once", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({
    "asks.pb": asks,
    "playbooks.toml": toml(server, "wait_seconds = 0.1\n"),
  });
  const run = folder.start(["run", "asks.pb"]);
  await server.until(1);
  assertEquals(bodiesOf(server).map(({ event, status }) => [event, status]), [["waiting", "running"]]);
  run.closeInput();
  assertEquals((await run.finished).code, 75);
  assertEquals(server.requests.length, 1);
});

Deno.test("notify: a stranger's folder sends nothing before it is trusted", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({ "asks.pb": asks, "playbooks.toml": toml(server) });
  const { code, stderr } = await folder.run(["run", "asks.pb", "--non-interactive"], {
    env: { PLAYBOOKS_TRUST: "" },
  });
  assertEquals([code, server.requests.length], [2, 0]);
  assertStringIncludes(stderr, `notify.url = "${server.url}/****" (where notifications are sent`);
});

Deno.test("notify: a server sends the notifications of its sessions", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({ "asks.pb": asks, "playbooks.toml": toml(server) });
  await folder.run(["run", "--detach", "asks.pb"]);
  const serve = folder.start(["serve", "--port", "0"]);
  await server.until(1);
  assertEquals(bodiesOf(server).map(({ event, status }) => [event, status]), [["waiting", "waiting"]]);
  serve.kill("SIGTERM");
  assertEquals((await serve.finished).code, 0);
});
