import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { defaultSettings, play } from "../support/harness.ts";
import { messageOf } from "../support/kills.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# Helper

## Main($topic = "none")
### Triggers
- At the beginning
### Steps
- Do it

## Lookup($key)
### Steps
- Return something long about $key

# Other

## Answer
### Triggers
- When somebody asks something
### Steps
- Answer
`;

/** A text of numbered words, which is different at each place. */
function longText(characters: number, word = "w"): string {
  let text = "";
  for (let n = 0; text.length < characters; n++) text += `${word}${n} `;
  return `${text.slice(0, characters - 4)}END.`;
}

/** The names that a message offers to `LoadArtifact`. */
function namesIn(message: string): readonly string[] {
  return [...message.matchAll(/LoadArtifact\("([^"]+)"\) shows/g)].map((match) => match[1]!);
}

Deno.test("texts: words of a person are shown whole up to some thousands of characters, once", async () => {
  const words = longText(3_500);
  const played = await play(program, {
    model: scriptedModel({
      Main: ['state.problem = await Yield("user"); const words = state.problem;', "Return();"],
    }),
    replies: [words],
  });
  const told = messageOf(played, "turn 2 of Main");
  assertEquals(told.split(words).length - 1, 1, "they are there once");
  assertStringIncludes(told, "- state.problem (3500 characters, shown above)");
  assertStringIncludes(told, "- locals.words (3500 characters, shown above)");
});

for (
  const [what, code] of [
    ["a result", "const r = await Lookup('bees'); delete state.key;"],
    ["a variable", "state.long = LONG;"],
    ["a local", "const long = LONG;"],
    ["words of a person", 'await Yield("user");'],
    ["an object", "state.long = { text: LONG, list: [1, 2] };"],
  ] as const
) {
  Deno.test(`texts: ${what} too long for a message has a name, and LoadArtifact shows the model all of it`, async () => {
    const long = longText(30_000);
    const load = (name: string) =>
      `const loaded = await LoadArtifact(${JSON.stringify(name)}); state.size = loaded.length;`;
    let names: readonly string[] = [];
    const played = await play(program, {
      model: scriptedModel({
        Main: (turn, { messages }) => {
          if (turn === 1) return code.replaceAll("LONG", JSON.stringify(long));
          if (turn === 3) return "Return();";
          names = namesIn(messages.at(-1)!.text);
          return load(names[0]!);
        },
        Lookup: [`Return(${JSON.stringify(long)});`],
      }),
      replies: [long],
      settings: { ...defaultSettings, limits: { ...defaultSettings.limits, contextTokens: 400_000 } },
    });
    assertEquals(played.result, { kind: "completed" }, JSON.stringify(names));
    assertStringIncludes(messageOf(played, "turn 3 of Main"), long);
  });
}

Deno.test("texts: a long printed text is whole, and one too long for the window has a name", async () => {
  const text = longText(3_000);
  const print = (contextTokens: number) =>
    play(program, {
      settings: { ...defaultSettings, limits: { ...defaultSettings.limits, contextTokens } },
      model: scriptedModel({ Main: [`console.log("${text}"); console.log("one\\n${text}");`, "Return();"] }),
    });
  const large = messageOf(await print(100_000), "turn 2 of Main");
  assertStringIncludes(large, ` (3000 characters): ${text}\n`);
  assertStringIncludes(large, ` (3004 characters): ${JSON.stringify(`one\n${text}`)}\n`);
  const small = messageOf(await print(4_000), "turn 2 of Main");
  assertEquals(namesIn(small).length, 2);
  assert(small.length < 1_000, small);
});

Deno.test("texts: a variable counts as shown above only if the message has its text", async () => {
  const text = longText(1_200);
  const played = await play(program, {
    model: scriptedModel({ Main: [`state.brief = "${text}"; await Say("user", state.brief);`, "Return();"] }),
  });
  assertStringIncludes(messageOf(played, "turn 2 of Main"), `- state.brief (1200 characters): "${text}"`);
});

Deno.test("texts: a result is not cut if it is the newest, and has its name for later", async () => {
  const text = longText(1_800);
  const played = await play(program, {
    model: scriptedModel({ Main: ["await Lookup('bees');", "Return();"], Lookup: [`Return("${text}");`] }),
  });
  assertMatch(
    messageOf(played, "turn 2 of Main"),
    new RegExp(`^- Lookup\\("bees"\\) → artifact a_[0-9a-f]{8} \\(1800 characters\\): "${text}"$`, "m"),
  );
});

Deno.test("texts: long arguments and the text of standard input are whole in the first message", async () => {
  const text = longText(20_000);
  const played = await play(program, {
    model: scriptedModel({ Main: ["await Lookup(topic);", "Return();"], Lookup: ["Return();"] }),
    parameters: { topic: text },
  });
  assertStringIncludes(
    messageOf(played, "turn 1 of Main"),
    `- arguments.topic (20000 characters): "${text}"`,
  );
  assertStringIncludes(
    messageOf(played, "turn 1 of Lookup"),
    `- arguments.key (20000 characters): "${text}"`,
  );
});

Deno.test("texts: an artifact too long for a message comes in pages, and no character is lost or cut in two", async () => {
  const text = "🐝".repeat(9_000);
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, contextTokens: 4_000 } };
  let read = "";
  const played = await play(program, {
    settings,
    model: scriptedModel({
      Main: (turn, { messages }) => {
        if (turn === 1) {
          return `await SaveArtifact("all", "bees", "🐝".repeat(9000)); await LoadArtifact("all");`;
        }
        const last = messages.at(-1)!.text;
        const page = /LoadArtifact\(.*\) → (?:characters .*?: )?("🐝*")/u.exec(last)!;
        read += JSON.parse(page[1]!);
        const next = /; (LoadArtifact\("all", \{ from: \d+ \}\)) shows the next/.exec(last);
        return next ? `await ${next[1]};` : "Return();";
      },
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  assertEquals(read, text);
});

Deno.test("texts: LoadArtifact gives code the part that it asks for, and names what there is", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: [
        `await SaveArtifact("n", "s", "abcdefghij");
        const part = await LoadArtifact("n", { from: 2, length: 3 });
        state.x = "the value";
        await Sleep(0);`,
        `await Say("user", [part, part.length, part.includes("d"), part.slice(1), part + "!", part.toUpperCase()].join());
        await Say("user", \`\${await LoadArtifact("state.x")} \${await LoadArtifact("arguments.topic")}\`);
        try { await LoadArtifact("locals.none"); } catch (error) { await Say("user", error.message); }
        Return();`,
      ],
    }),
  });
  assertEquals(played.said, [
    "cde,3,true,de,cde!,CDE",
    "the value none",
    'There is no artifact "locals.none"; there are: n',
  ]);
});

Deno.test("texts: long words between agents are whole, and each message is there once", async () => {
  const text = longText(2_000);
  const played = await play(program, {
    model: scriptedModel({
      Main: [
        `await Say("Other", "${text}"); await Say("Other", "Please."); await Yield("Other");`,
        "Return();",
      ],
      ProcessMessages: ['await Say(messages[0].from, "done"); Return();'],
    }),
  });
  const told = messageOf(played, "turn 1 of ProcessMessages");
  assertEquals(told.split(text).length - 1, 1);
  assertEquals(told.split("Please.").length - 1, 1);
  assert(!told.includes("Said before"));
});

Deno.test("texts: many variables end with the names of those that are left out", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: ["for (let i = 0; i < 300; i++) state['v' + i] = 'x'.repeat(100);", "Return();"],
    }),
  });
  const told = messageOf(played, "turn 2 of Main");
  assertMatch(told, /… \d+ more\}\n- .*state\.v299: LoadArtifact shows each by its name$/m);
  for (let i = 0; i < 300; i++) assertMatch(told, new RegExp(`"v${i}":|state\\.v${i}\\b`));
});

Deno.test("texts: a flood of messages stays within the window, and the earlier ones have a name", async () => {
  const words = longText(900, "m");
  const played = await play(program, {
    settings: { ...defaultSettings, limits: { ...defaultSettings.limits, contextTokens: 8_000 } },
    model: scriptedModel({
      Main: [
        `for (let i = 0; i < 100; i++) await Say("Other", i + " ${words}"); await Yield("Other");`,
        "Return();",
      ],
      ProcessMessages: (turn, { messages }) => {
        const name = /artifact (a_\w+) \(\d+ earlier messages/.exec(messages.at(-1)!.text)?.[1];
        return turn === 1
          ? `const early = await LoadArtifact("${name}"); await Say(messages[0].from, early.includes("0 m0") ? "all" : "none"); Return();`
          : "Return();";
      },
    }),
  });
  assertStringIncludes(messageOf(played, "turn 2 of Main"), '"all"');
  const told = messageOf(played, "turn 1 of ProcessMessages");
  assertStringIncludes(told, "99 m0");
  assert(told.length < 8_000, `${told.length} characters`);
});
