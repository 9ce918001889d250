import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readKeys } from "../../src/frontends/terminal/keys.ts";
import {
  drawLine,
  type Line,
  newLine,
  press,
  type Pressed,
} from "../../src/frontends/terminal/line_editor.ts";
import { textWidth } from "../../src/frontends/text_width.ts";

const left = "\x1b[D";
const right = "\x1b[C";
const up = "\x1b[A";
const down = "\x1b[B";

/** The result of typing these keys, up to the first key that ends the line. */
function type(input: string, history: readonly string[] = []): Pressed {
  let line: Line = newLine(history);
  for (const key of readKeys(input).keys) {
    const pressed = press(line, key);
    if (pressed.kind !== "editing") return pressed;
    line = pressed.line;
  }
  return { kind: "editing", line };
}

/** Text and cursor as `before|after`. */
function typed(input: string, history: readonly string[] = []): string {
  const pressed = type(input, history);
  if (pressed.kind !== "editing") return pressed.kind;
  const { text, cursor } = pressed.line;
  return `${text.slice(0, cursor).join("")}|${text.slice(cursor).join("")}`;
}

Deno.test("line editor: keys edit the line as in any shell", async (t) => {
  const cases: readonly (readonly [name: string, input: string, expected: string])[] = [
    ["typing", "abc", "abc|"],
    ["left and insert", `abc${left}${left}X`, "aX|bc"],
    ["right stops at the end", `ab${right}${right}c`, "abc|"],
    ["left stops at the start", `a${left}${left}${left}b`, "b|a"],
    ["home and end", "bc\x01a\x05d", "abcd|"],
    ["home and end of other terminals", "bc\x1b[Ha\x1b[Fd\x1b[1~_\x1b[4~", "_abcd|"],
    ["backspace", "abc\x7f", "ab|"],
    ["backspace at the start", "\x7fa\x01\x7f", "|a"],
    ["delete", `abc${left}${left}\x1b[3~`, "a|c"],
    ["Ctrl+D with text deletes", `abc${left}\x04`, "ab|"],
    ["Ctrl+D at the end of text", "abc\x04", "abc|"],
    ["word left", "one two\x1b[1;5D_", "one _|two"],
    ["word right", "one two\x01\x1bf_", "one_| two"],
    ["Ctrl+W", "one two \x17", "one |"],
    ["Alt+D", "one two\x01\x1bd", "| two"],
    ["Ctrl+U", `abc${left}\x15`, "|c"],
    ["Ctrl+K", `abc${left}${left}\x0b`, "a|"],
    ["an emoji is one character", "a👩‍👩‍👧\x7f", "a|"],
    ["an accent belongs to its letter", "e\u0301x\x7f\x7f", "|"],
    ["wide characters", `天地${left}x`, "天x|地"],
    ["a paste keeps its line ends", "\x1b[200~one\r\ntwo\x1b[201~", "one\ntwo|"],
    ["a tab is text", "a\tb", "a\tb|"],
    ["unknown keys do nothing", "a\x1b[15~\x1b[99;9u\x07b", "ab|"],
    ["Escape and a letter is the letter", "a\x1bx", "ax|"],
    ["history", `${up}`, "second|"],
    ["history further up", `${up}${up}${up}`, "first|"],
    ["history and back to what was typed", `draft${up}${up}${down}${down}`, "draft|"],
    ["a recalled line can be changed", `${up}!`, "second!|"],
  ];
  for (const [name, input, expected] of cases) {
    await t.step(name, () => assertEquals(typed(input, ["first", "second"]), expected));
  }
});

Deno.test("line editor: Enter gives the text, Ctrl+C interrupts, and Ctrl+D on an empty line ends", () => {
  assertEquals(type("yes\rmore"), { kind: "entered", text: "yes" });
  assertEquals(type("\n"), { kind: "entered", text: "" });
  assertEquals(type("yes\x03"), { kind: "interrupted" });
  assertEquals(type("\x04"), { kind: "ended" });
});

Deno.test("line editor: a key or paste that a read cuts waits for its rest", () => {
  for (const cut of ["\x1b", "\x1b[", "\x1b[1;", "\x1bO", "\x1b[200~half a pa"]) {
    assertEquals(readKeys(`a${cut}`), { keys: [{ kind: "text", text: "a" }], rest: cut });
  }
});

Deno.test("line editor: keys are the same however the reads cut them", () => {
  const sequence = fc.constantFrom(
    "a",
    "天",
    left,
    up,
    "\x1b[1;5C",
    "\x1bb",
    "\x7f",
    "\x01",
    "\x1b[200~p\nq\x1b[201~",
  );
  fc.assert(fc.property(fc.array(sequence, { maxLength: 8 }), fc.nat(), (parts, at) => {
    const input = parts.join("");
    const cut = input.length === 0 ? 0 : at % input.length;
    const first = readKeys(input.slice(0, cut));
    const second = readKeys(first.rest + input.slice(cut));
    const joined = (keys: typeof first.keys) =>
      keys.map((key) => key.kind === "text" ? key.text : `<${key.kind}>`).join("");
    assertEquals(joined([...first.keys, ...second.keys]), joined(readKeys(input).keys));
  }));
});

Deno.test("line editor: a drawn line never wraps and shows the character at its cursor", () => {
  const text = fc.array(fc.constantFrom("a", "b", " ", "天", "👍", "\n", "é"), { maxLength: 60 });
  fc.assert(fc.property(text, fc.nat(60), fc.integer({ min: 12, max: 40 }), (text, at, columns) => {
    const cursor = Math.min(at, text.length);
    const drawn = drawLine("User: ", { ...newLine(), text, cursor }, columns);
    assert(textWidth(drawn.text) < columns, `${textWidth(drawn.text)} of ${columns}`);
    assert(drawn.cursor >= 6 && drawn.cursor <= textWidth(drawn.text));
    assert(drawn.text.startsWith("User: "));
  }));
  const line = { ...newLine(), text: [..."0123456789"], cursor: 10 };
  assertEquals(drawLine("> ", line, 8), { text: "> 6789", cursor: 6 });
  assertEquals(drawLine("> ", { ...line, cursor: 0 }, 8), { text: "> 01234", cursor: 2 });
});
