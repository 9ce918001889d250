import type { Mutant } from "../mutant.ts";

const editor = ["tests/frontends/line_editor_test.ts"];
const plain = ["tests/frontends/plain_test.ts"];
const views = ["tests/frontends/view_test.ts"];
const previews = ["tests/frontends/say_preview_test.ts"];

export const uiMutants: readonly Mutant[] = [
  {
    bug: "backspace deletes what follows",
    file: "src/frontends/terminal/line_editor.ts",
    find: "return cursor === 0 ? line : remove(line, cursor - 1, cursor);",
    put: "return cursor === 0 ? line : remove(line, cursor, cursor + 1);",
    tests: editor,
  },
  {
    bug: "Ctrl+D ends the input in the middle of a line",
    file: "src/frontends/terminal/line_editor.ts",
    find: 'if (line.text.length === 0) return { kind: "ended" };',
    put: 'if (line.cursor === 0 || line.text.length > 0) return { kind: "ended" };',
    tests: editor,
  },
  {
    bug: "the line that was being typed is lost in the history",
    file: "src/frontends/terminal/line_editor.ts",
    find: "const draft = line.recalled === line.history.length ? line.text : line.draft;",
    put: "const draft = line.draft;",
    tests: editor,
  },
  {
    bug: "a row of a long text takes the last column",
    file: "src/frontends/terminal/line_layout.ts",
    find: "const room = Math.max(4, columns - 1);",
    put: "const room = Math.max(4, columns);",
    tests: editor,
  },
  {
    bug: "the cursor of a wrapped text stands a row too high",
    file: "src/frontends/terminal/line_layout.ts",
    find: "const row = ranges.findLastIndex((range) => range.start <= cursor);",
    put: "const row = ranges.findLastIndex((range) => range.start < cursor);",
    tests: editor,
  },
  {
    bug: "undo loses the cut of a text",
    file: "src/frontends/terminal/line_editor.ts",
    find: 'cursor: start, last: { kind: "cut" } }), cuts }',
    put: 'cursor: start, last: { kind: "cut" }, joins: true }), cuts }',
    tests: editor,
  },
  {
    bug: "words typed ahead are lost when a question comes",
    file: "src/frontends/terminal/open_questions.ts",
    find: "if (this.#open.size === 0 && this.#early)",
    put: "if (this.#open.size === 1 && this.#early)",
    tests: ["tests/frontends/terminal_test.ts"],
  },
  {
    bug: "a pasted line end sends the reply",
    file: "src/frontends/terminal/keys.ts",
    find: "if (left.startsWith(pasteStart)) {",
    put: 'if (left.startsWith(pasteStart) && !left.includes("\\r")) {',
    tests: ["tests/frontends"],
  },
  {
    bug: "half a key is read as a text",
    file: "src/frontends/terminal/keys.ts",
    find: "if (isPartial(left)) break;",
    put: "",
    tests: ["tests/frontends"],
  },
  {
    bug: "words under a condition are shown as certain",
    file: "src/frontends/terminal/say_preview.ts",
    find: "const certain = open.length === 0 && begins(statement, closedHead);",
    put: "const certain = begins(statement, closedHead);",
    tests: previews,
  },
  {
    bug: "words after a Return are shown",
    file: "src/frontends/terminal/say_preview.ts",
    find: "if (certain && /^(Return|EndProgram)$/.test(token.text)) break;",
    put: "",
    tests: previews,
  },
  {
    bug: "words to agents are shown",
    file: "src/frontends/terminal/say_preview.ts",
    find: 'target.end === "closed" && isSign(next, ",") && isPerson(target.text)',
    put: 'target.end === "closed" && isSign(next, ",")',
    tests: previews,
  },
  {
    bug: "half an emoji is shown",
    file: "src/frontends/terminal/say_preview.ts",
    find: 'message.replace(/[\\ud800-\\udbff]$/, "")',
    put: "message",
    tests: previews,
  },
  {
    bug: "--quiet hides nothing",
    file: "src/frontends/plain.ts",
    find: "if (!this.#options.quiet) this.tell(line);",
    put: "this.tell(line);",
    tests: plain,
  },
  {
    bug: "--non-interactive reads standard input",
    file: "src/frontends/plain.ts",
    find:
      "return this.#options.nonInteractive ? Promise.resolve(undefined) : this.#answers.ask(question, signal);",
    put: "return this.#answers.ask(question, signal);",
    tests: plain,
  },
  {
    bug: "a question is not told in JSON",
    file: "src/frontends/json.ts",
    find: '    this.#print({ type: "ask", ...question });\n',
    put: "",
    tests: plain,
  },
  {
    bug: "input that belongs to the next command is read",
    file: "src/frontends/line_reader.ts",
    find: "this.#bytes.length < exactBytes ? 1 : chunkBytes",
    put: "chunkBytes",
    tests: plain,
  },
  {
    bug: "the rest of a line is lost when an ask is aborted",
    file: "src/frontends/line_reader.ts",
    find: "this.#bytes = end < 0 ? new Uint8Array(0) : this.#bytes.slice(end + 1);",
    put: "this.#bytes = new Uint8Array(0);",
    tests: plain,
  },
  {
    bug: "a carriage return is part of the answer",
    file: "src/frontends/line_reader.ts",
    find: '.decode(line).replace(/\\r$/, "")',
    put: ".decode(line)",
    tests: plain,
  },
  {
    bug: "a text is cut one column too late",
    file: "src/frontends/text_width.ts",
    find: "    if (width > columns) break;\n    fitting",
    put: "    if (width > columns + 1) break;\n    fitting",
    tests: ["tests/frontends"],
  },
  {
    bug: "an hour is shown as sixty minutes",
    file: "src/frontends/terminal/progress.ts",
    find: "Math.floor(total / 60) % 60, total % 60]",
    put: "Math.floor(total / 60), total % 60]",
    tests: views,
  },
  {
    bug: "a call that returned stays on the line",
    file: "src/frontends/terminal/progress.ts",
    find: "return at(place.calls.filter((_, each) => each !== index));",
    put: "return at(place.calls);",
    tests: views,
  },
];
