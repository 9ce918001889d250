import { assert, assertEquals } from "@std/assert";
import { textWidth } from "../../src/frontends/text_width.ts";
import { terminalRows, wrapWords } from "../../src/frontends/wrap.ts";
import { cpuTimeMs } from "../support/cpu_time.ts";

Deno.test("wrap: lines break between words, and only a word wider than a line is broken", () => {
  assertEquals(wrapWords("The quick brown fox", 10), ["The quick", "brown fox"]);
  assertEquals(wrapWords("abcd efgh", 4), ["abcd", "efgh"]);
  assertEquals(wrapWords("ab abcdefgh", 4), ["ab", "abcd", "efgh"]);
  assertEquals(wrapWords("one\n\ntwo ", 10), ["one", "", "two"]);
  assertEquals(wrapWords("", 10), [""]);
});

Deno.test("wrap: the first line of a paragraph keeps its indentation", () => {
  assertEquals(wrapWords("  - one two\n\tthree", 20), ["  - one two", "        three"]);
  assertEquals(wrapWords("    one two", 8), ["    one", "two"]);
  assertEquals(wrapWords("   ", 8), [""]);
});

Deno.test("wrap: wide characters, emoji and accents count by their width", () => {
  assertEquals(wrapWords("天地天地天 天地", 8), ["天地天地", "天 天地"]);
  assertEquals(wrapWords("👩‍👩‍👧 👩‍👩‍👧 e\u0301e\u0301", 5), ["👩‍👩‍👧 👩‍👩‍👧", "éé"]);
});

Deno.test("wrap: a limit keeps the last lines", () => {
  assertEquals(wrapWords("one two\nthree four", 5, 3), ["two", "three", "four"]);
});

Deno.test("wrap: no line is wider than the terminal, and any text is wrapped quickly", () => {
  const texts = ["word ".repeat(20_000), "x".repeat(100_000), " ".repeat(100_000), "天 ".repeat(20_000)];
  for (const text of texts) {
    const startMs = cpuTimeMs();
    for (const line of wrapWords(text, 80)) assert(textWidth(line) <= 80);
    // A busy machine takes several times as long; a text that takes quadratic time takes minutes.
    assert(cpuTimeMs() - startMs < 15_000);
  }
});

Deno.test("wrap: a terminal breaks words where its width ends", () => {
  assertEquals(terminalRows("abcdefgh", 4), 2);
  assertEquals(terminalRows("abc 天地", 4), 2);
  assertEquals(terminalRows("", 4), 1);
});

Deno.test("wrap: further lines of a list item stand below its first word", () => {
  assertEquals(wrapWords("• one two three", 9), ["• one two", "  three"]);
  assertEquals(wrapWords("  12. one two\nnext one two", 12), ["  12. one", "      two", "next one two"]);
  assertEquals(wrapWords("• 天地天地", 6), ["• 天地", "  天地"]);
});
