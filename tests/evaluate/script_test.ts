import { assertEquals, assertThrows } from "@std/assert";
import { readScript, ScriptedAnswers } from "./script.ts";

const text = `---
voice: a test
repairs: 1
---
## Main · Seller
needs: Ann
needs: 720

first

### after a failure

first, repaired

## Main · Seller

second

## Find · Seller
if: /bees/

on bees

## Find · Seller
if: /ants/

on ants

## Say · Seller, calls Say

> a thought
{"text": "hi"}
`;

/** Asks for the answer to a turn; `words` follow its turn line. */
function asking(answers: ScriptedAnswers) {
  return (turn: number, playbook: string, words = "") => {
    const line = `[turn ${turn} of ${playbook} · Seller (agent 1000)]`;
    const message = `${line}\n${words}`;
    return answers.next({ turn: line, message, messages: message })?.text;
  };
}

const failure = "The code of turn 1 failed at line 1: ReferenceError: no";

Deno.test("evaluate: a script answers the turns of a playbook in order", () => {
  const answers = new ScriptedAnswers(readScript("test", text));
  const ask = asking(answers);
  assertEquals([ask(1, "Main"), ask(2, "Main"), ask(3, "Main")], ["first", "second", undefined]);
  assertEquals(answers.unused, ["Find · Seller", "Find · Seller", "Say · Seller"]);
});

Deno.test("evaluate: the answer after a failure comes only after a failure, and once", () => {
  const ask = asking(new ScriptedAnswers(readScript("test", text)));
  assertEquals([ask(1, "Main"), ask(2, "Main", failure), ask(3, "Main", failure)], [
    "first",
    "first, repaired",
    "second",
  ]);
});

Deno.test("evaluate: a failure in another frame of the playbook does not count", () => {
  const ask = asking(new ScriptedAnswers(readScript("test", text)));
  assertEquals([ask(1, "Main"), ask(1, "Main", failure)], ["first", "second"]);
});

Deno.test("evaluate: calls at the same time get their answers by what they ask", () => {
  const ask = asking(new ScriptedAnswers(readScript("test", text)));
  assertEquals([ask(1, "Find", "ants"), ask(1, "Find", "bees"), ask(1, "Find", "bees")], [
    "on ants",
    "on bees",
    undefined,
  ]);
});

Deno.test("evaluate: a text that an answer rests on is missed if the request does not show it", () => {
  const answers = new ScriptedAnswers(readScript("test", text));
  asking(answers)(1, "Main", "Ann asks");
  assertEquals([answers.needed, answers.missing], [2, [
    '[turn 1 of Main · Seller (agent 1000)] lacks "720"',
  ]]);
});

Deno.test("evaluate: a script holds thoughts and tool calls", () => {
  const { thoughts, tool } = readScript("test", text).answers.at(-1)!;
  assertEquals([thoughts, tool], ["a thought", "Say"]);
});

Deno.test("evaluate: a script with words before its answers, or without front matter, is refused", () => {
  assertThrows(() => readScript("test", "---\nvoice: a\n---\nwords\n"), Error, "before its first answer");
  assertThrows(() => readScript("test", "## Main · Seller\n"), Error, "no front matter");
});
