import { assertEquals } from "@std/assert";
import { ThoughtMarks } from "../../src/model/thought_marks.ts";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

// Cases 29, 30 and 39 of the language. A turn's code runs as a whole, so case 29 is about answers that arrive in parts.

const clerk = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Talk to the user
`;

const answers: readonly (readonly [what: string, answer: string, said: readonly string[]])[] = [
  ["a text over lines", "Say('user', `one\ntwo`);", ["one\ntwo"]],
  ["an object over lines", 'const x = {\n  a: 1,\n  b: [2,\n    3],\n};\nSay("user", String(x.b[1]));', [
    "3",
  ]],
  [
    "branches",
    'if (1 > 2) Say("user", "a");\nelse if (2 > 1) {\n  Say("user", "b");\n}\nelse Say("user", "c");',
    ["b"],
  ],
  ["a loop", 'for (const n of [1, 2]) {\n  Say("user", `n${n}`);\n}', ["n1", "n2"]],
  ["try and catch", 'try {\n  missing();\n} catch {\n  Say("user", "caught");\n}', ["caught"]],
  ["a function", 'function twice(n) {\n  return n * 2;\n}\nSay("user", String(twice(4)));', ["8"]],
  ["a class", 'class A {\n  name() { return "A"; }\n}\nSay("user", new A().name());', ["A"]],
  ["comments alone before code", '// first\n/* second */\nSay("user", "x");', ["x"]],
  ["several statements in a line", 'let a = 1; a += 2; Say("user", String(a));', ["3"]],
  ["a fence", 'Here it is:\n```js\nSay("user", "fenced");\n```\nDone.', ["fenced"]],
];

Deno.test("case 29: an answer means the same wherever its parts are cut", async (t) => {
  for (const [what, answer, said] of answers) {
    await t.step(what, async () => {
      for (let size = 1; size < answer.length; size += size < 4 ? 1 : 5) {
        const marks = new ThoughtMarks();
        const parts = Array.from({ length: Math.ceil(answer.length / size) }, (_, index) => {
          return answer.slice(index * size, (index + 1) * size);
        });
        const read = [...parts.flatMap((part) => marks.push(part)), ...marks.end()];
        assertEquals(read.map((piece) => piece.type === "text" ? piece.text : "").join(""), answer);
      }
      const played = await play(clerk, { model: scriptedModel({ Main: [`${answer}`, "Return();"] }) });
      assertEquals(played.said, said);
    });
  }
});

Deno.test("case 29: an answer of comments alone does nothing, and the next turn goes on", async () => {
  const played = await play(clerk, {
    model: scriptedModel({
      Main: ["// nothing to do\n/* still nothing */", 'Say("user", "on");\nReturn();'],
    }),
  });
  assertEquals(played.said, ["on"]);
});

Deno.test("case 30: a name alone and the names of the runtime change nothing", async () => {
  const played = await play(clerk, {
    model: scriptedModel({
      Main: [
        'state.x = 1;\nstate\nself;\nSay("user", "one");',
        'try { globalThis.Say = undefined; } catch {} try { self.id = "7"; } catch {}\nSay("user", "two " + self.id);',
        'try { state = {}; } catch {}\nSay("user", "three " + state.x);\nReturn();',
      ],
    }),
  });
  assertEquals(played.said, ["one", "two 1000", "three 1"]);
  assertEquals(played.result.kind, "completed");
});

Deno.test("case 39: lines that follow each other are separate replies, and none of their ends is seen", async () => {
  const played = await play(clerk, {
    model: scriptedModel({
      Main: [
        'const first = await Yield("user");',
        'const second = await Yield("user");',
        'Say("user", JSON.stringify([first, second]));\nReturn();',
      ],
    }),
    replies: ["one", "two"],
  });
  assertEquals(played.said, ['["one","two"]']);
});
