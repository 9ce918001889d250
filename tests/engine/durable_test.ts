import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Work

\`\`\`js
export async function Grow() {
  state.items = ["${"x".repeat(3000)}"];
  await SaveArtifact("begin", "", "");
  await Promise.all([1, 2, 3].map(async (n) => {
    await Sleep(1);
    if (n === 1) state.fresh = ["${"y".repeat(3000)}"];
    else state.fresh.push(n);
    state.items.push(n);
  }));
  return state.items.length + " " + state.fresh.length;
}

export async function Outside() {
  const text = await LoadFile("note.txt");
  await Say("user", text);
  const helper = await CreateAgent("Helper");
  await Say(helper, "hello");
  const answer = await (await fetch("https://shop.example/a", { method: "POST" })).text();
  const other = await (await fetch("https://shop.example/b", { method: "POST" })).text();
  await Sleep(1);
  return answer + other;
}
\`\`\`

# Helper

## Help
public: true
### Steps
- Help
`;

const model = scriptedModel({
  Main: ['await Say("user", String(await Grow())); Return();'],
  ProcessMessages: ["Return();"],
});

Deno.test("durable: list additions from several results are all kept after a resume from each entry", async () => {
  const whole = await play(program, { model });
  assertEquals(whole.said, ["4 3"]);
  for (let position = 2; position < whole.entries.length; position++) {
    const resumed = await play(program, { model, from: whole.entries.slice(0, position) });
    assertEquals(resumed.result, whole.result, `resumed at ${position}`);
    assertEquals(resumed.state.agents["1000"]!.state, whole.state.agents["1000"]!.state, `${position}`);
  }
});

Deno.test("durable: code continues after a file, words, a message or an answer only when its entry is durable", async () => {
  const appends: Entry[][] = [];
  const keys: (string | null)[] = [];
  const played = await play(program, {
    model: scriptedModel({
      Main: ['await Say("user", String(await Outside())); Return();'],
      ProcessMessages: ["Return();"],
    }),
    settings: {
      ...defaultSettings,
      permissions: { ...defaultSettings.permissions, net: ["shop.example"], read: ["/"] },
    },
    fetch: ((_url: URL, init: RequestInit) => {
      keys.push(new Headers(init.headers).get("Idempotency-Key"));
      return Promise.resolve(new Response("thanks"));
    }) as typeof fetch,
    world: { readFile: () => "a note" },
    onAppend: (entries) => void appends.push([...entries]),
  });
  assertEquals(played.said, ["a note", "thanksthanks"]);
  assertEquals(new Set(keys).size, 2, "each request has a key of its own");
  let known = 0;
  for (const entries of appends) {
    for (const [index, entry] of entries.entries()) {
      if (entry.type !== "effect" || isOurOwn(entry)) continue;
      known++;
      const after = entries.slice(index + 1).filter((later) =>
        "frame" in later && later.frame === entry.frame
      );
      assertEquals(after, [], `after ${entry.asked?.name ?? `result ${entry.ordinal}`}`);
    }
  }
  assert(known >= 6, `${known} results from outside`);
});

/** A result that follows from the state alone. */
function isOurOwn(entry: Extract<Entry, { type: "effect" }>): boolean {
  return entry.asked !== undefined && entry.asked.name !== "LoadFile" &&
    (entry.did === undefined || entry.did.kind === "saved");
}

Deno.test("durable: a log line that code writes during a wait appears once, also if its scope was released", async () => {
  const watching = `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Watch

\`\`\`js
export async function Watch() {
  await Promise.all([Sleep(1).then(() => console.log("noted")), Sleep(3)]);
}
\`\`\`
`;
  const { events } = await play(watching, {
    model: scriptedModel({ Main: ["await Watch(); Return();"] }),
    maxLiveScopes: 0,
  });
  assertEquals(events.filter(({ type }) => type === "log").length, 1);
});
