import { assertEquals } from "@std/assert";
import { clientRequest } from "../../src/cli/commands/serve/handled_requests.ts";
import { SessionHandle } from "../../src/session/mod.ts";
import { FileStore } from "../../src/store/mod.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { type Answer, serveIn, type ServeProcess } from "../support/serve_process.ts";

const clerk = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin(n: number = 1) {
  state.n = n;
  await Say("user", "which size?");
  state.size = await Yield("user");
  await Say("user", "size " + state.size);
  state.colour = await Yield("user");
}
\`\`\`
`;

const clock = `# Clock
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (;;) await Sleep(0.1);
}
\`\`\`
`;

const paying = `# Till
\`\`\`ts
/** @trigger At the beginning */
export async function Pay() {
  try {
    await fetch("http://127.0.0.1:9/pay", { method: "POST" });
  } catch (error) {
    await Say("user", "Not paid: " + error.name);
  }
  await Yield("user");
}
\`\`\`
`;
const permits = '[permissions]\nnet = ["127.0.0.1"]\n';
const files = { "clerk.pb": clerk, "clock.pb": clock, "pay.pb": paying, "playbooks.toml": permits };
const programs = ["clerk.pb", "clock.pb", "pay.pb"];

/** A request, and the sessions that it needs. */
interface RepeatedPost {
  /** Makes the session, and returns the path and the body of the request. */
  readonly prepare: (
    folder: TestFolder,
    server: ServeProcess,
  ) => Promise<{ readonly path: string; readonly body?: object }>;
  /** A body that asks for something else. */
  readonly otherBody?: object;
  /** Brings the session to another state, in which the request would have an effect again. */
  readonly disturb?: (server: ServeProcess, path: string) => Promise<void>;
  /** The session then runs, also after the server was killed. */
  readonly goesOn?: boolean;
  /** What the request has done, as far as a client sees it. */
  readonly done: (server: ServeProcess, path: string) => Promise<unknown>;
}

const idOf = (path: string) => path.split("/")[3]!;
const sessionOf = async (server: ServeProcess, path: string) =>
  (await server.get(`/v1/sessions/${idOf(path)}`)).session;

async function untilStatus(server: ServeProcess, id: string, status: string): Promise<void> {
  for (;;) {
    const { session } = await server.get(`/v1/sessions/${id}`);
    if (session.status === status) return;
    await server.events(id, () => true);
  }
}

async function running(server: ServeProcess): Promise<string> {
  const id = await server.start("clock");
  await server.events(id, ({ line }) => line.position > 8);
  return id;
}

async function asking(server: ServeProcess): Promise<string> {
  const id = await server.start("clerk");
  await server.events(id, ({ line }) => line.type === "ask");
  return id;
}

/** The times that a process took the session. */
async function runsOf(server: ServeProcess, path: string): Promise<number> {
  const { items } = await server.get(`/v1/sessions/${idOf(path)}/story`);
  return items.filter(({ type }: Answer) => type === "run").length;
}

const posts: Readonly<Record<string, RepeatedPost>> = {
  "a start": {
    prepare: () =>
      Promise.resolve({ path: "/v1/sessions", body: { program: "clerk", parameters: { n: 7 } } }),
    done: async (server) => (await server.get("/v1/sessions")).total,
  },
  "a message": {
    prepare: async (_, server) => {
      return { path: `/v1/sessions/${await asking(server)}/messages`, body: { text: "large" } };
    },
    otherBody: { text: "small" },
    // The session was stopped since: the same words must not continue it.
    disturb: async (server, path) => {
      await server.events(idOf(path), ({ line }) => line["text"] === "size large");
      await server.post(`/v1/sessions/${idOf(path)}/stop`);
      await untilStatus(server, idOf(path), "stopped");
    },
    done: async (server, path) => {
      const { items } = await server.get(`/v1/sessions/${idOf(path)}/story`);
      return [
        (await sessionOf(server, path)).status,
        items.filter(({ text }: Answer) => text === "large").length,
      ];
    },
  },
  "a decision": {
    prepare: async (folder, server) => {
      await folder.run(["run", "pay.pb", "--name", "pay"], { crashAt: 5 });
      const [{ id }] = JSON.parse((await folder.run(["sessions", "list", "--json"])).stdout);
      const { openEffects: [{ id: effect }] } = await server.get(`/v1/sessions/${id}`);
      return { path: `/v1/sessions/${id}/decisions`, body: { effect, choice: "skip" } };
    },
    disturb: async (server, path) => {
      await server.events(idOf(path), ({ line }) => line.type === "ask");
    },
    done: async (server, path) => {
      const { items } = await server.get(`/v1/sessions/${idOf(path)}/story`);
      return items.filter(({ text }: Answer) => text === "Not paid: UncertainEffectError").length;
    },
  },
  "a stop": {
    prepare: async (_, server) => ({ path: `/v1/sessions/${await running(server)}/stop` }),
    disturb: async (server, path) => {
      await server.post(`/v1/sessions/${idOf(path)}/resume`);
      await untilStatus(server, idOf(path), "running");
    },
    goesOn: true,
    done: async (server, path) => (await sessionOf(server, path)).status,
  },
  "a resume": {
    prepare: async (_, server) => {
      const id = await running(server);
      await server.post(`/v1/sessions/${id}/stop`);
      return { path: `/v1/sessions/${id}/resume` };
    },
    disturb: async (server, path) => {
      await server.post(`/v1/sessions/${idOf(path)}/stop`);
      await untilStatus(server, idOf(path), "stopped");
    },
    done: async (server, path) => [(await sessionOf(server, path)).status, await runsOf(server, path)],
  },
  "a fork that runs": {
    prepare: async (_, server) => {
      return { path: `/v1/sessions/${await running(server)}/fork`, body: { name: "copy", run: true } };
    },
    disturb: async (server) => {
      await server.post("/v1/sessions/copy/stop");
      await untilStatus(server, "copy", "stopped");
    },
    done: async (server) => [
      (await server.get("/v1/sessions")).total,
      (await server.get("/v1/sessions/copy")).session.status,
    ],
  },
};

for (const [name, { prepare, otherBody, disturb, goesOn, done }] of Object.entries(posts)) {
  for (const isDisturbed of disturb ? [false, true] : [false]) {
    const when = isDisturbed ? ", and others changed the session since" : "";
    Deno.test(`serve: ${name} is answered again after the server was killed${when}, and does nothing twice`, async () => {
      await using folder = await folderWith(files);
      const key = { "idempotency-key": "once" };
      const first = await serveIn(folder, programs);
      const { path, body = {} } = await prepare(folder, first);
      const answer = await first.send("POST", path, body, key);
      const { session: one }: Answer = await answer.json();
      if (isDisturbed) await disturb!(first, path);
      first.process.kill("SIGKILL");
      await first.process.finished;
      const second = await serveIn(folder, programs);
      // It takes the session of the killed server soon.
      if (isDisturbed && goesOn) await untilStatus(second, idOf(path), "running");
      const before = isDisturbed ? await done(second, path) : undefined;
      for (let count = 0; count < 2; count++) {
        const again = await second.send("POST", path, body, key);
        const { session: other, ...problem }: Answer = await again.json();
        assertEquals([again.status, other?.id], [answer.status, one?.id], JSON.stringify(problem));
        assertEquals(again.headers.get("idempotent-replayed"), "true");
      }
      if (isDisturbed) assertEquals(await done(second, path), before);
      if (otherBody) assertEquals((await second.send("POST", path, otherBody, key)).status, 422);
      await second.stop();
    });
  }
}

Deno.test("serve: the same choice about an effect, without a key, is answered again after the server was killed", async () => {
  await using folder = await folderWith(files);
  const { prepare, disturb, done } = posts["a decision"]!;
  const first = await serveIn(folder, programs);
  const { path, body } = await prepare(folder, first);
  assertEquals((await first.send("POST", path, body)).status, 202);
  await disturb!(first, path);
  first.process.kill("SIGKILL");
  await first.process.finished;
  const second = await serveIn(folder, programs);
  assertEquals((await second.send("POST", path, body)).status, 202);
  assertEquals((await second.send("POST", path, { ...body, choice: "retry" })).status, 409);
  assertEquals(await done(second, path), 1);
});

/** What a server that died in the middle of a request has left, made by the test in its place. */
function storeIn(folder: TestFolder): FileStore {
  return new FileStore(`${folder.path}/.checkpoints`, { nowMs: Date.now });
}

Deno.test("serve: words that a server kept before it died are answered, also after the end of the program", async () => {
  await using folder = await folderWith(files);
  const server = await serveIn(folder, programs);
  const id = await asking(server);
  await server.post(`/v1/sessions/${id}/messages`, { text: "large" });
  await server.events(id, ({ line }) => line["text"] === "size large");
  await new SessionHandle(storeIn(folder), id).post({ text: "red" }, { key: "once" });
  await server.post(`/v1/sessions/${id}/messages`, { text: "red" }, { "idempotency-key": "once" });
  await untilStatus(server, id, "completed");
  const path = `/v1/sessions/${id}/messages`;
  await storeIn(folder).update(id, { handled: undefined });
  const again = await server.send("POST", path, { text: "red" }, { "idempotency-key": "once" });
  assertEquals([again.status, await again.json()], [202, { key: "once" }]);
  assertEquals(
    (await server.send("POST", path, { text: "red" }, { "idempotency-key": "other" })).status,
    409,
  );
});

Deno.test("serve: a decision whose server died before it was posted is carried out by its repetition", async () => {
  await using folder = await folderWith(files);
  const server = await serveIn(folder, programs);
  const { prepare, disturb, done } = posts["a decision"]!;
  const { path, body } = await prepare(folder, server);
  const { token = 0 } = (await storeIn(folder).get(idOf(path)))!;
  const request = clientRequest("once", body!)!;
  await storeIn(folder).update(idOf(path), { handled: [{ ...request, token }] });
  assertEquals((await server.send("POST", path, body, { "idempotency-key": "once" })).status, 202);
  await disturb!(server, path);
  assertEquals(await done(server, path), 1);
});

Deno.test("serve: a fork whose server died before it was queued is continued by its repetition", async () => {
  await using folder = await folderWith(files);
  const server = await serveIn(folder, programs);
  const { prepare } = posts["a fork that runs"]!;
  const { path, body } = await prepare(folder, server);
  const request = clientRequest("once", {
    reference: idOf(path),
    position: undefined,
    set: {},
    run: true,
    ...body,
  })!;
  const me = { pid: Deno.pid, host: Deno.hostname(), sync: "always" as const };
  const copy = await new SessionHandle(storeIn(folder), idOf(path)).fork(me, { name: "copy", request });
  const made = await server.post(path, body, { "idempotency-key": "once" });
  assertEquals(made.session.id, copy);
  await untilStatus(server, copy, "running");
});
