import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ThinkTags } from "../../src/model/think_tags.ts";

function read(parts: readonly string[]): { thought: string; text: string } {
  const tags = new ThinkTags();
  const pieces = [...parts.flatMap((part) => tags.push(part)), ...tags.end()];
  const of = (type: "text" | "thought") =>
    pieces.filter((piece) => piece.type === type).map(({ text }) => text).join("");
  return { thought: of("thought"), text: of("text") };
}

const texts: readonly (readonly [claim: string, whole: string, thought: string, text: string])[] = [
  ["a block at the start", "<think>a < b\n</think>\n\nReturn();", "a < b\n", "Return();"],
  ["a block after space", " \n<thinking>hm</thinking>Return();", "hm", "Return();"],
  ["an empty block", "<think>\n</think>Return();", "\n", "Return();"],
  ["a block without an end", "<think>hm, </thin", "hm, </thin", ""],
  ["a block and nothing", "<think>hm</think>\n", "hm", ""],
  ["no block", "  Return();", "", "  Return();"],
  ["something like a tag", "<thin", "", "<thin"],
  ["a tag later on", 'Say("user", "<think>x</think>");', "", 'Say("user", "<think>x</think>");'],
  ["a second block", "<think>a</think><think>b</think>c", "a", "<think>b</think>c"],
  ["nothing", "", "", ""],
];

Deno.test("think tags: thoughts are separated from the answer", async (t) => {
  for (const [claim, whole, thought, text] of texts) {
    await t.step(claim, () => assertEquals(read([whole]), { thought, text }));
  }
});

Deno.test("think tags: thoughts are separated from the answer wherever the stream is cut", () => {
  const cuts = fc.array(fc.nat(60), { maxLength: 6 });
  fc.assert(fc.property(fc.constantFrom(...texts), cuts, ([, whole, thought, text], places) => {
    const at = [0, ...places.toSorted((a, b) => a - b), whole.length];
    const parts = at.slice(1).map((end, index) => whole.slice(at[index], end));
    assertEquals(read(parts), { thought, text });
  }));
});

Deno.test("think tags: an answer without thoughts streams unchanged", () => {
  const tags = new ThinkTags();
  assertEquals(tags.push("Hel"), [{ type: "text", text: "Hel" }]);
  assertEquals(tags.push("lo <think>x"), [{ type: "text", text: "lo <think>x" }]);
});
