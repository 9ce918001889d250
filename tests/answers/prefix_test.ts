import { assert, assertEquals } from "@std/assert";
import type { ModelRequest } from "../../src/model/mod.ts";
import { createHash } from "node:crypto";
import type { Entry } from "../../src/engine/mod.ts";
import { ChatServer } from "../process/chat_server.ts";
import { play } from "../support/harness.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** Fifty turns: thirty of its own, and ten calls of two turns each. */
const ledger = `# Ledger
Keeps a list of what was spent, and is never in a hurry.

## Main
### Triggers
- At the beginning
### Steps
- Write down thirty things, and check every third one

## Check($number)
### Steps
- Think about $number
- Return it twice over
`;

const turns = 50;
const resumes = 5;

Deno.test("prefix: a session of 50 turns with five kills sends the same prefixes as without kills", async () => {
  const options = { model: scriptedModel({ Main: mainTurn, Check: checkTurn }), replies: repliesOf(100) };
  const whole = await play(ledger, options);
  assertEquals([whole.result.kind, whole.requests.length], ["completed", turns]);
  const hashes = whole.requests.map(prefixHashes);
  let before: readonly Entry[] = whole.entries;
  for (let kill = 1; kill <= resumes; kill++) {
    const position = Math.round(whole.entries.length * kill / (resumes + 1));
    const from = before.slice(0, position + kill - 1);
    const heard = from.filter(({ type }) => type === "message").length;
    const resumed = await play(ledger, { ...options, replies: repliesOf(100).slice(heard), from });
    assert(resumed.requests.length > 0 && resumed.requests.length < turns);
    assertEquals(resumed.requests.map(prefixHashes), hashes.slice(-resumed.requests.length), `kill ${kill}`);
    before = resumed.entries;
  }
});

Deno.test("prefix: each request of a session of 50 turns begins with the whole previous request of its frame", async () => {
  const { requests } = await play(ledger, {
    model: scriptedModel({ Main: mainTurn, Check: checkTurn }),
    replies: repliesOf(100),
  });
  let prefix: readonly string[] = [];
  for (const request of requests) {
    if (playbookOf(request) === "Check") continue;
    const hashes = prefixHashes(request);
    assertEquals(hashes.slice(0, prefix.length), prefix);
    prefix = hashes;
  }
  assertEquals(prefix.length, 2 * 30 - 1);
});

Deno.test("prefix: the real program with five kills sends a provider the same bodies as without kills", async () => {
  const answer = (message: string) => {
    const [, turn, playbook] = /^\[turn (\d+) of (\w+)/m.exec(message)!;
    return playbook === "Main" ? mainTurn(Number(turn)).replace(/.*Yield.*\n/, "") : checkTurn(Number(turn));
  };
  await using server = new ChatServer(answer);
  const configuration =
    `[model]\nprovider = "openai-compatible"\nname = "test"\nbase_url = "${server.baseUrl}"\n`;
  const files = { "ledger.pb": ledger, "playbooks.toml": configuration };
  await using undisturbed = await folderWith(files);
  const whole = await undisturbed.run(["run", "ledger.pb"]);
  assertEquals(whole.code, 0, whole.stderr);
  const bodies = server.take();
  assertEquals(bodies.length, turns);
  await using folder = await folderWith(files);
  const entries = undisturbed.journal().length;
  for (let kill = 1; kill <= resumes; kill++) {
    const crashAt = Math.round(entries * kill / (resumes + 1));
    const run = await folder.run(["run", "ledger.pb", "--resume"], { crashAt });
    assertEquals(run.signal, "SIGKILL", run.stderr);
  }
  const last = await folder.run(["run", "ledger.pb", "--resume"]);
  assertEquals(last.code, 0, last.stderr);
  const seen = server.take();
  // A request in flight at a kill is sent again, word for word.
  const asked = seen.filter((body, index) => body !== seen[index - 1]);
  assert(seen.length - asked.length <= resumes);
  assertEquals(asked.map(bodyHashes), bodies.map(bodyHashes));
});

function mainTurn(turn: number): string {
  return [
    `Step("01");`,
    `const item${turn} = "thing ${turn}";`,
    `state.last = item${turn};`,
    turn % 3 === 0 ? `const checked = await Check(${turn});` : `await Say("user", "Noted: " + item${turn});`,
    `const words = await Yield("user");`,
    turn === 30 ? `Return(state.last, "thirty things");` : "",
  ].join("\n");
}

function checkTurn(turn: number): string {
  return turn === 1 ? `Step("01"); const half = state.number;` : `Step("02"); Return(2 * half, "checked");`;
}

function repliesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `reply ${index + 1}`);
}

function exactHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** The hash of the system prompt and the messages up to each of them. */
function prefixHashes({ system, messages }: Pick<ModelRequest, "system" | "messages">): string[] {
  return messages.map((_, index) => exactHash([system, ...messages.slice(0, index + 1)]));
}

function bodyHashes(body: string): string[] {
  const messages: readonly { readonly role: string; readonly content: string }[] = JSON.parse(body).messages;
  return messages.map((_, index) => exactHash(messages.slice(0, index + 1)));
}

function playbookOf({ messages }: ModelRequest): string {
  return /^\[turn \d+ of (\w+)/.exec(messages.at(-1)!.text)![1]!;
}
