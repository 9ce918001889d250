import { assertEquals } from "@std/assert";
import type { EventFact } from "../../src/session/mod.ts";
import { progressLine } from "../../src/frontends/terminal/progress.ts";
import { eventLines } from "../../src/frontends/event_lines.ts";
import { applyEvent, applyWords, initialView } from "../../src/frontends/terminal/view.ts";

const seller = { agent: "1000", klass: "Seller", playbook: "Main" };
const words = { agent: "1000", klass: "Seller", to: "user", text: "Hello", position: 1 };

function lineAfter(events: readonly EventFact[], { seconds = 0, columns = 100 } = {}): string {
  const view = events.reduce(applyEvent, initialView(0));
  return progressLine(view.progress, view, { nowMs: seconds * 1000, columns });
}

Deno.test("view: the progress line names agent, playbook, step, activity, tokens, cost and time", () => {
  assertEquals(lineAfter([]), "starting · 0s");
  assertEquals(lineAfter([{ type: "turn", ...seller, turn: 1 }]), "Seller(1000) · Main · thinking · 0s");
  const step: EventFact = { type: "step", ...seller, step: "02" };
  assertEquals(lineAfter([step], { seconds: 61 }), "Seller(1000) · Main 02 · 1:01");
  const completion: EventFact = {
    type: "completion",
    ...seller,
    turn: 1,
    inputTokens: 1200,
    outputTokens: 34,
    costUsd: 0.00123,
  };
  assertEquals(
    lineAfter([step, completion, { type: "wait", agent: "1000", klass: "Seller", for: ["user"] }], {
      seconds: 3661,
    }),
    "Seller(1000) · Main 02 · waiting for user · 1,234 tokens · $0.0012 · 1:01:01",
  );
});

Deno.test("view: tokens and cost add up, and another agent's step is not kept", () => {
  const completion: EventFact = {
    type: "completion",
    ...seller,
    turn: 1,
    inputTokens: 1,
    outputTokens: 2,
  };
  const buyer: EventFact = { type: "turn", agent: "1001", klass: "Buyer", playbook: "Main", turn: 1 };
  assertEquals(
    lineAfter([{ type: "step", ...seller, step: "02" }, completion, completion, buyer]),
    "Buyer(1001) · Main · thinking · 6 tokens · 0s",
  );
});

Deno.test("view: the progress line fits and shows no line end or escape sequence of a playbook", () => {
  assertEquals(lineAfter([{ type: "turn", ...seller, turn: 1 }], { columns: 11 }), "Seller(100…");
  const odd: EventFact = { type: "wait", agent: "1000", klass: "Seller", for: ["a\x1b[2Jb\nc"] };
  assertEquals(lineAfter([odd]), "Seller(1000) · waiting for a�b c · 0s");
});

Deno.test("view: the progress line shows an agent with a working model, not a waiting agent", () => {
  const turn: EventFact = { type: "turn", ...seller, turn: 1 };
  const buyer = { agent: "1001", klass: "Buyer", playbook: "Haggle" };
  const wait: EventFact = { type: "wait", agent: "1001", klass: "Buyer", for: ["Seller"] };
  assertEquals(lineAfter([turn, wait]), "Seller(1000) · Main · thinking · 0s");
  const both: readonly EventFact[] = [turn, { type: "turn", ...buyer, turn: 1 }];
  assertEquals(lineAfter(both), "Buyer(1001) · Haggle · thinking, and 1 more · 0s");
  assertEquals(lineAfter(both, { columns: 36 }), "Buyer(1001) · Haggle · thinking · 0s");
  assertEquals(
    lineAfter([...both, { type: "text", agent: "1000", text: "x" }]),
    "Seller(1000) · Main · writing, and 1 more · 0s",
  );
});

Deno.test("view: after a call the progress line shows the caller and its step again", () => {
  const events: EventFact[] = [
    { type: "call", ...seller, depth: 0 },
    { type: "step", ...seller, step: "02" },
    { type: "call", ...seller, playbook: "Inner", depth: 1 },
  ];
  assertEquals(lineAfter(events), "Seller(1000) · Inner · 0s");
  const returned: EventFact = { type: "return", ...seller, playbook: "Inner", ok: true };
  assertEquals(lineAfter([...events, returned]), "Seller(1000) · Main 02 · 0s");
});

Deno.test("view: a narrow terminal shows the most important parts of the progress line", () => {
  const completion: EventFact = {
    type: "completion",
    ...seller,
    turn: 1,
    inputTokens: 1200,
    outputTokens: 34,
    costUsd: 0.5,
  };
  const reason = "the provider is overloaded and asks us to wait";
  const retrying: EventFact = {
    type: "retrying",
    agent: "1000",
    klass: "Seller",
    attempt: 1,
    waitMs: 1,
    reason,
  };
  const lines = [100, 80, 45, 30, 20].map((columns) => lineAfter([completion, retrying], { columns }));
  assertEquals(lines, [
    `Seller(1000) · Main · asking again (${reason}) · $0.5000 · 0s`,
    "Seller(1000) · Main · asking again (the provider is overloaded and asks us… · 0s",
    "Seller(1000) · Main · asking again (the… · 0s",
    "Seller(1000) · Main · 0s",
    "Seller(1000) · Main",
  ]);
});

Deno.test("view: a header names the speaker only if several agents can speak", () => {
  const alone = applyWords(initialView(0), words);
  assertEquals(alone.header, undefined);
  const several = applyEvent(alone.view, { type: "agent", agent: "1001", klass: "Buyer" });
  assertEquals(applyWords(several, words).header, undefined);
  const other = applyWords(several, { ...words, agent: "1001", klass: "Buyer" });
  assertEquals(other.header, "[Buyer(1001) → User]");
  assertEquals(applyWords(other.view, words).header, "[Seller(1000) → User]");
  assertEquals(applyWords(other.view, { ...words, to: "Alice" }).header, "[Seller(1000) → Alice]");
});

Deno.test("view: verbose, snoop and quiet decide which events become lines", () => {
  const call: EventFact = { type: "call", ...seller, depth: 1 };
  const message: EventFact = {
    type: "message",
    from: "1000",
    fromKlass: "Seller",
    to: "1001",
    toKlass: "Buyer",
    text: "Ten?",
  };
  const info: EventFact = { type: "notice", level: "info", text: "fine" };
  const warning: EventFact = { type: "notice", level: "warning", text: "careful" };
  const lines = (detail: Partial<Parameters<typeof eventLines>[1]>) =>
    [call, message, info, warning].flatMap((event) =>
      eventLines(event, { verbose: false, snoop: false, quiet: false, ...detail })
    );
  assertEquals(lines({}), ["ℹ fine", "⚠️  careful"]);
  assertEquals(lines({ quiet: true }), ["⚠️  careful"]);
  assertEquals(lines({ verbose: true }), ["  → Seller(1000) Main", "ℹ fine", "⚠️  careful"]);
  assertEquals(lines({ snoop: true }), ["[Seller(1000) → Buyer(1001)] Ten?", "ℹ fine", "⚠️  careful"]);
});
