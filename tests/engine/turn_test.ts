import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** A program of one agent with a Main that has only a name. */
const one = `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Do it

## Half($x)
### Steps
- Return half of $x
`;

Deno.test("turn: the next turns of a frame see its locals, its state and a person's answers", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: [
        'let count = 1; const when = new Date(0); state.list = [1]; const name = await Yield("user");',
        "count += 1; state.list.push(2);",
        'await Say("user", `${name} ${count} ${when.toISOString()} ${state.list}`); Return();',
      ],
    }),
    replies: ["Ann"],
  });
  assertEquals(played.said, ["Ann 2 1970-01-01T00:00:00.000Z 1,2"]);
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("turn: code after Return has no effect, also in catch or finally", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: [
        'const half = await Half(8); await Say("user", "half is " + half + ", x is " + state.x); EndProgram(); await Say("user", "late");',
      ],
      Half: [
        'try { Return(x / 2); await Say("user", "after"); } catch { await Say("user", "caught"); } finally { state.x = 1; await Say("user", "finally"); }',
      ],
    }),
  });
  assertEquals(played.said, ["half is 4, x is 8"]);
});

Deno.test("turn: a failed turn reports the line, the error and the finished effects to the model, and continues", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: [
        'const kept = 7;\nawait Say("user", "once");\nmissing.call();',
        'await Say("user", "mended " + kept); Return();',
      ],
    }),
  });
  assertEquals(played.said, ["once", "mended 7"]);
  const told = played.requests[1]!.messages.at(-1)!.text;
  assertStringIncludes(told, "The code of turn 1 failed at line 3: ReferenceError: ");
  assertStringIncludes(told, '- Say("user", "once")');
});

Deno.test("turn: after more than max_repairs failures a playbook fails with the error, and its caller can catch it", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: [
        'try { await Half(1); } catch (error) { await Say("user", "failed: " + error.message); } Return();',
      ],
      Half: () => "throw new TypeError('no halves today');",
    }),
  });
  assertEquals(played.said.length, 1);
  assertStringIncludes(played.said[0]!, "no halves today");
  assertEquals(played.requests.length, 1 + 4, "three repairs after the first failure");
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("turn: an unhandled error fails the program", async () => {
  const played = await play(one, { model: scriptedModel({ Main: () => "throw new Error('enough');" }) });
  assertEquals(played.result.kind, "failed");
  assertStringIncludes(JSON.stringify(played.result), "enough");
});

Deno.test("turn: three turns in a row without an effect are an error, not an endless loop", async () => {
  const played = await play(one, { model: scriptedModel({ Main: () => "const x = 1;" }) });
  assertEquals(played.requests.length, 3);
  assertEquals(played.result.kind, "failed");
  assertStringIncludes(JSON.stringify(played.result), "no progress");
});

Deno.test("turn: a limit on model calls stops the session at a point where it can continue, and holds after resumes", async () => {
  const model = scriptedModel({
    Main: (turn) => `await Say("user", "turn ${turn}"); ${turn === 5 ? "Return()" : ""}`,
  });
  const { defaultSettings } = await import("../support/harness.ts");
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, maxLlmCalls: 2 } };
  const first = await play(one, { model, settings });
  assertEquals(first.result.kind, "limit");
  assertEquals(first.said, ["turn 1", "turn 2"]);
  const again = await play(one, { model, settings, from: first.entries });
  assertEquals(again.result.kind, "limit");
  assertEquals(again.said, []);
  const raised = await play(one, { model, from: again.entries });
  assertEquals(raised.result, { kind: "completed" });
  assertEquals(raised.said, ["turn 3", "turn 4", "turn 5"]);
});

Deno.test("turn: an effect without await happens in order and is not lost", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: ['Say("user", "a"); Say("user", "b"); const x = Half(4);', 'await Say("user", "c"); Return()'],
      Half: ["Return(2)"],
    }),
  });
  assertEquals(played.said, ["a", "b", "c"]);
});

Deno.test("turn: code that waits for something impossible gets an error", async () => {
  const played = await play(one, {
    model: scriptedModel({ Main: ["await new Promise(() => {});", "Return()"] }),
  });
  assertStringIncludes(played.requests[1]!.messages.at(-1)!.text, "will never happen");
});

Deno.test("turn: an answer in a fence with prose around it runs", async () => {
  const played = await play(one, {
    model: scriptedModel({ Main: ['Sure!\n```javascript\nawait Say("user", "hi");\nReturn();\n```\nDone.'] }),
  });
  assertEquals(played.said, ["hi"]);
});

Deno.test("turn: missing arguments, extra arguments and names in any case are handled sensibly", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: [
        "const errors = [];",
        'try { await Half(); } catch (error) { await Say("user", error.message); }',
        'try { await Half(1, 2); } catch (error) { await Say("user", error.message); }',
        'await Say("user", String(await Half({ X: 6 }))); Return();',
      ].map((_, index, all) => index === 0 ? all.join("\n") : ""),
      Half: (_turn, request) => {
        assert(request.messages.at(-1)!.text.includes('Arguments: {"x":6}'));
        return "Return(x / 2)";
      },
    }),
  });
  assertEquals(played.said[0], "Half(x) was called without x");
  assertEquals(played.said[1], "Half(x) was given 2 arguments");
  assertEquals(played.said[2], "3");
});

Deno.test("turn: earlier messages of a prompt are a byte-exact prefix of later ones, in a frame and over calls", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: [
        'await Say("user", "1");',
        "const half = await Half(2);",
        'await Say("user", "3");',
        "Return();",
      ],
      Half: ["state.deep = 1; await Sleep(1);", "Return(1)"],
    }),
  });
  const texts = played.requests.map((request) =>
    request.messages.map((message) => message.role + message.text)
  );
  const systems = new Set(played.requests.map((request) => request.system));
  assertEquals(systems.size, 1);
  const mains = texts.filter((messages) => messages.at(-1)!.includes("of Main ·"));
  for (let turn = 1; turn < mains.length; turn++) {
    assertEquals(mains[turn]!.slice(0, mains[turn - 1]!.length), mains[turn - 1]);
  }
  assert(!mains.at(-1)!.join("").includes("of Half ·"), "a callee's trace leaves the context");
  const halves = texts.filter((messages) => messages.at(-1)!.includes("of Half ·"));
  assertEquals(halves[0]!.slice(0, mains[1]!.length), mains[1], "a callee's prompt begins with its caller's");
});

Deno.test("turn: a long result is an artifact for the model and complete in code", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: [
        "const long = await Half(2);",
        'const name = "a_" ; await Say("user", String(long.length)); Return();',
      ],
      Half: ['Return("x".repeat(5000))'],
    }),
  });
  assertEquals(played.said, ["5000"]);
  const told = played.requests.at(-1)!.messages.at(-1)!.text;
  assert(told.length < 3000, "the result is not shown whole");
  assertStringIncludes(told, "artifact a_");
});

Deno.test("turn: a raw playbook's answer is its unchanged result, and placeholders are resolved once", async () => {
  const played = await play(
    `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Get the joke

## Joke($topic)
execution_mode: raw
Tell a joke about {$topic.toUpperCase()} to {Name()}, {"not": "an expression either}.

## Name
### Steps
- Return the name
`,
    {
      model: scriptedModel({
        Main: ['await Say("user", await Joke("cats")); Return();'],
        Name: ['Return("Ann")'],
        Joke: (_turn, request) => {
          assertEquals(request.answer, "text");
          return request.messages.at(-1)!.text.split("\n\n")[1]!;
        },
      }),
    },
  );
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.said.length, 1);
  assertStringIncludes(played.said[0]!, "Tell a joke about CATS to Ann");
  assertEquals(
    played.requests.filter((request) => request.messages.at(-1)!.text.includes("of Name")).length,
    1,
  );
});

Deno.test("turn: a forgotten await is harmless, because the value is there when it is used", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: ['const half = Half(8); Say("user", `half is ${half}, quarter ${Half(half)}`); Return(half);'],
      Half: ["Return(x / 2)"],
    }),
  });
  assertEquals(played.said, ["half is 4, quarter 2"]);
});

Deno.test("turn: only consecutive failures count toward max_repairs", async () => {
  const played = await play(one, {
    model: scriptedModel({
      Main: (turn) => turn === 8 ? "Return();" : turn % 4 === 0 ? 'await Say("user", "fine");' : "missing();",
    }),
  });
  assertEquals([played.result.kind, played.said], ["completed", ["fine"]]);
});
