import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Key, readKeys } from "../../src/frontends/terminal/keys.ts";
import { keyTable } from "../../src/frontends/terminal/key_table.ts";
import { type Line, newLine, press, type Pressed } from "../../src/frontends/terminal/line_editor.ts";
import { drawInput } from "../../src/frontends/terminal/line_layout.ts";
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

/** The line after a key that does not end it. */
function pressed(line: Line, key: Key): Line {
  const result = press(line, key);
  assert(result.kind === "editing");
  return result.line;
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
    ["Alt+Enter and Ctrl+J begin a new line", "one\x1b\rtwo\nthree", "one\ntwo\nthree|"],
    ["Shift+Enter of a terminal that reports it", "one\x1b[13;2utwo", "one\ntwo|"],
    ["up and down move between lines", `one\ntwo\x01${up}X${down}Y`, "Xone\ntY|wo"],
    ["up in a short line stops at its end", `a\nlonger${up}X`, "aX|\nlonger"],
    ["up in the first line is the history", `one\ntwo${up}${up}`, "second|"],
    ["home and end stay in their line", "one\ntwo\x01X\x05Y", "one\nXtwoY|"],
    ["Ctrl+U cuts only its line", "one\ntwo\x15X", "one\nX|"],
    ["Ctrl+K at the end of a line joins the next one", `one\ntwo${up}\x05\x0b`, "one|two"],
    ["Ctrl+Y inserts what was cut", "one two\x17X\x19", "one Xtwo|"],
    ["cuts in a row are one", "one two\x17\x17\x19", "one two|"],
    [
      "cuts before and after the cursor keep their order",
      "one two three\x1bb\x1bb\x1bd\x17\x19",
      "one two| three",
    ],
    ["a move between two cuts separates them", `one two\x17\x01\x0b\x19`, "one |"],
    ["Alt+Y inserts an older cut instead", `one\x15two\x15\x19\x1by`, "one|"],
    ["Alt+Y without Ctrl+Y does nothing", "one\x15\x1by", "|"],
    ["Ctrl+Y of an emoji", "a👩‍👩‍👧\x17b\x19", "ba👩‍👩‍👧|"],
    ["undo takes a change back", "one\x05 two\x1f", "one|"],
    ["undo brings a cut back", "one two\x15\x1f", "one two|"],
    ["undo of everything", "one\x7f\x7fx\x1f\x1f\x1f\x1f\x1f", "|"],
    ["Ctrl+C clears a text, and Ctrl+Y brings it back", "one\x03two\x19", "twoone|"],
    ["Ctrl+R finds the newest text", "\x12s\x05", "second|"],
    ["Ctrl+R again finds an older one", "\x12i\x12\x05", "first|"],
    ["Ctrl+R shortens what is searched for", "\x12fix\x7f\x05", "first|"],
    ["Ctrl+R with no such text keeps the text", "abc\x12zzz\x05", "abc|"],
    ["Ctrl+G leaves the search", "abc\x12sec\x07", "abc|"],
    ["Ctrl+C leaves the search and keeps the text", "abc\x12sec\x03", "abc|"],
    ["a search is no longer there after a key", `\x12sec${left}X`, "seconX|d"],
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

Deno.test("line editor: undo takes back one typed word after another", () => {
  let line = newLine();
  for (const text of "one two three") line = pressed(line, { kind: "text", text });
  const undone = Array.from({ length: 4 }, () => (line = pressed(line, { kind: "undo" })).text.join(""));
  assertEquals(undone, ["one two", "one", "", ""]);
});

Deno.test("line editor: Enter gives the text, Ctrl+C interrupts, and Ctrl+D on an empty line ends", () => {
  assertEquals(type("yes\rmore"), { kind: "entered", text: "yes" });
  assertEquals(type("\r"), { kind: "entered", text: "" });
  assertEquals(type("\x12sec\r", ["second"]), { kind: "entered", text: "second" });
  assertEquals(type("yes\x03\x03"), { kind: "interrupted" });
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

Deno.test("line editor: no row takes the last column, the cursor is beside its character, and no character is lost", () => {
  const text = fc.array(fc.constantFrom("a", "b", " ", "天", "👍", "\n", "e\u0301", "👩‍👩‍👧"), { maxLength: 80 });
  const size = fc.record({ columns: fc.integer({ min: 20, max: 60 }), maxRows: fc.constant(200) });
  fc.assert(
    fc.property(text, fc.nat(80), size, fc.constantFrom("User: ", "Dr. Ann → Host(1000): "), (...given) => {
      const [text, at, size, label] = given;
      const cursor = Math.min(at, text.length);
      const { rows, row, column } = drawInput(label, { ...newLine(), text, cursor }, size);
      for (const each of rows) assert(textWidth(each) < size.columns, `${each} is too wide`);
      const [shown, typed] = [[label, rows.join("")], [text.join(""), rows.join("")]].map(([a, b]) =>
        [a!, b!].map((part) => part.replace(/\s/g, ""))
      );
      assert(typed![1]!.endsWith(typed![0]!) && typed![1]!.startsWith(shown![0]!.slice(0, 5)));
      assert(column < size.columns && column <= textWidth(rows[row]!));
      const next = text[cursor];
      if (next === undefined || /\s/.test(next)) return;
      let columns = 0;
      const after = [...new Intl.Segmenter().segment(rows[row]!)].find(({ segment }) => {
        columns += textWidth(segment);
        return columns > column;
      });
      assertEquals(after?.segment, next);
    }),
  );
});

Deno.test("line editor: rows break at spaces, and a long text shows the rows around the cursor", async (t) => {
  const words = [..."The quick brown fox jumps over the lazy dog"];
  const draw = (text: readonly string[], cursor: number, columns: number, maxRows = 20) =>
    drawInput("User: ", { ...newLine(), text, cursor }, { columns, maxRows });
  await t.step("words", () =>
    assertEquals(draw(words, words.length, 25), {
      rows: ["User: The quick brown ", "      fox jumps over the", "      lazy dog"],
      row: 2,
      column: 14,
    }));
  await t.step("a narrow screen", () =>
    assertEquals(
      drawInput("Dr. Ann → Host(1000): ", { ...newLine(), text: [..."yes or no"], cursor: 9 }, {
        columns: 20,
        maxRows: 9,
      }),
      { rows: ["Dr. Ann → Host(100…", "  yes or no"], row: 1, column: 11 },
    ));
  await t.step(
    "a space at the end of a full row",
    () =>
      assertEquals(draw([..."123456789012345678 "], 19, 25), {
        rows: ["User: 123456789012345678", "      "],
        row: 1,
        column: 6,
      }),
  );
  const lines = Array.from({ length: 30 }, (_, index) => `${index}`).join("\n");
  await t.step(
    "the middle of many rows",
    () =>
      assertEquals(draw([...lines], lines.indexOf("15"), 25, 5).rows, [
        "⋮ 14 rows above",
        "      14",
        "      15",
        "      16",
        "⋮ 13 rows below",
      ]),
  );
});

Deno.test("line editor: a paste of 100 kB is one text, and each further key is quick", () => {
  const paste = "Lorem ipsum dolor sit amet, ".repeat(3600);
  let rest = "";
  let line: Line = newLine();
  const bytes = `\x1b[200~${paste}\x1b[201~`;
  for (let at = 0; at < bytes.length; at += 4096) {
    const read = readKeys(rest + bytes.slice(at, at + 4096));
    rest = read.rest;
    for (const key of read.keys) line = pressed(line, key);
  }
  assertEquals(line.text.length, paste.length);
  const start = performance.now();
  for (let count = 0; count < 10; count++) {
    line = pressed(line, { kind: "text", text: "x" });
    drawInput("User: ", line, { columns: 80, maxRows: 12 });
  }
  const perKeyMs = (performance.now() - start) / 10;
  assert(perKeyMs < 200, `${perKeyMs} ms for a key`);
});

/** The input that a spelling such as `Ctrl+K` stands for. */
function inputOf(spelling: string): string {
  const fixed: Readonly<Record<string, string>> = {
    "Enter": "\r",
    "Alt+Enter": "\x1b\r",
    "Left": left,
    "Right": right,
    "Up": up,
    "Down": down,
    "Ctrl+Left": "\x1b[1;5D",
    "Ctrl+Right": "\x1b[1;5C",
    "Home": "\x1b[H",
    "End": "\x1b[F",
    "Backspace": "\x7f",
    "Alt+Backspace": "\x1b\x7f",
    "Delete": "\x1b[3~",
    "Tab": "\t",
    "Shift+Tab": "\x1b[Z",
    "Ctrl+_": "\x1f",
  };
  const [, modifier, letter] = /^(Ctrl|Alt)\+([A-Z])$/.exec(spelling) ?? [];
  if (modifier === "Ctrl") return String.fromCharCode(letter!.charCodeAt(0) - 64);
  if (modifier === "Alt") return `\x1b${letter!.toLowerCase()}`;
  return fixed[spelling] ?? `unknown spelling ${spelling}`;
}

Deno.test("line editor: each key of the table is read as this key", () => {
  for (const [kind, { keys }] of Object.entries(keyTable)) {
    for (const spelling of keys) {
      assertEquals(readKeys(inputOf(spelling)), { keys: [{ kind: kind as "enter" }], rest: "" }, spelling);
    }
  }
});
