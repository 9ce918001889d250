import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";
import { ChatServer } from "./chat_server.ts";
import { type Answer, serveIn, type StreamedEvent } from "../support/serve_process.ts";

const orders = `# Clerk
\`\`\`ts
/** Takes an order.
 * @trigger At the beginning
 * @param city Where it goes
 */
export async function Begin(city: string, count: number = 2) {
  state.city = city;
  await Say("user", \`\${count} to \${city}?\`);
  const answer = await Yield("user");
  await Say("user", "You said " + answer);
  return answer;
}
\`\`\`
`;

const counts = `# Counter
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (let i = 1; i <= 3; i++) {
    console.log("next");
    await Say("user", "number " + i);
  }
}
\`\`\`
`;

const sleeps = `# Sleeper
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (let i = 0; i < 1000; i++) {
    state.count = i;
    await Sleep(0.02);
  }
}
\`\`\`
`;

const texts = (events: readonly StreamedEvent[]) =>
  events.filter(({ line }) => line.type === "say").map(({ line }) => line["text"]);
const isType = (type: string) => ({ line }: StreamedEvent) => line.type === type;

Deno.test("serve: a client starts a program, reads its question, answers it, and reads the end", async () => {
  await using folder = await folderWith({ "orders.pb": orders });
  const server = await serveIn(folder, ["orders.pb"]);
  const { programs } = await server.get("/v1/programs");
  assertEquals(programs.map(({ name, problems }: Answer) => [name, problems]), [["orders", []]]);
  assertEquals(programs[0].parameters, [
    { name: "city", kind: "text", optional: false, description: "Where it goes" },
    { name: "count", kind: "number", optional: true, default: 2 },
  ]);
  const id = await server.start("orders", { parameters: { city: "Lyon", count: 3 }, name: "monday" });
  const asked = await server.events(id, isType("ask"));
  assertEquals(texts(asked), ["3 to Lyon?"]);
  const { questions, agents, calls, session } = await server.get("/v1/sessions/monday");
  assertEquals(session.id, id);
  assertEquals(questions.map(({ klass, person, said }: Answer) => [klass, person, said]), [[
    "Clerk",
    "user",
    "3 to Lyon?",
  ]]);
  assertEquals(agents.map(({ klass, variables }: Answer) => [klass, variables]), [["Clerk", {
    city: '"Lyon"',
  }]]);
  assertEquals(calls.map(({ playbook, next }: Answer) => [playbook, next.map(({ kind }: Answer) => kind)]), [[
    "Begin",
    ["wait for words"],
  ]]);
  const posted = await server.post(`/v1/sessions/${id}/messages`, { text: "yes" }, {
    "idempotency-key": "k1",
  });
  assertEquals(posted, { key: "k1" });
  const last = asked.findLast(({ id }) => id !== undefined)!.id!;
  const rest = await server.events(id, isType("end"), { lastId: last });
  assertEquals(texts(rest), ["You said yes"]);
  assertEquals(rest.at(-1)!.line["status"], "completed");
  assertEquals((await server.get(`/v1/sessions/${id}`)).end.status, "completed");
});

Deno.test("serve: a program that is not there is a warning, and the others are served", async () => {
  await using folder = await folderWith({ "orders.pb": orders, "a folder/ö.pb": counts });
  const server = await serveIn(folder, ["orders.pb", "odrers.pb", "a folder/ö.pb", "a folder/o.pb"]);
  const { programs } = await server.get("/v1/programs");
  assertEquals(programs.map(({ problems }: Answer) => problems.length > 0), [false, true, false, true]);
  await server.start("ö");
  const { stderr } = await server.stop();
  assertEquals(stderr.match(/(?<=⚠️ {2}).*(?= is not there, so clients cannot start it)/g), [
    "odrers.pb",
    "a folder/o.pb",
  ]);
});

Deno.test("serve: a reader that continues after any event gets exactly the rest, also between two events of an entry", async () => {
  await using folder = await folderWith({ "counts.pb": counts });
  const server = await serveIn(folder, ["counts.pb"]);
  const id = await server.start("counts");
  const isEnd = isType("end");
  const live = await server.events(id, isEnd);
  assertEquals(texts(live), ["number 1", "number 2", "number 3"]);
  const all = await server.events(id, isEnd);
  const kept = all.filter(({ id }) => id !== undefined);
  assertEquals(live.filter(({ id }) => id !== undefined).map(asKept), kept.map(asKept));
  assert(kept.some(({ id }) => id!.includes(".")), "no entry with two events");
  for (const [index, { id: lastId }] of kept.entries()) {
    const options = index % 2 === 0 ? { lastId: lastId! } : { from: lastId! };
    if (index === kept.length - 1) break;
    const rest = (await server.events(id, isEnd, options)).filter(({ id }) => id !== undefined);
    assertEquals(rest.map(asKept), kept.slice(index + 1).map(asKept));
  }
  // An event of an entry has the entry's position, and the last one has it as its id.
  for (const { id, line } of kept) assertEquals(Number(id!.split(".")[0]), line.position);
  // A browser stops to connect again at this status.
  const last = { headers: { "last-event-id": kept.at(-1)!.id! } };
  assertEquals((await server.fetch(`/v1/sessions/${id}/events`, last)).status, 204);
});

const asKept = ({ id, line }: StreamedEvent) => [id, line.type, line["text"]];

Deno.test("serve: a key makes one session, and delivers words once, also after the server was killed", async () => {
  await using folder = await folderWith({ "orders.pb": orders });
  const start = { program: "orders", parameters: { city: "Lyon" } };
  const first = await serveIn(folder, ["orders.pb"]);
  const key = { "idempotency-key": "order 17" };
  const [one, two] = await Promise.all([
    first.post("/v1/sessions", start, key),
    first.post("/v1/sessions", start, key),
  ]);
  assertEquals(one.session.id, two.session.id);
  const id = one.session.id;
  await first.events(id, isType("ask"));
  first.process.kill("SIGKILL");
  await first.process.finished;
  const second = await serveIn(folder, ["orders.pb"]);
  assertEquals((await second.post("/v1/sessions", start, key)).session.id, id);
  const other = await second.send("POST", "/v1/sessions", { ...start, parameters: { city: "Rome" } }, key);
  assertEquals([other.status, (await other.json()).type], [422, "urn:playbooks:key-reused"]);
  assertEquals((await second.get("/v1/sessions")).total, 1);
  await second.events(id, isType("ask"));
  for (let count = 0; count < 3; count++) {
    const words = { "idempotency-key": "words 1" };
    assertEquals(await second.post(`/v1/sessions/${id}/messages`, { text: "yes" }, words), {
      key: "words 1",
    });
  }
  const events = await second.events(id, isType("end"));
  assertEquals(events.filter(isType("heard")).map(({ line }) => [line["text"], line["key"]]), [[
    "yes",
    "words 1",
  ]]);
  second.process.kill("SIGKILL");
  await second.process.finished;
  const third = await serveIn(folder, []);
  const path = `/v1/sessions/${id}/messages`;
  assertEquals(await third.post(path, { text: "yes" }, { "idempotency-key": "words 1" }), { key: "words 1" });
  assertEquals((await third.send("POST", path, { text: "more" })).status, 409);
  assertEquals((await third.post(`/v1/sessions/${id}/resume`)).session.status, "completed");
});

Deno.test("serve: SIGTERM suspends its sessions, and the next server continues them; so it does after SIGKILL", async () => {
  await using folder = await folderWith({ "sleeps.pb": sleeps });
  const first = await serveIn(folder, ["sleeps.pb"]);
  const id = await first.start("sleeps");
  const isLater = (from: number) => ({ line }: StreamedEvent) => line.position > from + 10;
  await first.events(id, isLater(0));
  assertEquals((await first.stop()).code, 0);
  const [stored] = JSON.parse((await folder.run(["sessions", "list", "--json"])).stdout);
  assertEquals(stored.status, "queued");
  const second = await serveIn(folder, []);
  await second.events(id, isLater(stored.position), { from: String(stored.position) });
  second.process.kill("SIGKILL");
  await second.process.finished;
  const position = folder.journal(id).length;
  const third = await serveIn(folder, []);
  await third.events(id, isLater(position), { from: String(position) });
  const { agents } = await third.get(`/v1/sessions/${id}`);
  assert(Number(agents[0].variables.count) > 0);
});

Deno.test("serve: at most --concurrency sessions run, the others are queued, and a stopped one gives its place", async () => {
  await using folder = await folderWith({ "sleeps.pb": sleeps, "counts.pb": counts });
  const server = await serveIn(folder, ["sleeps.pb", "counts.pb", "--concurrency", "1"]);
  const running = await server.start("sleeps");
  // The first entries were written before the session was queued.
  await server.events(running, ({ line }) => line.position > 3);
  const queued = await server.start("counts");
  assertEquals((await server.get(`/v1/sessions/${queued}`)).session.status, "queued");
  const list = await server.get("/v1/sessions?status=queued");
  assertEquals([list.total, list.sessions[0].id], [1, queued]);
  const stopped = await server.post(`/v1/sessions/${running}/stop`);
  assertEquals(stopped.session.status, "stopped");
  assertEquals(texts(await server.events(queued, isType("end"))).length, 3);
  await server.post(`/v1/sessions/${running}/resume`);
  const { position } = stopped.session;
  await server.events(running, ({ line }) => line.position > position + 5, { from: String(position) });
});

Deno.test("serve: a session that another process runs is watched, answered and stopped, and the server does not take it", async () => {
  await using folder = await folderWith({ "sleeps.pb": sleeps, "orders.pb": orders });
  const server = await serveIn(folder, []);
  const running = folder.start(["run", "sleeps.pb", "--name", "other"]);
  await running.untilTrue(() => folder.sessions().length === 1 && folder.journalSoFar().length > 3);
  const id = folder.onlySession();
  const events = await server.events(id, ({ line }) => line.position > 30);
  assertEquals(events[0]!.line["name"], "other");
  const busy = await server.send("POST", `/v1/sessions/${id}/resume`);
  assertEquals([busy.status, (await busy.json()).type], [409, "urn:playbooks:busy"]);
  assertEquals((await server.post(`/v1/sessions/${id}/stop`)).session.status, "stopped");
  assertEquals((await running.finished).code, 130);
});

Deno.test("serve: a reader is at most 200 ms behind the journal of another process", async () => {
  await using folder = await folderWith({ "sleeps.pb": sleeps });
  const server = await serveIn(folder, []);
  const running = folder.start(["run", "sleeps.pb"]);
  await running.untilTrue(() => folder.sessions().length === 1 && folder.journalSoFar().length > 3);
  const delays: number[] = [];
  for await (const { line } of server.stream(folder.onlySession(), { from: "20" })) {
    // The end of a sleep is the time at which the next entry was written, or a little later.
    if (line.type === "sleep") delays.push(Date.now() - Number(line["untilMs"]) + 20);
    if (delays.length === 60) break;
  }
  const median = delays.toSorted((a, b) => a - b)[30]!;
  assert(median < 200, `${median} ms`);
});

Deno.test("serve: a session is read: story by pages, state of a moment, source, search, differences", async () => {
  await using folder = await folderWith({ "orders.pb": orders });
  const server = await serveIn(folder, ["orders.pb"]);
  const id = await server.start("orders", { parameters: { city: "Lyon" }, message: "soon" });
  await server.events(id, isType("end"));
  const whole = await server.get(`/v1/sessions/${id}/story`);
  assertEquals(whole.next, null);
  const paged: Answer[] = [];
  for (let from: number | null = 0; from !== null;) {
    const page: Answer = await server.get(`/v1/sessions/${id}/story?from=${from}&limit=2`);
    paged.push(...page.items);
    from = page.next;
  }
  assertEquals(paged, whole.items);
  assertEquals(whole.items.at(-1).type, "end");
  const early = await server.get(`/v1/sessions/${id}/state?position=3`);
  assertEquals([early.position, early.end], [3, undefined]);
  const { files } = await server.get(`/v1/sessions/${id}/source`);
  assertEquals(files.map(({ text }: Answer) => text), [orders]);
  const { hits } = await server.get("/v1/search?text=You said");
  assertEquals(hits.map(({ session, line }: Answer) => [session, line]), [[id, "You said soon"]]);
  assertEquals((await server.get(`/v1/sessions/${id}/search?text=nothing like it`)).hits, []);
  const diff = await server.get(`/v1/sessions/${id}/diff?a=3`);
  assertEquals([diff.common, diff.b.end], [3, "completed"]);
});

Deno.test("serve: a client forks a session with another value, runs the fork, names it, and removes it", async () => {
  await using folder = await folderWith({ "orders.pb": orders });
  const server = await serveIn(folder, ["orders.pb"]);
  const id = await server.start("orders", { parameters: { city: "Lyon" }, message: "yes" });
  const events = await server.events(id, isType("end"));
  const asked = events.find(({ line }) => line.type === "wait")!.line.position;
  const key = { "idempotency-key": "fork" };
  const body = { position: asked, set: { "state.city": "Rome" }, run: true };
  const { session } = await server.post(`/v1/sessions/${id}/fork`, body, key);
  assertEquals((await server.post(`/v1/sessions/${id}/fork`, body, key)).session.id, session.id);
  await server.events(session.id, isType("ask"));
  const { agents } = await server.get(`/v1/sessions/${session.id}`);
  assertEquals(agents[0].variables.city, '"Rome"');
  const named = await server.send("PATCH", `/v1/sessions/${session.id}`, { name: "rome" });
  assertEquals((await named.json()).session.name, "rome");
  await server.post("/v1/sessions/rome/messages", { text: "no" });
  await server.events(session.id, isType("end"));
  assertEquals((await server.send("DELETE", "/v1/sessions/rome")).status, 204);
  assertEquals((await server.fetch("/v1/sessions/rome")).status, 404);
  assertStringIncludes((await folder.run(["sessions", "rm", "--trash"])).stdout, "rome");
});

Deno.test("serve: a reader sees a model's text while it arrives, and a later reader what was kept", async () => {
  const answers = ['await Yield("user");', 'await Say("user", "Done"); EndProgram();'];
  await using model = new ChatServer((last) => last.startsWith("[turn 1") ? answers[0]! : answers[1]!);
  await using folder = await folderWith({
    "asks.pb": "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Do it\n",
    "playbooks.toml": model.settings,
  });
  const halfway = model.hangAt("[turn 2");
  const server = await serveIn(folder, ["asks.pb"], { env: { KEY: "key" } });
  const id = await server.start("asks");
  const stream = server.stream(id);
  const until = async (type: string) => {
    for (;;) {
      const { value, done } = await stream.next();
      if (done || value.line.type === type) return value;
    }
  };
  await until("ask");
  await server.post(`/v1/sessions/${id}/messages`, { text: "on" });
  await halfway;
  const text = await until("text");
  assertEquals([text?.line["text"], text?.id], ["Return(", undefined]);
  model.goOn("1");
  assertEquals((await until("text"))?.line["text"], "1");
  await stream.return(undefined);
  // A reader that comes in the middle of an answer gets its text from the beginning.
  for (const from of ["0", "5", "999"]) {
    const late = await server.events(id, isType("text"), { from });
    assertEquals([late.at(-1)?.line["text"], late.at(-1)?.id], ["Return(1", undefined], from);
  }
  await server.post(`/v1/sessions/${id}/stop`);
  await server.post(`/v1/sessions/${id}/resume`);
  const all = await server.events(id, ({ line }) => line.type === "end" && line["status"] === "completed");
  assertEquals(texts(all), ["Done"]);
});
