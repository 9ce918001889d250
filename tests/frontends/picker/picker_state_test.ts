import { assertEquals } from "@std/assert";
import {
  openPicker,
  type PickerKey,
  type PickerRow,
  type PickerState,
  pressInPicker,
  selectedRow,
  withFoundWords,
  withRows,
} from "../../../src/frontends/picker/picker_state.ts";

type PickerAction = NonNullable<ReturnType<typeof pressInPicker>["action"]>;

const rows: readonly PickerRow[] = ["Monday shop.pb", "tuesday shop.pb", "jobs-list q.pb", "friday tax.pb"]
  .map((title, index) => ({
    id: `id-${index}`,
    shortId: `id-${index}`,
    title,
    status: "stopped",
    age: "1 day",
    cost: "$0.00",
    searched: title.toLowerCase(),
  }));

type Press = string | PickerKey["kind"][];

/** Types texts, and presses the keys of arrays, one after another. */
function after(presses: readonly Press[], first = openPicker(rows)) {
  let state: PickerState = first;
  const actions: PickerAction[] = [];
  const keys: readonly PickerKey[] = presses.flatMap((each) =>
    typeof each === "string" ? [{ kind: "text", text: each }] : each.map((kind) => ({ kind }) as PickerKey)
  );
  for (const key of keys) {
    const pressed = pressInPicker(state, key, { page: 2, maxTop: 5 });
    state = pressed.state;
    if (pressed.action) actions.push(pressed.action);
  }
  return { state, actions, selected: selectedRow(state)?.id, shown: state.shown.map(({ id }) => id) };
}

Deno.test("picker: keys move the selection, and never beyond the list", () => {
  const cases: readonly (readonly [readonly Press[], string])[] = [
    [[], "id-0"],
    [[["down"]], "id-1"],
    [[["down", "down", "up"]], "id-1"],
    [[["up"]], "id-0"],
    [[["end"]], "id-3"],
    [[["end", "down"]], "id-3"],
    [[["end", "home"]], "id-0"],
    [[["page-down"]], "id-1"],
    [[["page-down", "page-down", "page-up"]], "id-1"],
    [[["tab"], "jj", "k"], "id-1"],
    [[["tab"], "G"], "id-3"],
    [[["tab"], "Ggj"], "id-1"],
  ];
  for (const [presses, expected] of cases) {
    assertEquals(after(presses).selected, expected, JSON.stringify(presses));
  }
});

Deno.test("picker: letters filter by all words in any order, and each letter counts, also j, k and q", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["MON", ["id-0"]],
    ["shop tue", ["id-1"]],
    ["jobs", ["id-2"]],
    ["q", ["id-2"]],
    ["  ", ["id-0", "id-1", "id-2", "id-3"]],
    ["nothing", []],
  ];
  for (const [text, expected] of cases) {
    const letters = [...text];
    assertEquals(after(letters).shown, expected, text);
    assertEquals(after(letters).actions, [], text);
  }
});

Deno.test("picker: a filter selects its first row, and words that are found later keep the selection", () => {
  const { state, selected } = after([["end"], "shop"]);
  assertEquals(selected, "id-0");
  const second = after([["down"]], state).state;
  const found = withFoundWords(second, new Set(["id-3"]));
  assertEquals([found.shown.map(({ id }) => id), selectedRow(found)?.id], [["id-0", "id-1", "id-3"], "id-1"]);
  assertEquals(after(["x"], found).shown, []);
});

Deno.test("picker: Enter resumes the selected session, and does nothing without one", () => {
  assertEquals(after(["tax", ["enter"]]).actions, [{ kind: "resume", id: "id-3" }]);
  assertEquals(after([["tab", "down", "enter"]]).actions, [{ kind: "resume", id: "id-1" }]);
  assertEquals(after(["nothing", ["enter", "tab"], "rfdsl", ["enter"]]).actions, []);
});

Deno.test("picker: Esc clears the filter first, then leaves; Ctrl+C leaves at once from each mode", () => {
  const cleared = after(["tax", ["escape"]]);
  assertEquals([cleared.actions, cleared.shown.length], [[], 4]);
  assertEquals(after([["escape"]]).actions, [{ kind: "leave" }]);
  assertEquals(after([["tab", "escape"]]).actions, []);
  assertEquals(after([["tab"], "q"]).actions, [{ kind: "leave" }]);
  for (const mode of [[], [["tab"]], [["tab"], "r"], [["tab"], "f"], [["tab"], "d"]] as const) {
    const presses: Press[] = mode.map((each) => typeof each === "string" ? each : [...each]);
    assertEquals(after([...presses, ["interrupt"]]).actions, [{ kind: "interrupt" }], JSON.stringify(mode));
  }
});

Deno.test("picker: a rename needs a name, a fork does not, and a removal asks", () => {
  const id = "id-0";
  const cases: readonly (readonly [readonly Press[], readonly PickerAction[]])[] = [
    [["r", " new\nname ", ["enter"]], [{ kind: "rename", id, name: "new name" }]],
    [["r", ["enter"]], []],
    [["r", "x", ["escape"]], []],
    [["f", ["enter"]], [{ kind: "fork", id, name: "" }]],
    [["f", "copy", ["enter"]], [{ kind: "fork", id, name: "copy" }]],
    [["f", ["escape"]], []],
    [["d", "y"], [{ kind: "remove", id }]],
    [["d", "n"], []],
    [["d", ["enter"]], []],
    [["dy", ["escape"]], []],
    [["rx", ["enter"]], [{ kind: "rename", id, name: "x" }]],
    [["sdq"], [{ kind: "show", id }]],
    [[["delete"], "Y"], [{ kind: "remove", id }]],
    [["s"], [{ kind: "show", id }]],
    [["l"], [{ kind: "log", id }]],
  ];
  for (const [presses, expected] of cases) {
    const { state, actions } = after([["tab"], ...presses]);
    assertEquals(actions, expected, JSON.stringify(presses));
    assertEquals(state.mode.kind, "commands");
  }
});

Deno.test("picker: after an action the session stays selected, also if its new name does not fit the filter", () => {
  const { state } = after(["tax"]);
  const renamed = rows.map((row) => row.id === "id-3" ? { ...row, searched: "other" } : row);
  const next = withRows(state, renamed);
  assertEquals([selectedRow(next)?.id, next.shown.length], ["id-3", 4]);
  const removed = withRows(after([["end"]]).state, rows.slice(0, 3));
  assertEquals(selectedRow(removed)?.id, "id-2");
});

Deno.test("picker: a text is read page by page, no further than its end, and q returns to the list", () => {
  const text: PickerState = {
    ...openPicker(rows),
    mode: { kind: "text", title: "show", text: "many lines", top: 0 },
  };
  const topAfter = (...presses: Press[]) => {
    const { mode } = after(presses, text).state;
    return mode.kind === "text" ? mode.top : mode.kind;
  };
  assertEquals(topAfter(["up"]), 0);
  assertEquals(topAfter("j", ["down"]), 2);
  assertEquals(topAfter(["end", "up"]), 4);
  assertEquals(topAfter(" ", " ", " ", " "), 5);
  assertEquals(topAfter("q"), "commands");
  assertEquals(after(["jqq"], text).actions, [{ kind: "leave" }]);
  assertEquals(topAfter(["escape"]), "commands");
});
