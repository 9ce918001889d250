import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RunResult } from "../../src/engine/mod.ts";
import type { Expectation, Reply } from "./cases.ts";
import { judge } from "./judge.ts";
import { Persons } from "./persons.ts";

const completed: RunResult = { kind: "completed" };

function faults(said: readonly string[], expect: Partial<Expectation> = {}, result = completed, calls = 1) {
  return judge({ said, result, calls }, { said: [], ...expect });
}

Deno.test("evaluate: a run is right if each text was said and no forbidden one", () => {
  assertEquals(
    faults(["Sold for 720 dollars."], { said: ["720", "/sold for \\d+/"], never: ["NO DEAL"] }),
    [],
  );
});

Deno.test("evaluate: a text is searched without its case, and as it is unless it stands between slashes", () => {
  assertEquals(faults(["1. france"], { said: ["1. FRANCE"] }), []);
  assertEquals(faults(["1x france"], { said: ["1. france"] }), ["did not say 1. france"]);
});

for (
  const text of [
    "Meet undefined, an undefined",
    "you owe NaN dollars",
    "This is [object Object].",
    "{$chapter}",
    "Hello {name}, or ${name}",
    "Order {$order.book}",
    "[object Promise]",
  ]
) {
  Deno.test(`evaluate: a run that says "${text}" is wrong`, () => {
    assertEquals(faults([text]).length > 0, true);
  });
}

Deno.test("evaluate: a brace of another kind is no fault", () => {
  assertEquals(faults(['The book "{ }" costs {5}, and a set is {1, 2}.']), []);
});

Deno.test("evaluate: another end than the expected one is a fault, with its reason", () => {
  const failed: RunResult = { kind: "failed", reason: "no progress" };
  assertStringIncludes(faults([], {}, failed)[0]!, "exit code 1 (no progress), not 0");
  assertEquals(faults([], { exit: 1 }, failed), []);
  assertStringIncludes(
    faults([], {}, { kind: "waiting", for: ["user"] })[0]!,
    "exit code 75 (waits for user)",
  );
});

Deno.test("evaluate: too many model calls are a fault", () => {
  assertEquals(faults([], { calls: 3 }, completed, 3), []);
  assertEquals(faults([], { calls: 3 }, completed, 4), ["took 4 model calls, more than 3"]);
});

function conversation(replies: readonly Reply[], questions: readonly string[]): (string | undefined)[] {
  const persons = new Persons(replies);
  return questions.map((question) => {
    persons.hear("user", question);
    return persons.reply("user");
  });
}

Deno.test("evaluate: a person gives the first reply that fits the question, each once", () => {
  const replies = [{ say: "first" }, { say: "A-17", if: "order" }, { say: "second" }];
  assertEquals(conversation(replies, ["Hello?", "Your ORDER?", "And?", "Still there?"]), [
    "first",
    "A-17",
    "second",
    undefined,
  ]);
});

Deno.test("evaluate: a person says again only what may be said again", () => {
  const replies = [{ say: "no", if: "else", again: true }, { say: "hello" }];
  assertEquals(conversation(replies, ["else?", "else?", "?", "?", "else?"]), [
    "no",
    "hello",
    undefined,
    undefined,
    "no",
  ]);
});

Deno.test("evaluate: a condition sees only what was said since the last reply", () => {
  const replies = [{ say: "one", if: "order" }, { say: "two", if: "order" }];
  assertEquals(conversation(replies, ["order", "name"]), ["one", undefined]);
});

Deno.test("evaluate: each person has replies of their own", () => {
  const persons = new Persons([{ say: "no meat", person: "Ann" }, { say: "potatoes", person: "Ben" }]);
  assertEquals([persons.reply("Ben"), persons.reply("Ann"), persons.reply("Ann")], [
    "potatoes",
    "no meat",
    undefined,
  ]);
});
