import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { play, type Played, type PlayOptions } from "../support/harness.ts";
import { playWithKills } from "../support/kills.ts";
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

/** A program whose code playbook gives a text, a list or an error. */
const reports = `# Desk

\`\`\`js
export async function Report(size, kind = "text") {
  if (kind === "fail") throw new Error("x".repeat(size));
  if (kind === "list") return Array.from({ length: size }, (_, i) => i);
  if (kind === "empty") return "";
  return "r".repeat(size);
}
\`\`\`

## Main
### Triggers
- At the beginning
### Steps
- Go

## Reader($topic)
### Steps
- Read $topic
`;

/** The last messages that the model read, one for each turn. */
function messagesOf({ requests }: Played): readonly string[] {
  return requests.map(({ messages }) => messages.at(-1)!.text);
}

Deno.test("values: case 20: an artifact behaves as its text in code", async () => {
  const played = await play(reports, {
    model: scriptedModel({
      Main: [
        `const a = await SaveArtifact("report", "A report", "hello world");
        let letters = ""; for (const letter of a) letters += letter;
        state.results = [a.length, a + "!", "<" + a, \`\${a}\`, a.slice(0, 5), a.includes("wor"), a == "hello world", a < "i",
          [...a].length, JSON.stringify({ a }), a.content, a.value, a.name, a.summary, a[0], a.at(-1), letters,
          "say hello world".includes(a), a.split(" ").length, a.toUpperCase(), /wor/.test(a), a[99] === undefined,
          a.replace("o", "0"), Object.keys(a).join()];`,
        "Return();",
      ],
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.state.agents["1000"]!.state["results"], [
    ...[11, "hello world!", "<hello world", "hello world", "hello", true, true, true, 11],
    ...['{"a":"hello world"}', "hello world", "hello world", "report", "A report", "h", "d", "hello world"],
    ...[true, 2, "HELLO WORLD", true, true, "hell0 world", "name,summary,content"],
  ]);
});

Deno.test("values: case 20: Artifact[name] and a variable of that name give the artifact, and words show its text", async () => {
  const played = await play(reports, {
    model: scriptedModel({
      Main: [
        'await SaveArtifact("report", "A report", "hello world");',
        'const n = Artifact["report"].length; await Say("user", `${n} ${Artifact.report.slice(0, 5)} ${state.report.length}`);' +
        'await Say("user", Artifact["report"]); await Say("user", "all: {$report}");' +
        'try { await Artifact["nothing"]; } catch (error) { await Say("user", error.message); } Return();',
      ],
    }),
  });
  assertEquals(played.said, [
    "11 hello 11",
    "hello world",
    "all: hello world",
    'There is no artifact "nothing"; there are: report',
  ]);
});

Deno.test("values: names such as __proto__ and constructor are ordinary variables, or refused", async () => {
  const names = '["constructor", "toString", "hasOwnProperty", "__proto__"]';
  const played = await play(reports, {
    model: scriptedModel({
      Main: [
        `for (const name of ${names}) {
          state[name] = name + "!";
          try { await SaveArtifact(name, "s", "text of " + name); await Say("user", \`\${await LoadArtifact(name)}\`); }
          catch (error) { await Say("user", error.message); }
        }`,
        `await Say("user", ${names}.map((name) => state[name]).join()); await Say("user", Object.keys(state).join()); Return();`,
      ],
    }),
  });
  assertEquals(played.said, [
    "text of constructor",
    "text of toString",
    "text of hasOwnProperty",
    "SaveArtifact cannot use the name __proto__",
    "constructor!,toString!,hasOwnProperty!,__proto__!",
    "constructor,toString,hasOwnProperty,__proto__",
  ]);
});

Deno.test("values: case 32: a result of T characters is plain, one of T + 1 is an artifact; code has it whole", async () => {
  const played = await play(reports, {
    model: scriptedModel({
      Main: [
        `state.sizes = [(await Report(499)).length, (await Report(500)).length, (await Report(501)).length,
          (await Report(300, "list"))[299], (await Report(0, "empty"))];
        try { await Report(600, "fail"); } catch (error) { state.failed = error.message.length; }`,
        "Return();",
      ],
    }),
  });
  assertEquals(played.state.agents["1000"]!.state["sizes"], [499, 500, 501, 299, ""]);
  const told = messagesOf(played)[1]!;
  for (const size of [499, 500]) assertStringIncludes(told, `- Report(${size}) → "${"r".repeat(size)}"\n`);
  assert(/- Report\(501\) → artifact a_[0-9a-f]{8} \(501 characters\): "r{501}"/.test(told), told);
  assert(/- Report\(300, "list"\) → artifact a_[0-9a-f]{8} \(1091 characters\): \[0, 1, 2,/.test(told), told);
  assertStringIncludes(told, '- Report(0, "empty") → ""');
  assert(/- Report\(600, "fail"\) failed: x{600}/.test(told), told);
  assertEquals(Object.keys(played.state.agents["1000"]!.artifacts).length, 2);
});

Deno.test("values: case 33: the name of an artifact follows from its content", async () => {
  const names = async (code: string) => {
    const { state } = await play(reports, { model: scriptedModel({ Main: [code, "Return();"] }) });
    return Object.keys(state.agents["1000"]!.artifacts);
  };
  const first = await names("await Report(501); await Report(502);");
  const second = await names("await Report(502); await Report(501); await Report(501);");
  assertEquals(first.length, 2);
  assertEquals([...first].sort(), [...second].sort());
});

Deno.test("values: case 34: a text stands once in the caller's messages, is gone after its frame, and comes again", async () => {
  const text = "r".repeat(2_500);
  const played = await play(reports, {
    model: scriptedModel({
      Main: [
        'await SaveArtifact("report", "A report", await Report(2500)); await Reader("cats");',
        "const part = state.report.slice(0, 3);",
        "const again = state.report.length;",
        "Return();",
      ],
      Reader: [
        'const loaded = await LoadArtifact("report");',
        'const twice = await LoadArtifact("report");',
        "Return(state.report.length);",
      ],
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  const counts = played.requests.map(({ messages }) =>
    messages.map((message) => message.text).join("\n").split(`"${text}"`).length - 1
  );
  // Main, Reader 1 to 3, then Main 2 to 4: the code of its second turn names the artifact.
  assertEquals(counts, [0, 0, 1, 1, 0, 1, 1]);
  assertStringIncludes(
    messagesOf(played)[3]!,
    'LoadArtifact("report") → already loaded: its 2500 characters are shown above',
  );
  assertStringIncludes(
    messagesOf(played)[5]!,
    `Artifacts that the code names, as data:\n- LoadArtifact("state.report") → "${text}"`,
  );
});

Deno.test("values: case 34: an artifact that a playbook gets or names is in its first message", async () => {
  const played = await play(reports, {
    model: scriptedModel({
      Main: ['const a = await SaveArtifact("notes", "Notes", "the whole text"); await Reader(a); Return();'],
      Reader: ["Return();"],
    }),
  });
  assertStringIncludes(messagesOf(played)[1]!, '- LoadArtifact("arguments.topic") → "the whole text"');
});

Deno.test("values: case 34: a playbook and code name an artifact in any script", async () => {
  const played = await play(
    "# Desk\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Go\n\n## Reader\n### Steps\n- Read $отчёт\n",
    {
      model: scriptedModel({
        Main: [
          'await SaveArtifact("отчёт", "Отчёт", "весь текст"); await Reader();',
          "const length = state.отчёт.length;",
          "Return();",
        ],
        Reader: ["Return();"],
      }),
    },
  );
  const [, reader, , last] = messagesOf(played);
  assertStringIncludes(reader!, '- LoadArtifact("state.отчёт") → "весь текст"');
  assertStringIncludes(
    last!,
    'Artifacts that the code names, as data:\n- LoadArtifact("state.отчёт") → "весь текст"',
  );
});

Deno.test("values: case 35: a second LoadArtifact says that the text is there, and a missing name is an error with the names", async () => {
  const played = await play(reports, {
    model: scriptedModel({
      Main: [
        'await SaveArtifact("a", "A", "x".repeat(600)); await SaveArtifact("b", "B", "y"); await LoadArtifact("a");',
        'const a = await LoadArtifact("a"); state.same = a.length; await LoadArtifact("c");',
        "Return();",
      ],
    }),
  });
  const [, second, third] = messagesOf(played);
  assertStringIncludes(second!, `- LoadArtifact("a") → "${"x".repeat(600)}"`);
  assertStringIncludes(third!, '- LoadArtifact("a") → already loaded: its 600 characters are shown above');
  assertStringIncludes(third!, 'There is no artifact "c"; there are: a, b');
  assertEquals(played.state.agents["1000"]!.state["same"], 600);
});

Deno.test("values: a placeholder calls a method behind ?. as any other", async (t) => {
  const block =
    '```ts\nconst tool = { name: () => "saw", parts: async () => ["a", "b"], none: undefined };\n```';
  const cases = [
    ["tool?.name()", "saw"],
    ["tool.name?.()", "saw"],
    ["tool?.parts()", '["a","b"]'],
    ["tool?.parts().length", "2"],
    ["tool?.none?.()", ""],
    ['tool?.name().toUpperCase() ?? "none"', "SAW"],
  ] as const;
  for (const [placeholder, value] of cases) {
    await t.step(placeholder, async () => {
      const text =
        `# A\n${block}\n## Main\nIt is {${placeholder}}; so it is.\n### Triggers\n- At the beginning\n### Steps\n- x\n`;
      const played = await play(text, { model: scriptedModel({ Main: ["EndProgram();"] }) });
      assertEquals(played.result.kind, "completed", JSON.stringify(played.result));
      assertStringIncludes(messagesOf(played)[0]!, `It is ${value}; so it is.`);
    });
  }
});

Deno.test("values: LoadArtifact takes an artifact in place of its name, and gives its newest text", async () => {
  const code = `const old = await SaveArtifact("a", "A", "one"); await SaveArtifact("a", "A", "two");
    const text = await LoadArtifact(old); await Say("user", text + (await LoadArtifact(text, { from: 1 })));
    try { await Say("user", "got " + (await LoadArtifact({ $type: "artifact", name: "a" }))); } catch (error) { await Say("user", error.message); } EndProgram();`;
  const played = await play(reports, { model: scriptedModel({ Main: [code] }) });
  assertEquals(played.said[0], "twowo");
  assertStringIncludes(played.said[1]!, "There is no artifact ");
});

Deno.test("values: case 36: a long standard input is an artifact that the first playbook sees", async () => {
  const input = Array.from({ length: 2_000 }, (_, index) => `line ${index}`).join("\n");
  const played = await play(
    "# Desk\n## Main($startup_message)\n### Triggers\n- At the beginning\n### Steps\n- Sum up $startup_message\n",
    {
      parameters: { startup_message: input },
      model: scriptedModel({
        Main: [
          'await LoadArtifact("startup_message"); state.size = state.startup_message.length;',
          "Return();",
        ],
      }),
    },
  );
  assertEquals(played.result, { kind: "completed" });
  const [first, second] = messagesOf(played);
  assertStringIncludes(first!.slice(0, 700), `- arguments.startup_message (${input.length} characters)`);
  assert(first!.includes("line 1999") && second!.includes("already loaded"));
  assertEquals(played.state.agents["1000"]!.state["size"], input.length);
});

Deno.test("values: variables have letters of any script in placeholders", async () => {
  const { said } = await play(
    "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- $größe and $名前\n## Show\nexecution_mode: raw\n" +
      "{$größe * 2} {$名前.upper()} {f'{$größe:.1f}'} {größe}\n",
    {
      model: scriptedModel({
        Main: ['state.größe = 2; state.名前 = "ab"; await Say("user", await Show()); Return();'],
        Show: (_turn, request) => request.messages.at(-1)!.text.split("\n\n").slice(1).join("\n\n"),
      }),
    },
  );
  assertEquals(said, ["4 AB 2.0 2"]);
});

Deno.test("values: artifacts and placeholders are the same after a kill at each entry", async () => {
  const text = "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- $report\n" +
    "## Show($n)\nexecution_mode: raw\n{Word()} {[Word() for i in range(2)]} {len($report)} {int(time.time()) > 0 and $n ** 2}\n" +
    "## Word\n### Steps\n- Return a word\n";
  const { said, result } = await playWithKills(text, {
    model: scriptedModel({
      Main: [
        'await SaveArtifact("report", "R", "x".repeat(700)); state.same = state.report.length;',
        'await Say("user", `${Artifact["report"].length} ${state.same} ${state.report.slice(0, 2)}`);',
        'await Say("user", await Show(3)); Return();',
      ],
      Word: () => 'Return("w")',
      Show: (_turn, request) => request.messages.at(-1)!.text.split("\n\n").slice(1).join("\n\n"),
    }),
  });
  assertEquals(result, { kind: "completed" });
  assertEquals(said, ["700 700 xx", 'w ["w","w"] 700 9']);
});
