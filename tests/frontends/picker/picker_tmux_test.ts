import { assertEquals } from "@std/assert";
import { countOf, program, Tmux, tmuxIsThere } from "../../support/tmux.ts";
import { storeSessions } from "../../support/stored_sessions.ts";
import { inFolder } from "../../support/world.ts";

const sessions = [
  { daysAgo: 30, name: "friday", programPaths: ["/work/tax.pb"] },
  { daysAgo: 20, name: "monday", programPaths: ["/work/shop.pb"] },
  { daysAgo: 10, programPaths: ["/work/shop.pb"], status: "stopped" },
] as const;

/** Opens the picker in a terminal of a shell, which tells how it ended. */
async function inPicker(
  size: readonly [number, number],
  use: (tmux: Tmux, ids: readonly string[]) => Promise<void>,
): Promise<void> {
  await inFolder({}, async (folder) => {
    const ids = await storeSessions(folder, sessions);
    await using tmux = new Tmux();
    await tmux.open(folder, [...program, "sessions"], size);
    await tmux.see("the newest session", (lines) => lines.some((line) => /^❯ shop.pb/.test(line)));
    await use(tmux, ids);
  });
}

for (const size of [[80, 24], [120, 40], [40, 12]] as const) {
  Deno.test({
    name: `picker in tmux: in ${
      size.join("×")
    } it filters, renames, removes, and leaves the screen as it was`,
    ignore: !tmuxIsThere,
    fn: () =>
      inPicker(size, async (tmux, ids) => {
        assertEquals(await tmux.ask("#{alternate_on}"), "1");
        await tmux.type("-l", "mon");
        await tmux.see("one row", (lines) =>
          countOf(lines, "1 of 3") === 1 && countOf(lines, "❯ monday") === 1);
        await tmux.type("Tab");
        await tmux.type("-l", "r");
        await tmux.see("the question", (lines) =>
          countOf(lines, "New name") === 1);
        await tmux.type("-l", "sunday");
        await tmux.type("Enter");
        await tmux.see("the new name", (lines) => countOf(lines, "❯ sunday") === 1);
        await tmux.type("-l", "d");
        await tmux.see("the question", (lines) => countOf(lines, "[y/N]") === 1);
        await tmux.type("-l", "y");
        await tmux.see("two rows", (lines) =>
          countOf(lines, "2 of 2") === 1 && countOf(lines, "❯ sunday") === 0);
        await tmux.type("-l", "gf");
        await tmux.see("the question", (lines) =>
          countOf(lines, "ame of the") === 1);
        await tmux.type("Escape");
        await tmux.see("the keys", (lines) =>
          countOf(lines, "Enter resume") === 1);
        await tmux.resize(size[0] - 7, size[1] - 1);
        await tmux.see("the list in the new size", (lines) => countOf(lines, "❯ shop.pb") === 1);
        await tmux.type("-l", "s");
        await tmux.see("the session", (lines) => lines.join("").includes(ids[2]!));
        await tmux.type("-l", "qq");
        assertEquals({ exit: 0, ...await tmux.end() }, { exit: 0, isAlternate: false });
      }),
  });
}

const endings: readonly (readonly [string, (tmux: Tmux) => Promise<unknown>, number])[] = [
  ["Esc", (tmux) => tmux.type("Escape"), 0],
  ["Ctrl+D", (tmux) => tmux.type("C-d"), 0],
  ["Ctrl+C", (tmux) => tmux.type("C-c"), 130],
  ["SIGTERM", (tmux) => tmux.kill("SIGTERM"), 143],
  ["SIGINT", (tmux) => tmux.kill("SIGINT"), 130],
];

for (const [name, end, exit] of endings) {
  Deno.test({
    name: `picker in tmux: after ${name} the terminal is as before, and the exit code is ${exit}`,
    ignore: !tmuxIsThere,
    fn: () =>
      inPicker([80, 24], async (tmux) => {
        await end(tmux);
        assertEquals({ exit, ...await tmux.end() }, { exit, isAlternate: false });
      }),
  });
}
