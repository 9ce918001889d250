import { assert, assertEquals } from "@std/assert";
import { drawPicker, extentOf } from "../../../src/frontends/picker/picker_screen.ts";
import { openPicker, type PickerRow, pressInPicker } from "../../../src/frontends/picker/picker_state.ts";
import type { PickerPreview } from "../../../src/frontends/picker/preview_pane.ts";
import { textWidth } from "../../../src/frontends/text_width.ts";

function rowsOf(count: number): readonly PickerRow[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `id-${index}`,
    shortId: `short-${index % 10}`,
    title: index === 1 ? "天地玄黄".repeat(30) : `session ${index}`,
    status: "completed",
    age: "45 seconds",
    cost: "$0.0012",
    searched: `session ${index}`,
  }));
}

const call = { id: "1", agent: "1000", klass: "Host", call: "", turn: 1, locals: {}, next: [] };

const preview: PickerPreview = {
  facts: ["stopped, last run 2 hours ago", "/work/\x1b[31mshop.pb"],
  session: {
    stack: [
      { ...call, depth: 0, playbook: "Main", step: "01", stepText: "Ask the user" },
      { ...call, depth: 1, playbook: "Offer" },
    ],
    questions: [{ by: "Host", to: ["user"], said: "Which\nday?" }],
    words: Array.from({ length: 30 }, (_, index) => ({
      who: "Host",
      to: "user",
      text: `word \x1b[2J${index}`,
    })),
    spent: { turns: 1, answers: 1, calls: 1, tokens: 1, costUsd: 0, unpriced: 0 },
  },
};

Deno.test("picker: a screen has exactly its rows, none is wider than the terminal, and nothing from outside is raw", () => {
  for (const columns of [1, 10, 20, 33, 45, 60, 80, 99, 100, 120, 240]) {
    for (const rows of [1, 2, 4, 8, 12, 24, 40]) {
      for (const count of [1, 3, 200]) {
        for (const keys of ["", "\t", "\tr", "\tf", "\td", "no such"]) {
          const size = { columns, rows, hasColour: false };
          let state = openPicker(rowsOf(count));
          for (const key of keys) {
            const pressed = key === "\t" ? { kind: "tab" as const } : { kind: "text" as const, text: key };
            state = pressInPicker(state, pressed, extentOf(state, size)).state;
          }
          const { lines, cursor } = drawPicker(state, preview, size);
          const where = JSON.stringify({ columns, rows, count, keys });
          assert(lines.length <= Math.max(rows, 1), `${where}: ${lines.length} lines`);
          if (rows >= 4) assertEquals(lines.length, rows, where);
          for (const line of lines) {
            assert(!String(line).includes("\x1b"), where);
            if (columns >= 10) assert(textWidth(String(line)) <= columns, `${where}: ${line}`);
          }
          assert(cursor.row < Math.max(rows, 1) && cursor.row >= 0, where);
        }
      }
    }
  }
});

Deno.test("picker: the selected row is always in view", () => {
  const size = { columns: 80, rows: 24, hasColour: false };
  let state = openPicker(rowsOf(10_000));
  for (const kind of ["down", "page-down", "end", "up", "page-up", "home"] as const) {
    for (let count = 0; count < 30; count++) {
      state = pressInPicker(state, { kind }, extentOf(state, size)).state;
      const marked = drawPicker(state, undefined, size).lines.map(String).filter((line) =>
        line.startsWith("❯")
      );
      assertEquals(marked.length, 1);
      if (state.selected !== 1) assert(marked[0]!.startsWith(`❯ session ${state.selected} `), marked[0]);
    }
  }
});

Deno.test("picker: the preview has the question, the stack with step texts, and the newest words", () => {
  for (const [columns, rows] of [[80, 24], [120, 40]] as const) {
    const { lines } = drawPicker(openPicker(rowsOf(3)), preview, { columns, rows, hasColour: false });
    const screen = lines.map(String).join("\n");
    for (
      const words of [
        "? Host asks user: Which day?",
        "▸ Host(1000).Main 01: Ask the user",
        "  ▸ Host(1000).Offer",
        "�29",
      ]
    ) {
      assert(screen.includes(words), `${words} at ${columns}×${rows}:\n${screen}`);
    }
  }
});

Deno.test("picker: colours are left out without colour, and mark the selected row with it", () => {
  const state = openPicker(rowsOf(3));
  const plain = drawPicker(state, preview, { columns: 80, rows: 24, hasColour: false }).lines.join("");
  const colourful = drawPicker(state, preview, { columns: 80, rows: 24, hasColour: true }).lines.join("");
  assert(!plain.includes("\x1b"));
  assert(colourful.includes("\x1b[7m❯ session 0"));
});

Deno.test("picker: the bar beside the list stays in its column, also if no session fits the filter", () => {
  const size = { columns: 120, rows: 40, hasColour: false };
  let state = openPicker(rowsOf(3));
  const columnsOfBars = () =>
    new Set(
      drawPicker(state, preview, size).lines.map(String).filter((line) => line.includes("│"))
        .map((line) => textWidth(line.slice(0, line.indexOf("│")))),
    );
  const before = columnsOfBars();
  assertEquals(before.size, 1);
  for (const text of "no such") {
    state = pressInPicker(state, { kind: "text", text }, extentOf(state, size)).state;
  }
  assertEquals(state.shown, []);
  assertEquals(columnsOfBars(), before);
});
