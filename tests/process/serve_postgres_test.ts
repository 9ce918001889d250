import { assert, assertEquals } from "@std/assert";
import { decodeEntry, stateChecks } from "../../src/engine/mod.ts";
import { PostgresStore } from "../../src/store/postgres/postgres_store.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { testWithPostgres } from "../support/postgres_store.ts";
import { type Answer, serveIn, type StreamedEvent } from "../support/serve_process.ts";

const program = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin(city: string) {
  await Say("user", "where in " + city + "?");
  const street = await Yield("user");
  for (let n = 1; n <= 30; n++) {
    await Say("user", street + " " + n);
    await Sleep(0.05);
  }
}
\`\`\`
`;

const words = ["where in Lyon?", "Rue A", ...Array.from({ length: 30 }, (_, index) => `Rue A ${index + 1}`)];
const isSpoken = ({ line }: StreamedEvent) => line.type === "say" || line.type === "heard";

testWithPostgres(
  "serve: with Postgres a session goes on once after kill -9 of the server, and a client's stream continues",
  async ({ address }) => {
    await using folder = await folderWith({ "clerk.pb": program });
    const env = {
      PLAYBOOKS_DURABILITY__URL: address,
      PLAYBOOKS_DURABILITY__LEASE_SECONDS: "2",
      PLAYBOOKS_STATE_DIR: `${folder.path}/state`,
    };
    await using store = new PostgresStore(address, { nowMs: Date.now });
    const first = await serveIn(folder, ["clerk.pb"], { env });
    const start = { program: "clerk", parameters: { city: "Lyon" } };
    const once = { "idempotency-key": "start" };
    const { session }: Answer = await first.post("/v1/sessions", start, once);
    const id: string = session.id;
    const events = [...await first.events(id, ({ line }) => line.type === "ask")];
    const answer = { text: "Rue A" };
    await first.post(`/v1/sessions/${id}/messages`, answer, { "idempotency-key": "answer" });
    events.push(
      ...await first.events(id, ({ line }) => line["text"] === "Rue A 7", { lastId: lastIdOf(events) }),
    );
    first.process.kill("SIGKILL");
    await first.process.finished;

    const second = await serveIn(folder, ["clerk.pb"], { env });
    // What the client had sent before is repeated, and changes nothing.
    assertEquals((await second.post("/v1/sessions", start, once)).session.id, id);
    await second.post(`/v1/sessions/${id}/messages`, answer, { "idempotency-key": "answer" });
    // A reader that is early hears that the first run stopped, and then the next run.
    const isCompleted = ({ line }: StreamedEvent) => line.type === "end" && line["status"] === "completed";
    events.push(...await second.events(id, isCompleted, { lastId: lastIdOf(events) }));
    assertEquals(events.filter(isSpoken).map(({ line }) => line["text"]), words);
    const whole = await second.events(id, isCompleted);
    assertEquals(whole.filter(isSpoken).map(({ line }) => line["text"]), words);
    assertEquals((await second.get(`/v1/sessions/${id}`)).session.status, "completed");
    assertEquals((await second.get("/v1/sessions")).sessions.length, 1);
    assertEquals((await second.stop()).code, 0);

    const entries = [...await store.read(id)].map(({ entry }) => decodeEntry(entry));
    // One more run may have ended while the session waited for the answer.
    assert(entries.filter(({ type }) => type === "run").length >= 2);
    assertEquals(entries.filter(({ type }) => type === "message").length, 1);
    assertEquals((await store.verify(id, stateChecks())).faults, []);
    assert(
      [...Deno.readDirSync(folder.path)].every(({ name }) => name !== ".checkpoints"),
      "all is in Postgres",
    );
  },
);

function lastIdOf(events: readonly StreamedEvent[]): string {
  return events.findLast(({ id }) => id !== undefined)!.id!;
}
