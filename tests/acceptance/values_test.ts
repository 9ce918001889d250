import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { play, type Played, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

// Variables, placeholders and artifacts, by the numbers of the acceptance cases that they show.

const head = `# Desk

\`\`\`js
const rate = 0.25;
function half(x) { return x / 2; }
\`\`\`

## Main
### Triggers
- At the beginning
### Steps
- Go with $items, $d, $price, $n, $who, $nothing, $text, $flag

## Joke($topic, times = 1)
### Steps
- Return a joke

`;

/** Code that sets the variables of the cases. */
const setUp =
  `state.items = [1, 2, 3]; state.d = { k: { z: 9 }, l: [10, 20] }; state.price = 2.5; state.n = 7;
state.who = "ann"; state.nothing = null; state.text = "a-b-a"; state.flag = true;`;

/** Plays a program in which a raw playbook has this description, and its model answers with the text that it reads. */
function playPlaceholder(
  description: string,
  options: PlayOptions & { readonly setUp?: string } = {},
): Promise<Played> {
  return play(`${head}## Show($arg, plain = 2)\nexecution_mode: raw\n${description}\n`, {
    model: scriptedModel({
      Main: [`${options.setUp ?? setUp}
try { await Say("user", await Show("given")); } catch (error) { await Say("user", "failed: " + error.message); }
Return();`],
      Joke: ["Return(`${topic} x${times}`)"],
      Show: (_turn, request) => request.messages.at(-1)!.text.split("\n\n").slice(1).join("\n\n"),
    }),
    ...options,
  });
}

/** The text that stands in place of an expression. */
async function shown(
  expression: string,
  options: PlayOptions & { readonly setUp?: string } = {},
): Promise<string> {
  const { said } = await playPlaceholder(`R: {${expression}}`, options);
  return said.join(" / ").replace(/^R: ?/, "");
}

async function assertShown(t: Deno.TestContext, cases: Readonly<Record<string, string>>): Promise<void> {
  for (const [expression, expected] of Object.entries(cases)) {
    await t.step(expression, async () => assertEquals(await shown(expression), expected));
  }
}

Deno.test("values: case 16: members, keys and dollars are read as written", async (t) => {
  await assertShown(t, {
    "$d.l[0]": "10",
    "$d['k']['z']": "9",
    "$d.k": '{"z":9}',
    "'$5.99' + $who": "$5.99ann",
    "$items[-1]": "3",
    "{ $items.length }": "3",
  });
  await t.step("$$ and $1 stay text", async () => {
    const { said } = await playPlaceholder("Costs $5.99, $$ and $1, {$5}, {$}, {4}, \\d{2} and {$who}");
    assertEquals(said, ["Costs $5.99, $$ and $1, {$5}, {$}, {4}, \\d{2} and ann"]);
  });
});

Deno.test("values: case 17: a parameter comes before a variable, and a variable is seen without a parameter", async (t) => {
  await assertShown(t, {
    "$arg": "given",
    "arg": "given",
    "plain + 1": "3",
    "$n": "7",
    "n": "7",
    "rate": "0.25",
  });
});

Deno.test("values: case 17: placeholders that need each other are a circular reference", async () => {
  const { said } = await play(
    `# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- x\n## One\nexecution_mode: raw\n1 {Two()}\n` +
      `## Two\nexecution_mode: raw\n2 {One()}\n`,
    {
      model: scriptedModel({
        Main: ['try { await One(); } catch (error) { await Say("user", error.message); } Return();'],
      }),
    },
  );
  assertEquals(said.length, 1);
  assertStringIncludes(said[0]!, "Circular reference: the placeholders of One → Two → One need each other");
});

Deno.test("values: case 17: a misspelled variable is an error with names, line and column", async () => {
  assertEquals(
    await shown("$pricee * 2"),
    "failed: {$pricee * 2}: there is no variable $pricee yet; did you mean $price? (test.pb:20:4)",
  );
  assertStringIncludes(await shown("$whatever"), "there is no variable $whatever yet; there are: $items, $d");
});

Deno.test("values: case 17: a missing variable may be tested", async (t) => {
  await assertShown(t, {
    '$unset or "none"': "none",
    '$unset ?? "none"': "none",
    '"set" if $unset else "unset"': "unset",
    "$unset is None": "True",
    "$unset === undefined": "true",
    '$unset ? "set" : "unset"': "unset",
    "not $unset": "True",
  });
});

Deno.test("values: case 18: each kind of value has its text", async (t) => {
  await assertShown(t, {
    "$nothing": "",
    "None": "",
    "$flag": "true",
    "$n": "7",
    "$items": "[1,2,3]",
    "$d": '{"k":{"z":9},"l":[10,20]}',
    "True if $flag else False": "True",
    "[x * 1111 for x in range(25)]": JSON.stringify(Array.from({ length: 25 }, (_, i) => i * 1111), null, 2),
    "$nothing or None": "",
  });
});

Deno.test("values: case 18: an artifact is shown by its content", async () => {
  const report =
    'await SaveArtifact("report", "A report", "All is well"); state.report = await LoadArtifact("report");';
  const texts = [];
  for (
    const expression of [
      "$report",
      "$report[:3]",
      "len($report)",
      "$report.upper()",
      "'well' in $report",
      "$report + '!'",
    ]
  ) {
    texts.push(await shown(expression, { setUp: report }));
  }
  assertEquals(texts, ["All is well", "All", "11", "ALL IS WELL", "True", "All is well!"]);
});

Deno.test("values: case 19: playbooks, files and arithmetic", async (t) => {
  await assertShown(t, {
    'Joke("cats")': "cats x1",
    'joke("cats", times=2)': "cats x2",
    'Joke(topic="cats", times=3) + "!"': "cats x3!",
    '[Joke(w) for w in ["a", "b"]]': '["a x1","b x1"]',
    "half($n)": "3.5",
    "$price * 100 + $n": "257",
    "(($n) + (1)) * 2": "16",
    "f\"{$d['k']['z']:>3}|{{{$n}}}\"": "  9|{7}",
    "call.playbook_klass": "Show",
    "call.args[0]": "given",
    "agent.klass": "Desk",
    "self.id": "1000",
    "timestamp": "2023-11-14 22:13:20",
    "date": "2023-11-14",
    'date.today().strftime("%d %b %Y")': "14 Nov 2023",
    "int(time.time())": "1700000000",
  });
  const world = { readFile: () => "the file" };
  assertEquals(await shown('LoadFile("x.txt")', { world }), "the file");
  assertEquals(await shown('Loadfile("x.txt", inline=True, silent=True).upper()', { world }), "THE FILE");
});

Deno.test("values: case 19: a failing expression names itself, its place and the reason", async (t) => {
  const cases: Readonly<Record<string, string>> = {
    "$d.missing": "there is no missing; there are: k, l",
    '$d["q"]': "there is no 'q'; there are: k, l",
    "$items[9]": "there is no item 9: a list of 3 has no such item",
    "$nothing.x": "None has no x: the value before it is missing",
    '"a" + $n if $n else 1': "a text + a number gives no value; write str(…) around the other value",
    "$n / 0": "division by zero",
    "$who.uper()": "a text has no uper(); it has upper",
    "int($who)": "int() cannot read 'ann' as a whole number",
    "-$n % 3": "-7 % 3 is -1 in JavaScript and 2 in Python",
    '"7" == $n': "'7' == 7 compares a text with a number",
    '$text.replace("a", "x")': "replace() means one thing in Python and another in JavaScript",
    "Number($who)": "it gives no number: a part of it is missing, or is a text",
    "`a ${$d.x}`": "$d.x is undefined, which gives no words",
  };
  for (const [expression, reason] of Object.entries(cases)) {
    await t.step(expression, async () => {
      const text = await shown(expression);
      assert(text.startsWith(`failed: {${expression}}: ${reason}`), text);
      assert(text.endsWith(" (test.pb:20:4)"), text);
    });
  }
});

Deno.test("values: case 19: prose and data in braces stay as they are", async () => {
  const text =
    'Answer {"type": "DEEP"}, {extract question}, {"yes" or "no"}, {x: 1}, {unknown}, {} {{}} {String}';
  const { said } = await playPlaceholder(text);
  assertEquals(said, [text]);
});
