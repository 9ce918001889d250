import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readAnswer } from "../../src/engine/turn/answer.ts";
import { sayPreview } from "../../src/frontends/live_words/say_preview.ts";
import { cpuTimeMs } from "../support/cpu_time.ts";

const isPerson = (name: string) => ["user", "human", "Alice"].includes(name);

function textOf(completion: string): string {
  return sayPreview(completion, isPerson).map(({ text }) => text).join("|");
}

const table: readonly (readonly [claim: string, completion: string, words: string])[] = [
  ["double quotes", 'await Say("user", "Hello")', "Hello"],
  ["single quotes", "await Say('user', 'Hel", "Hel"],
  ["a template over lines", "Say(`user`, `Hello\nyou", "Hello\nyou"],
  ["what is inserted is left open", 'Say("user", `Dear ${name}, ${ok ? `a ${"}"}` : "b"}!`)', "Dear …, …!"],
  ["an insertion that has not ended", 'Say("user", `Dear ${names.map((n) => `${n}', "Dear …"],
  ["a dollar that may begin an insertion waits", 'Say("user", `for 5 $', "for 5 "],
  ["a dollar that begins none", 'Say("user", `for 5 $ or ${x}`)', "for 5 $ or …"],
  ["escapes", String.raw`Say("user", "a\n\"b\" \x41\u00e9\u{1F600}\ud83d\ude00\'\\")`, 'a\n"b" Aé😀😀\'\\'],
  ["an escape with only its beginning", String.raw`Say("user", "a\u{1F6`, "a"],
  ["a backslash at the end", 'Say("user", "a\\', "a"],
  ["half a surrogate pair waits", String.raw`Say("user", "a\ud83d`, "a"],
  ["a line that goes on", 'Say("user", "a\\\nb")', "ab"],
  [
    "a sum shows its texts",
    'Say("user", "You owe " + sum(1, "x") + " dollars" + name)',
    "You owe … dollars…",
  ],
  ["a sum that begins with a name", 'Say("user", name + ", hello', "…, hello"],
  ["no text at all", 'Say("user", greeting)', ""],
  ["a choice is not known", 'Say("user", ok ? "yes" : "no")', ""],
  ["nor is a fallback", 'Say("user", "a" || "b")', ""],
  ["a text that is trimmed", 'Say("user", `\n  Hello\n`.trim())', "Hello"],
  ["a text that is being trimmed", 'Say("user", `\n  Hello\n`.tri', "Hello"],
  ["a text that is changed is not known", 'Say("user", "=".repeat(3) + " Hello")', "… Hello"],
  ["a method of self", 'await self.Say("human", "Hello")', "Hello"],
  ["a method of another", 'await other.Say("user", "Hello")', ""],
  ["a person whom the program declares", 'Say("Alice", "Hello")', "Hello"],
  ["an agent", 'Say("Buyer", "Hello")', ""],
  ["words without a receiver", 'Say("Good bye, Ann.")', "Good bye, Ann."],
  ["words without a receiver that have not ended", 'Say("Good bye, A', ""],
  ["a receiver without words", 'Say("Buyer")', ""],
  ["a question inside a wait", 'const color = await Yield("user", "Which color?")', "Which color?"],
  ["a wait for an agent with words", 'await Yield("Buyer", "Which color?")', ""],
  ["a variable", 'Say(user, "Hello")', ""],
  ["a target that has not ended", 'Say("user', ""],
  ["a string that breaks off at a line end is no code", 'Say("user", "Hello\n', ""],
  ["comments", '// Say("user", "a")\n/* Say("user", "b") */ Say("user", /* "c" */ "d" // e\n)', "d"],
  ["a Say in a string", 'const code = "Say(\\"user\\", \\"a\\")"', ""],
  ["a Say in a template", 'const code = `Say("user", "a")`', ""],
  ["a regular expression with quotes", 'if (/it\'s "/.test(x)) Say("user", "Hello")', "Hello"],
  ["a division", 'const a = b / c; Say("user", "1/2"); const d = a / 2', "1/2"],
  [
    "all that is said in any case",
    'await Say("user", "a");\nawait Say("user", "b")\nSay("user", "c',
    "a|b|c",
  ],
  [
    "the last of what is said under conditions",
    'if (x) {\n Say("user", "a") } else { Say("user", "b") }',
    "b",
  ],
  ["conditions without braces", 'if (x)\n  Say("user", "a");\nelse Say("user", "b");\nSay("user", "c")', "c"],
  [
    "conditions with braces",
    'if (x) { Say("user", "a"); } else { Say("user", "b"); }\nSay("user", "c")',
    "c",
  ],
  ["statements in a condition", 'if (x) { f(); Say("user", "a"); f(); Say("user", "b"); }', "b"],
  ["two calls in a condition", 'if (x) { Say("user", "a"); Say("user", "b")', "b"],
  ["a loop", 'for (const x of xs) await Say("user", `${x}: found`)', "…: found"],
  ["a function", 'async function greet() { await Say("user", "Hello") }', "Hello"],
  ["what stands behind the end is not said", 'Say("user", "a"); EndProgram(); Say("user", "b")', "a"],
  ["an end under a condition", 'if (x) Return(1);\nSay("user", "b")', "b"],
  ["prose around a fence", 'Say("user", "a")\n```js\nSay("user", "b")\n```\nSay("user", "c")', "b"],
  ["half a fence", 'Say("user", "b")\n``', "b"],
  ["a sentence that mentions it", 'First I will call Say("user", "a") for you', ""],
  ["a sentence before code", 'Of course.\nSay("user", "a")\nSay("user", "b', "a|b"],
  ["an apostrophe in a sentence", "I'll greet the user.\nSay('user', 'b')", "b"],
];

Deno.test("say preview: sayPreview() gives the words to persons as far as they are written", async (t) => {
  for (const [claim, completion, words] of table) {
    await t.step(claim, () => assertEquals(textOf(completion), words));
  }
});

Deno.test("say preview: sayPreview() names the person", () => {
  assertEquals(sayPreview('Say("Alice", "Hello")', isPerson).map(({ to }) => to), ["Alice"]);
});

const literal = fc.tuple(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("json", "single", "template", "escaped"),
)
  .map(([words, kind]) => {
    const text = words.replaceAll("\r", "");
    switch (kind) {
      case "json":
        return { text, code: JSON.stringify(text) };
      case "single":
        return { text, code: `'${text.replace(/[\\']/g, "\\$&").replaceAll("\n", "\\n")}'` };
      case "template":
        return { text, code: `\`${text.replace(/[\\`$]/g, "\\$&")}\`` };
      default:
        return {
          text,
          code: `"${[...text].map((each) => `\\u{${each.codePointAt(0)!.toString(16)}}`).join("")}"`,
        };
    }
  });

Deno.test("say preview: the preview only grows, and its end equals the said words", () => {
  fc.assert(
    fc.property(fc.array(literal, { minLength: 1, maxLength: 3 }), (parts) => {
      const completion = `await Say("user", ${parts.map(({ code }) => code).join(" + ")});`;
      const said = parts.map(({ text }) => text).join("");
      fc.pre(said.trim() !== "" && !/[\ud800-\udbff]$/.test(said));
      assertEquals(textOf(completion), said);
      for (let end = 0; end < completion.length; end++) {
        const shown = textOf(completion.slice(0, end));
        assert(said.startsWith(shown), `${JSON.stringify(shown)} of ${completion.slice(0, end)}`);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("say preview: sayPreview() takes any text and is fast on hostile text", () => {
  const piece = fc.constantFrom(
    ..."\"'`${}()[]+,;\\/\n aé".split(""),
    "Say(",
    '"user", ',
    "```",
    "await ",
    "x",
    "//",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => void textOf(pieces.join(""))), {
    numRuns: 300,
  });
  for (
    const piece of [
      "`${",
      '"',
      "/[",
      "=/[a",
      "(",
      "Say(",
      'Say("user", `${',
      "\\",
      " ",
      "/*",
      'Say("user", a',
    ]
  ) {
    const before = cpuTimeMs();
    textOf(piece.repeat(20_000 / piece.length));
    assert(cpuTimeMs() - before < 1000, piece);
  }
});

Deno.test("say preview: sayPreview() and the runtime read the same code from an answer", () => {
  const say = (words: string) => `await Say("user", "${words}");`;
  const answers = [
    say("a"),
    `Sure!\n\`\`\`js\n${say("a")}\n\`\`\`\nDone.`,
    `\`\`\`\n${say("a")}\n\`\`\`\nand\n~~~ts\n${say("b")}\n~~~`,
    `\`\`\`md\n${say("a")}\n\`\`\`\n\`\`\`javascript\n${say("b")}`,
    `\`\`\`\`js\nSay("user", \`\n\`\`\`text\nx\n\`\`\`\n\`)\n\`\`\`\``,
    `\`\`\`python\nprint()\n\`\`\``,
    `Of course.\n${say("a")}`,
  ];
  for (const answer of answers) {
    const read = readAnswer(answer, "stop");
    assertEquals(textOf(answer), read.ok ? textOf(read.code) : "");
  }
});
