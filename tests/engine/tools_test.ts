import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { type Entry, foldEntries } from "../../src/engine/mod.ts";
import type { ToolQuestion } from "../../src/tools/mod.ts";
import { defaultSettings, play, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";
import {
  result,
  type SimulatedTool,
  SimulatedTools,
  type ToolWorld,
  toolWorld,
} from "../support/simulated_tools.ts";

const question: ToolQuestion = {
  id: "q1",
  message: "Which size?",
  fields: [
    {
      name: "size",
      type: "choice",
      required: true,
      options: [{ value: "s", title: "small" }, { value: "l", title: "large" }],
    },
    { name: "count", type: "integer", required: true, minimum: 1 },
    { name: "note", type: "string", required: false },
  ],
};

const shop: readonly SimulatedTool[] = [
  {
    name: "look_up",
    description: "Gives a price.",
    input: { type: "object", properties: { item: { type: "string" } }, required: ["item"] },
    output: { type: "object", properties: { price: { type: "number" } }, required: ["price"] },
    readOnly: true,
    answer: result({ price: 3 }),
  },
  { name: "pack", answer: result("packed"), isTask: true },
  { name: "order", answer: result(""), question },
  { name: "pay", answer: result("paid") },
];

/** A program whose begin playbook is code with the tools of `Shop`. */
function program(code: string): string {
  return `# Shop
remote: shop
# Buyer
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
${code}
  EndProgram();
}
\`\`\`
`;
}

function options(world: ToolWorld, more: PlayOptions = {}): PlayOptions {
  return { world: { tools: new SimulatedTools(world, { shop }) }, ...more };
}

const whole = program(`
  const { price } = await Shop.lookUp("pen");
  const packed = await Shop.pack();
  const ordered = await Shop.order();
  const paid = await Shop.pay();
  await Say("user", \`\${price} \${packed} \${ordered} \${paid}\`);`);

const uncertain = (policy: "retry" | "fail" | "skip") => ({
  ...defaultSettings,
  durability: { ...defaultSettings.durability, uncertain: policy },
});

Deno.test("tools: killed after each entry, a session has the same outcome, and no task, answer or question is repeated", async () => {
  const replies = ["large", "2", "skip"];
  const world = toolWorld();
  const played = await play(whole, options(world, { replies, settings: uncertain("retry") }));
  assertEquals(played.result, { kind: "completed" });
  const words = '3 packed {"size":"l","count":2} paid';
  assertEquals(played.said.at(-1), words);
  assertEquals(world.calls.map(({ tool }) => tool), ["shop.look_up", "shop.pack", "shop.order", "shop.pay"]);
  for (let position = 2; position < played.entries.length; position++) {
    const from = played.entries.slice(0, position);
    const after = { ...toolWorld(), tasks: new Map(world.tasks) };
    const heard = from.filter(({ type }) => type === "message").length;
    const resumed = await play(
      whole,
      options(after, {
        from,
        replies: replies.slice(heard),
        settings: uncertain("retry"),
      }),
    );
    const killed = `killed after entry ${position}`;
    assertEquals(resumed.result, { kind: "completed" }, killed);
    const all = [...said(from), ...resumed.said];
    assertEquals(all.at(-1), words, killed);
    assertEquals(resumed.asked, 3 - heard, killed);
    const hasTask = from.some(({ type }) => type === "task");
    const isPacked = resultOf(from, 2);
    assertEquals(after.calls.some(({ tool }) => tool === "shop.pack"), !hasTask && !isPacked, killed);
    assertEquals(after.fetched, hasTask && !isPacked ? ["task-1"] : [], killed);
    // A repeated call has the key of the first.
    for (const { tool, key } of after.calls) {
      assertEquals(key, world.calls.find((each) => each.tool === tool)?.key, killed);
    }
  }
});

function said(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
}

function resultOf(entries: readonly Entry[], ordinal: number): boolean {
  return entries.some((entry) => entry.type === "effect" && entry.ordinal === ordinal);
}

Deno.test("tools: a call in flight at a kill follows the uncertain policy, unless it changes nothing", async () => {
  const world = toolWorld();
  const { entries } = await play(program('await Shop.lookUp("pen"); await Shop.pay();'), options(world));
  const started = (name: string) =>
    entries.findIndex((entry) => entry.type === "start" && entry.asked.args[1] === name) + 1;
  const text = program('await Shop.lookUp("pen"); await Shop.pay();');
  const read = await play(text, options(toolWorld(), { from: entries.slice(0, started("lookUp")) }));
  assertEquals(read.result, { kind: "completed" });
  const paying = entries.slice(0, started("pay"));
  const stopped = await play(text, options(toolWorld(), { from: paying }));
  assertEquals(stopped.result.kind, "uncertain");
  const skipped = await play(text, options(toolWorld(), { from: paying, settings: uncertain("skip") }));
  assertMatch(
    skipped.result.kind === "failed" ? skipped.result.reason : "",
    /whether it was done is not known/,
  );
});

Deno.test("tools: a person who knows what a lost call did gives its result, as it is", async () => {
  const text = program('await Say("user", JSON.stringify(await Shop.pay()));');
  const { entries } = await play(text, options(toolWorld()));
  const from = entries.slice(0, entries.findIndex(({ type }) => type === "start") + 1);
  for (const result of ["paid", 5, null, { id: 7, items: ["pen"] }, [1, 2], { status: 200, body: "x" }]) {
    const world = toolWorld();
    const decide = () => Promise.resolve({ result });
    const settings = {
      ...defaultSettings,
      durability: { ...defaultSettings.durability, uncertain: "ask" as const },
    };
    const played = await play(text, { ...options(world, { from, settings }), decide });
    assertEquals([played.said, world.calls], [[JSON.stringify(result)], []]);
  }
});

Deno.test("tools: a call whose task is known is fetched without a choice, whatever the policy", async () => {
  const text = program('await Say("user", await Shop.pack());');
  const world = toolWorld();
  const { entries } = await play(text, options(world));
  const from = entries.slice(0, entries.findIndex(({ type }) => type === "task") + 1);
  const resumed = await play(text, options(world, { from, settings: uncertain("fail") }));
  assertEquals([resumed.result, resumed.said], [{ kind: "completed" }, ["packed"]]);
  assertEquals([world.calls.length, world.fetched], [1, ["task-1"]]);
});

Deno.test("tools: a server that is down stops the run before a model is asked; later its calls fail and the program goes on", async () => {
  const world = toolWorld();
  const tools = new SimulatedTools(world, { shop });
  tools.down.add("shop");
  const text = "# Shop\nremote: shop\n# Buyer\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Buy\n";
  const model = scriptedModel({
    Main: [
      'try { await Shop.pay(); } catch (error) { await Say("user", `${error.name}: ${error.message}`); } EndProgram();',
    ],
  });
  const first = await play(text, { world: { tools }, model });
  assertEquals(first.result, { kind: "tools", message: "The tool server of shop cannot be reached" });
  assertEquals([first.requests.length, first.said], [0, []]);
  tools.down.clear();
  const second = await play(text, {
    world: { tools },
    model,
    from: first.entries,
    onSandbox: () => tools.down.add("shop"),
  });
  assertEquals([second.result, second.said], [{ kind: "completed" }, ["ToolServerError: shop is down"]]);
});

Deno.test("tools: a model reads typed declarations and the notes of the server, the same after a resume", async () => {
  const text =
    "# Shop\nA shop.\nremote: shop\n# Buyer\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Buy\n";
  const model = scriptedModel({ Main: ["await Shop.pay();", "EndProgram();"] });
  const played = await play(text, options(toolWorld(), { model }));
  const { system } = played.requests[0]!;
  assertStringIncludes(
    system,
    "/** A shop. */\ndeclare const Shop: {\n  getOrCreate(): Promise<Agent>;\n" +
      "  /** Gives a price. */\n  look_up(item: string): Promise<{ price: number }>;\n  pack(): Promise<unknown>;",
  );
  assertStringIncludes(system, "# Tool servers\nShop: programs outside.");
  const turn = played.entries.findIndex(({ type }) => type === "end-turn") + 1;
  const resumed = await play(text, options(toolWorld(), { model, from: played.entries.slice(0, turn) }));
  assertEquals(resumed.requests.at(-1), played.requests.at(-1));
});

Deno.test("tools: a changed list is told and journaled, and the next turn reads it", async () => {
  const world = toolWorld();
  const now: SimulatedTool[] = [...shop];
  const tools = new SimulatedTools(world, { shop: now });
  const text = "# Shop\nremote: shop\n# Buyer\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Buy\n";
  const model = scriptedModel({ Main: ["await Shop.pay();", "await Sleep(1);", "EndProgram();"] });
  const played = await play(text, {
    world: { tools },
    model,
    onAppend: (entries) => {
      if (!entries.some(({ type }) => type === "turn") || now.length > shop.length) return;
      now.push({ name: "gift", answer: result("given") });
      tools.changed("shop");
    },
  });
  assertEquals(played.result, { kind: "completed" });
  const lists = played.entries.filter(({ type }) => type === "tools");
  assertEquals(lists.length, 2);
  assert(played.requests.at(-1)!.system.includes("gift(): Promise<unknown>"));
  const notices = played.events.flatMap((event) => event.type === "notice" ? [event.text] : []);
  assertEquals(notices, ["The tools of shop have changed (new: gift)"]);
});

Deno.test("tools: a question without a person to answer it suspends the session, and the answer continues it", async () => {
  const text = program('await Say("user", await Shop.order());');
  const world = toolWorld();
  const first = await play(text, options(world));
  assertEquals(first.result, { kind: "waiting", for: ["user"] });
  assertEquals(first.said, [
    'Shop asks: Which size?\nsize (one of small, large)\n(Say "decline" to refuse.)',
  ]);
  const second = await play(
    text,
    options(world, { from: first.entries, replies: ["huge", "1", "many", "4", "as a gift"] }),
  );
  assertEquals(second.result, { kind: "completed" });
  assertEquals(second.said, [
    "This must be one of small, large. size (one of small, large)",
    "count (a whole number from 1)",
    "This must be a whole number from 1. count (a whole number from 1)",
    'note (a text; optional, say "skip")',
    '{"size":"s","count":4,"note":"as a gift"}',
  ]);
  const declined = await play(text, options(toolWorld(), { from: first.entries, replies: ["decline"] }));
  assertEquals(declined.said, ["decline"]);
});

Deno.test("tools: words to a tool server are an error, and begin no turn of a model", async () => {
  const text = program(
    'try { await Say("Shop", "hello"); } catch (error) { await Say("user", error.message); }',
  );
  const played = await play(text, options(toolWorld()));
  assertEquals(played.said, ["Shop is a tool server, and reads no messages; call its functions"]);
  assertEquals(played.requests.length, 0);
});

const namesakes: readonly (readonly [tools: readonly string[], calls: string, called: readonly string[]])[] =
  [
    [["get-sum", "getSum", "get_sum"], "getSum() getSum2() get_sum3()", ["get-sum", "getSum", "get_sum"]],
    [["検索", "予約"], "tool() tool2()", ["検索", "予約"]],
    [["read", "read2", "READ"], "read() read2() READ3()", ["read", "read2", "READ"]],
    [["2", "two 2"], "tool2() two2()", ["2", "two 2"]],
  ];

for (const [tools, calls, called] of namesakes) {
  Deno.test(`tools: each of the tools ${tools.join(", ")} of a server can be called, although their names are one in code`, async () => {
    const code = calls.split(" ").map((call) => `await Shop.${call};`).join(" ");
    const world = toolWorld();
    const simulated = new SimulatedTools(world, {
      shop: tools.map((name) => ({ name, answer: result(name) })),
    });
    const played = await play(program(code), { world: { tools: simulated } });
    assertEquals(played.result, { kind: "completed" });
    assertEquals(world.calls.map(({ tool }) => tool), called.map((name) => `shop.${name}`));
  });
}

Deno.test("tools: files in a result are artifacts of the calling agent", async () => {
  const picture: SimulatedTool = {
    name: "picture",
    answer: {
      kind: "result",
      value: { text: "here" },
      files: [{ name: "photo", summary: "image/png", content: "data:" }],
    },
  };
  const tools = new SimulatedTools(toolWorld(), { shop: [picture] });
  const played = await play(
    program(
      'const { text, files } = await Shop.picture(); await Say("user", `${text} ${files[0].name}`); await Say("user", await LoadArtifact("photo"));',
    ),
    { world: { tools } },
  );
  assertEquals(played.said, ["here photo", "data:"]);
});

Deno.test("tools: an agent has its own server's tools as functions, beside its playbooks", async () => {
  const text = `# Buyer
remote: shop
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", \`\${(await look_up("pen")).price} \${await Buyer.pay()}\`);
  EndProgram();
}
\`\`\`
`;
  assertEquals((await play(text, options(toolWorld()))).said, ["3 paid"]);
});

Deno.test("tools: a server that loses its answers is asked again only for what changes nothing", async () => {
  const lossy: readonly SimulatedTool[] = [
    { name: "read", readOnly: true, answer: "lost" },
    { name: "write", answer: "lost" },
  ];
  const world = toolWorld();
  const tools = new SimulatedTools(world, { shop: lossy });
  const played = await play(
    program(`
  for (const name of ["read", "write"]) {
    try { await Shop[name](); } catch (error) { await Say("user", error.message); }
  }`),
    { world: { tools } },
  );
  assertEquals(world.calls.map(({ tool }) => tool), ["shop.read", "shop.read", "shop.read", "shop.write"]);
  assertEquals(new Set(world.calls.map(({ key }) => key)).size, 2);
  assertMatch(played.said[1]!, /^shop\.write\(\) was sent and its answer did not arrive \(the server died\)/);
});

Deno.test("tools: a number that JSON cannot hold is refused before the call, also inside of values", async () => {
  const world = toolWorld();
  const played = await play(
    program(`
  for (const value of [NaN, [1, { deep: Infinity }], 12345678901234567890n, new Map([["a", -Infinity]])]) {
    try { await Shop.lookUp(value); } catch (error) { await Say("user", error.message); }
  }`),
    options(world),
  );
  assertEquals(
    played.said,
    ["NaN", "Infinity", "12345678901234567890n", "-Infinity"].map((number) =>
      `look_up(item) was given ${number}, which JSON cannot hold`
    ),
  );
  assertEquals(world.calls, []);
});

Deno.test("tools: forged facts about tools are refused", async () => {
  const { entries } = await play(whole, options(toolWorld(), { replies: ["large", "2", "skip"] }));
  const indexOf = (type: Entry["type"]) => entries.findIndex((entry) => entry.type === type);
  const refuses = (type: Entry["type"], change: object, message: RegExp) => {
    const at = indexOf(type);
    const forged = [...entries.slice(0, at), { ...entries[at]!, ...change }];
    assertMatch(String(assertThrows(() => foldEntries(undefined, forged))), message);
  };
  foldEntries(undefined, entries);
  refuses("tools", { list: { server: "x" } }, /has no list of the tools of shop/);
  refuses("tools", { server: "" }, /names no tool server/);
  refuses("task", { ordinal: 1 }, /is of effect 1 of frame f1, which calls no tool/);
  refuses("task", { task: {} }, /names no task/);
  refuses("tool-ask", { agent: "1009" }, /names agent 1009, which does not exist/);
  refuses("tool-reply", { question: "q9" }, /answers question q9, which was not asked/);
  refuses("tool-reply", { field: "color" }, /answers the field color, which the question does not have/);
  refuses("tool-reply", { person: "Ann" }, /answers for another agent or person than the question has/);
  refuses("tool-reply", { takes: ["m9"] }, /takes message m9, which agent 1000 does not have/);
});
