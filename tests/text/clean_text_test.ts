import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cleanLine, cleanText, jsonText } from "../../src/text/mod.ts";
import { ansi, joined } from "../../src/frontends/terminal_text.ts";
import { hostileTexts, unsafe } from "../support/hostile_texts.ts";
import { cpuTimeMs } from "../support/cpu_time.ts";

Deno.test("text: terminal sequences are removed, and the words around them stay", () => {
  for (const [what, hostile] of Object.entries(hostileTexts)) {
    const clean = cleanText(`before ${hostile} after`);
    assert(!unsafe.test(clean), `${what}: ${JSON.stringify(clean)}`);
    assert(clean.startsWith("before ") && clean.endsWith("fter"), `${what}: ${JSON.stringify(clean)}`);
    assert(!/EVIL|RVZJTA/.test(clean), `${what}: what a sequence holds is no word`);
    assert(unsafe.test(hostile), what);
  }
});

Deno.test("text: a complete sequence is removed and leaves one sign", () => {
  const expected: Record<string, string> = {
    "a\x1b]0;title\x07b": "a�b",
    "a\x9d52;c;xx\x9cb": "a�b",
    "a\x1b[38;5;1mb": "a�b",
    "a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b": "a�link�b",
    "a\x1b]0;never ended": "a�0;never ended",
    "a\r\nb\tc": "a\nb\tc",
    "a\rb": "a�b",
    "\u202eabc\u202c": "abc",
    "a\u2028b": "a\nb",
  };
  for (const [text, clean] of Object.entries(expected)) assertEquals(cleanText(text), clean);
  assertEquals(cleanLine("a\nb\x1b[2J\n\n✅ c"), "a b� ✅ c");
});

Deno.test("text: words of any script and emoji stay unchanged", () => {
  const texts = [
    "Grüß Gott",
    "日本語",
    "שלום\u200f!",
    "مرحبا\u061c",
    "👩\u200d👩\u200d👧",
    "❤\ufe0f",
    "a\u0301",
    "one\ntwo\tthree",
  ];
  for (const text of texts) assertEquals(cleanText(text), text);
});

Deno.test("text: a cleaned text is safe, and cleaning it again changes nothing", () => {
  const pieces = fc.constantFrom(
    ...Object.values(hostileTexts),
    "\x1b",
    "[",
    "]",
    "\\",
    "\x9c",
    "m",
    "0;",
    "words\n",
  );
  fc.assert(
    fc.property(fc.array(pieces).map((parts) => parts.join("")), (text) => {
      const clean = cleanText(text);
      // deno-lint-ignore no-control-regex
      assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(clean));
      assertEquals(cleanText(clean), clean);
      assertEquals(JSON.parse(jsonText({ text })), { text: text.toWellFormed() });
      assert(!unsafe.test(jsonText(text)));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("text: cleaning takes time in proportion to the text", () => {
  for (const piece of ["\x1b]", "\x1b[", "\x1b", "\x9d", "\x1b[0;", "\x1b(", "\x1bP\x9d"]) {
    const text = piece.repeat(500_000 / piece.length);
    const startedMs = cpuTimeMs();
    cleanText(text);
    // Quadratic time would take minutes.
    assert(cpuTimeMs() - startedMs < 5000, JSON.stringify(piece));
  }
  const endless = `\x1b[${"0".repeat(500_000)}`.repeat(2);
  const startedMs = cpuTimeMs();
  cleanText(endless);
  assert(cpuTimeMs() - startedMs < 5000);
});

Deno.test("text: ansi`` keeps the template and cleans the inserted values", () => {
  const inner = ansi`\x1b[2m${"a\x1b[2Jb"}\x1b[22m`;
  assertEquals(String(inner), "\x1b[2ma�b\x1b[22m");
  assertEquals(String(ansi`\x1b[${3}A${inner}`), "\x1b[3A\x1b[2ma�b\x1b[22m");
  assertEquals(String(joined([inner, "\x1b[2J", inner])), `${inner}�${inner}`);
  assertEquals(String(joined([])), "");
});

Deno.test("text: JSON keeps its meaning in characters that cannot control a terminal", () => {
  for (const hostile of Object.values(hostileTexts)) {
    const json = jsonText({ [hostile]: [hostile] }, 2);
    assert(!/[^\n -~\u00a0-\uffff]/.test(json), json);
    assertEquals(JSON.parse(json), { [hostile]: [hostile] });
  }
  assertEquals(jsonText("ü 日 \x9b \u202e \u{e0068}"), '"ü 日 \\u009b \\u202e \\udb40\\udc68"');
});

Deno.test("text: JSON has a sign for half of a surrogate pair, since many parsers refuse it", () => {
  assertEquals(
    jsonText(["\ud83d", "a\ud83d\ud83db", "\ude00", "😀"]),
    '["\ufffd","a\ufffd\ufffdb","\ufffd","😀"]',
  );
  assertEquals(jsonText({ "\ude00": 1 }), '{"\ufffd":1}');
  // A backslash of the text itself, before the letters of an escape.
  for (const text of ["\\ud83d", "\\\\ud83d"]) assertEquals(JSON.parse(jsonText(text)), text);
  assertEquals(JSON.parse(jsonText("\\\ud83d")), "\\\ufffd");
});
