import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { loadHistories, restoredState, storedState } from "../../src/engine/fold/stored_state.ts";
import { formats } from "../../src/store/mod.ts";
import { play } from "../support/harness.ts";
import { messageOf, playWithKills } from "../support/kills.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const helper = `# Helper

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for $name
- Greet the user by name

## Check
### Steps
- Return valid if the name is a real one

## Sorry
### Steps
- Apologize and offer a voucher

\`\`\`ts
export async function Outer() {
  await Say("user", "From the code.");
  return await Check();
}
\`\`\`

# Manager

## Decide
public: true
### Steps
- Decide
`;

Deno.test("calls: a callee is told what its caller's turn has done, also after a kill anywhere", async () => {
  const played = await playWithKills(helper, {
    model: scriptedModel({
      Main: [
        'Step("01"); await Say("user", "Your name?"); const name = await Yield("user"); const ok = await Check();',
        "Return(ok);",
      ],
      Check: ['Return("valid");'],
    }),
    replies: ["I am Ann"],
  });
  const told = messageOf(played, "turn 1 of Check");
  assertStringIncludes(told, "Done so far in turn 1 of Main, which calls this playbook:");
  assertStringIncludes(told, '- Say("user", "Your name?")');
  assertStringIncludes(told, '- Yield("user") → "I am Ann"');
});

Deno.test("calls: a callee is told the locals that its caller's code has at the call", async () => {
  const long = "very long ".repeat(80);
  const played = await playWithKills(helper, {
    model: scriptedModel({
      Main: [
        "const before = 1; let count = 1;",
        [
          "count = 20 + 1; const order = { item: 'Pro', n: count * 2 }; const run = () => 1; const waits = Promise.resolve(1);",
          `const long = "very long ".repeat(80); await Check(); const after = 5;`,
        ].join("\n"),
        "Return();",
      ],
      Check: ["Return(1);"],
    }),
  });
  const told = messageOf(played, "turn 1 of Check");
  assertMatch(
    told,
    /^Locals of Main: \{"count":21,"order":\{item: "Pro", n: 42\},"long":"very long [a-z ]*…"\}$/m,
  );
  assertMatch(told, new RegExp(`^- long: artifact a_\\w{8} \\(800 characters\\): "${long}"$`, "m"));
});

Deno.test("calls: each call of a loop is told the words that came before it", async () => {
  const played = await play(helper, {
    model: scriptedModel({
      Main: [
        'let ok = "invalid"; for (let i = 0; i < 5 && ok !== "valid"; i++) { await Yield("user"); ok = await Check(); } Return();',
      ],
      Check: (_turn, { messages }) =>
        messages.at(-1)!.text.includes("12345678") ? 'Return("valid");' : 'Return("invalid");',
    }),
    replies: ["hm", "oh ok. it's 12345678"],
  });
  assertEquals(played.result, { kind: "completed" });
  const checks = played.requests.map(({ messages }) => messages.at(-1)!.text)
    .filter((text) => text.startsWith("[turn 1 of Check"));
  assertEquals(checks.length, 2);
  assert(!checks[0]!.includes("12345678"));
  assertStringIncludes(checks[1]!, '- Check() → "invalid"');
});

Deno.test("calls: a callee below a code playbook sees the code and the model's turn above it", async () => {
  const played = await play(helper, {
    model: scriptedModel({
      Main: ['const name = await Yield("user"); await Outer();', "Return();"],
      Check: ["Return(1);"],
    }),
    replies: ["Ann"],
  });
  const told = messageOf(played, "turn 1 of Check");
  assertMatch(told, /Done so far in turn 1 of Main, .*\n- Yield\("user"\) → "Ann"\nDone so far in Outer, /);
  assertStringIncludes(told, '- Say("user", "From the code.")');
});

Deno.test("calls: another agent is not told what its caller has heard", async () => {
  const played = await play(helper, {
    model: scriptedModel({
      Main: ['const secret = await Yield("user"); await Manager.Decide();', "Return();"],
      Decide: ["Return(1);"],
    }),
    replies: ["at most 500"],
  });
  assert(
    !JSON.stringify(played.requests.find(({ system }) => system.includes("You are Manager"))).includes("500"),
  );
});

Deno.test("calls: parallel calls are told only what happened before them", async () => {
  const played = await play(helper, {
    model: scriptedModel({
      Main: ["await Promise.all([Check(), Sorry()]);", "Return();"],
      Check: ["Return(1);"],
      Sorry: ["Return(2);"],
    }),
  });
  for (const turn of ["turn 1 of Check", "turn 1 of Sorry"]) {
    assert(!messageOf(played, turn).includes("Done so far"));
  }
});

Deno.test("calls: a caller is told each call that ended and what was said in it, also after a kill anywhere", async () => {
  const played = await playWithKills(helper, {
    model: scriptedModel({
      Main: ["await Sorry();", "Return();"],
      Sorry: ['await Say("user", "Take the voucher SORRY10."); await Outer(); Return();'],
      Check: ['await Say("user", "And I looked."); Return();'],
    }),
  });
  const told = messageOf(played, "turn 2 of Main");
  assertStringIncludes(
    told,
    [
      "Results of turn 1, as data:",
      "- Sorry() returned",
      '  said to user: "Take the voucher SORRY10."',
      '  said to user: "From the code."',
      '  said to user: "And I looked."',
    ].join("\n"),
  );
});

Deno.test("calls: words of a call that fails, and of another agent, are told to the caller", async () => {
  const played = await play(helper, {
    model: scriptedModel({
      Main: ["try { await Check(); } catch {} await Manager.Decide();", "Return();"],
      Check: (turn) => turn === 1 ? 'await Say("user", "One moment."); missing();' : "missing();",
      Decide: ['await Say("user", "Granted."); Return(true, "decided");'],
    }),
  });
  const told = messageOf(played, "turn 2 of Main");
  assertMatch(told, /- Check\(\) failed: .*\n {2}said to user: "One moment\."/);
  assertStringIncludes(told, '- Manager.Decide() → true (decided)\n  said to user: "Granted."');
});

Deno.test("calls: what code prints is told to the model in its next turn, also after a kill anywhere", async () => {
  const played = await playWithKills(helper, {
    model: scriptedModel({
      Main: [
        'console.log("before"); await Sleep(1); const order = { item: "Pro", n: 1 }; console.log("order:", order, [1, 2]);',
        'console.log("two\\nlines"); missing();',
        "Return();",
      ],
    }),
  });
  assertStringIncludes(
    messageOf(played, "turn 2 of Main"),
    'Printed: before\nPrinted: order: {"item":"Pro","n":1} [1,2]\n',
  );
  const failed = messageOf(played, "turn 3 of Main");
  assertStringIncludes(failed, "Printed: two\n  lines\n");
  assert(!failed.includes("before"));
});

Deno.test("calls: a flood of printed texts stays bounded, and its number is told", async () => {
  const played = await play(helper, {
    model: scriptedModel({ Main: ["for (let i = 0; i < 1000; i++) console.log('line', i);", "Return();"] }),
  });
  const told = messageOf(played, "turn 2 of Main");
  assertStringIncludes(told, "Printed: line 0\n");
  assertStringIncludes(told, "(800 more texts were printed, and not kept)");
});

Deno.test("calls: results that a checkpoint leaves to the journal have the words of their calls, too", async () => {
  const played = await play(helper, {
    model: scriptedModel({
      Main: ['await Sorry(); await Outer(); await Yield("user");'],
      Sorry: ['await Say("user", "Take SORRY10."); await Outer(); Return();'],
      Check: ["Return(1);"],
    }),
  });
  assertEquals(played.result.kind, "waiting");
  const stored = JSON.parse(JSON.stringify(storedState(played.state, 0)));
  const entries = played.entries.map((entry, index) => ({ position: index + 1, entry }));
  const restored = restoredState({ state: stored, format: formats.checkpoint }, () => entries);
  loadHistories(restored);
  const saidOf = ({ frames }: typeof restored) =>
    Object.values(frames).flatMap(({ running }) => running?.history.slice(0).map(({ said }) => said) ?? []);
  assertEquals(saidOf(restored), saidOf(played.state));
  assertEquals(saidOf(restored)[0]?.map(({ text }) => text), ["Take SORRY10.", "From the code."]);
});
