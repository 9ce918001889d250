import { assertEquals, assertStringIncludes } from "@std/assert";
import { unreadWords } from "../../src/engine/turn/unread_words.ts";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** Code that judges unread words, and the line of the first place. */
const judging: readonly (readonly [what: string, code: string, line: number])[] = [
  ["a comparison", 'const said = await Yield("user");\nif (said === "yes") Return(1);', 2],
  [
    "a comparison of a variable of the agent",
    'state.a = await Yield("user");\nif (state.a != "no") Return(1);',
    2,
  ],
  ["the same variable with a dollar sign", '$a = await Yield("user");\nif (state.a === "no") Return(1);', 2],
  [
    "a comparison of derived words",
    'const a = (await Yield("user")).trim().toLowerCase();\nif (a === "y") Return();',
    2,
  ],
  ["a method", 'const a = await Yield("user");\nif (a.toLowerCase().includes("no")) Return();', 2],
  ["a list of allowed words", 'const a = await Yield("user");\nif (["a", "b"].includes(a)) Return();', 2],
  ["a number from words", 'const a = await Yield("user");\nconst n = parseFloat(a);', 2],
  ["a number from the wait itself", 'state.income = Number(await Yield("user"));', 1],
  ["a sign for a number", 'const a = await Yield("user");\nstate.n = +a;', 2],
  ["a regular expression", 'const id = await Yield("user");\nif (!/^\\d{6}$/.test(id)) Return();', 2],
  ["a match", 'const a = await Yield("user");\nconst [n] = a.match(/\\d+/) ?? [];', 2],
  ["a choice", 'const a = await Yield("user");\nswitch (a) { case "1": Return(1); }', 2],
  ["words of an agent", 'const a = await Yield(buyer);\nif (a.startsWith("yes")) Return();', 2],
  ["a message", 'const [m] = await WaitForMessage(buyer);\nif (m.text === "yes") Return();', 2],
  [
    "a function that asks",
    'async function ask(q) { await Say("user", q); return await Yield("user"); }\nif ((await ask("?")) === "y") Return();',
    2,
  ],
  ["a method of self", 'const a = await self.Yield("user");\nif (a === "y") Return();', 2],
  ["a loop until words fit", 'let a = "";\nwhile (a !== "bye") {\n  a = await Yield("user");\n}', 2],
  ["an endless loop", 'for (;;) {\n  const a = await Yield("user");\n  await Say("user", a);\n}', 1],
  [
    "a loop with the wait in its head",
    'let a;\nwhile ((a = await Yield("user")) !== "x") await Say("user", a);',
    2,
  ],
  [
    "a loop that asks another playbook",
    'do {\n  state.id = await Yield("user");\n} while (!(await Check(state.id)))',
    1,
  ],
];

for (const [what, code, line] of judging) {
  Deno.test(`unread words: ${what}`, () => assertEquals(unreadWords(code)?.line, line));
}

/** Code that leaves words to the model. */
const leaving: readonly (readonly [what: string, code: string])[] = [
  ["the wait at the end", 'await Say("user", "?");\nstate.name = await Yield("user");'],
  ["words that go on as they are", 'const a = await Yield("user");\nawait Say("user", `You said ${a}`);'],
  [
    "words given to a playbook, whose result is data",
    'const a = await Yield("user");\nif ((await Check(a)) === "ok") Return();',
  ],
  [
    "a loop over data",
    'for (const q of state.questions) {\n  await Say("user", q);\n  state.answers.push(await Yield("user"));\n}',
  ],
  ["words of an earlier turn", 'if (state.said === "yes") Return();'],
  [
    "whether there are words",
    'const a = await Yield("user", { timeout: 5 });\nif (a === "" || !a || a === undefined) Return();',
  ],
  [
    "whether a notice came",
    'const a = await Yield("user", { timeout: 5 });\nif (a.startsWith("[")) Return();',
  ],
  ["the number of messages", 'const all = await WaitForMessage("user");\nif (all.length > 1) Return();'],
  [
    "the sender of a message",
    'const all = await WaitForMessage("*");\nif (all[0].klass === "Buyer") Return();',
  ],
  ["other variables", 'const a = await Yield("user");\nif (state.count > 3) Return(a);'],
  ["data of an agent", "const [m] = await WaitForMessage(buyer);\nconst data = JSON.parse(m.text);"],
  ["a loop without a wait", 'let n = 0;\nwhile (n < 3) n++;\nconst a = await Yield("user");'],
  [
    "a wait that ends the program",
    'while (true) {\n  if (state.done) await Yield("exit");\n  await Work();\n}',
  ],
  ["code that does not parse", 'const a = await Yield("user"); if (a === ) {}'],
];

for (const [what, code] of leaving) {
  Deno.test(`unread words: not ${what}`, () => assertEquals(unreadWords(code), undefined));
}

const program = "# Solo\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Ask\n- Answer\n";
const insisting =
  'await Say("user", "go on?");\nconst a = await Yield("user");\nif (a.includes("no")) Return();';

Deno.test("unread words: an answer that judges them is reported before it runs, with its line, and loses nothing", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: [
        insisting,
        'await Say("user", "go on?");\nstate.said = await Yield("user");',
        'await Say("user", "bye"); Return();',
      ],
    }),
    replies: ["not yet"],
  });
  assertEquals(played.said, ["go on?", "bye"]);
  const told = played.requests[1]!.messages.at(-1)!.text;
  assertStringIncludes(
    told,
    "failed at line 3: AnswerError: This code judges words that were not read yet: a.includes",
  );
  assertStringIncludes(told, 'Line 3: if (a.includes("no")) Return();');
  assertStringIncludes(told, "Nothing had been done in turn 1.");
  assertEquals(played.events.filter(({ type }) => type === "repair").length, 1);
});

Deno.test("unread words: a model that insists is refused at most twice in a call, and never twice in a row", async () => {
  const again =
    'await Say("user", "more?");\nconst a = await Yield("user");\nif (a === "stop") EndProgram();';
  const played = await play(program, {
    model: scriptedModel({ Main: (turn) => turn < 9 ? `${again} // ${turn}` : "EndProgram();" }),
    replies: ["a", "b", "c", "d", "e", "stop"],
  });
  assertEquals(played.result, { kind: "completed" });
  const refused = played.entries.flatMap((entry) =>
    entry.type === "end-turn" ? [entry.refused ?? false] : []
  );
  // The last answer hears "stop" and ends the program in its turn.
  assertEquals(refused, [true, false, true, false, false, false, false]);
});

Deno.test("unread words: a turn that was running is never refused, also when the session is resumed in it", async () => {
  const model = scriptedModel({
    Main: [insisting, insisting, 'await Say("user", "done"); Return();'],
  });
  const first = await play(program, { model });
  assertEquals(first.result, { kind: "waiting", for: ["user"] });
  const again = await play(program, { model, from: first.entries, replies: ["yes"] });
  assertEquals(again.said, ["done"]);
  assertEquals(again.result, { kind: "completed" });
});

Deno.test("unread words: a turn of an older version runs as it ran then", async () => {
  const model = scriptedModel({ Main: [insisting, insisting, "Return();"] });
  const first = await play(program, { model });
  const old = first.entries.filter((entry) => entry.type === "end-turn").length;
  assertEquals(old, 1);
  const entries = first.entries.map((entry) => {
    if (entry.type !== "turn") return entry;
    const { reading: _, ...rest } = entry;
    return rest;
  });
  const again = await play(program, { model, from: entries, replies: ["no"] });
  assertEquals(again.result, { kind: "completed" });
});
