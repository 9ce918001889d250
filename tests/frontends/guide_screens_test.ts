import { assertEquals } from "@std/assert";
import { FileStore } from "../../src/store/mod.ts";
import { program, Tmux, tmuxIsThere } from "../support/tmux.ts";
import { inFolder } from "../support/world.ts";

/**
 * The screens of docs/guide/sessions.md are those of a real terminal. After a change of the prompt or of the picker, this
 * writes them anew:
 *
 *     PLAYBOOKS_TEST_WRITE=1 deno test -P --no-prompt tests/frontends/guide_screens_test.ts
 */
const page = "docs/guide/sessions.md";
const isWriting = Deno.env.get("PLAYBOOKS_TEST_WRITE") === "1";

for (const [columns, rows] of [[80, 24], [120, 40]] as const) {
  Deno.test({
    name: `guide: the screens of ${columns}×${rows} are those of ${page}`,
    ignore: !tmuxIsThere,
    fn: async () => {
      const { prompt, picker } = await screensOf(columns, rows);
      for (const [name, text] of [["prompt", prompt], ["picker", picker]] as const) {
        compare(`${name} ${columns}×${rows}`, text);
      }
    },
  });
}

async function screensOf(columns: number, rows: number) {
  const screens = { prompt: "", picker: "" };
  await inFolder({ "shop.pb": programOf(Deno.readTextFileSync(page)) }, async (folder) => {
    await using tmux = new Tmux();
    const has = (words: string) => (lines: readonly string[]) => lines.join("\n").includes(words);
    await tmux.open(folder, [...program, "run", "shop.pb", "--name", "monday"], [columns, rows]);
    await tmux.see("the question", has("Your name?"));
    await tmux.see("the prompt", (lines) => lines.at(-1) === "User:");
    await tmux.type("Ada", "Enter");
    await tmux.see("the second question", has("Do you want it?"));
    await tmux.see("the prompt", (lines) => lines.at(-1) === "User:");
    screens.prompt = shownText(await tmux.screen(), folder);
    await tmux.type("C-d");
    await tmux.end();
    const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
    await tmux.see("a session that waits", () => store.list()[0]?.status === "waiting");
    await tmux.restart([...program, "sessions"]);
    await tmux.see("the preview", has("Do you want it?"));
    screens.picker = shownText(await tmux.screen(), folder);
    await tmux.type("Escape");
    await tmux.end();
  });
  return screens;
}

/** The program of the page. */
function programOf(text: string): string {
  return /^```md shop\.pb\n([^]*?)^```$/m.exec(text)![1]!;
}

const anyId = "0199c2f0-5a1b-7c3d-8e4f-1a2b3c4d5e6f";
const anyAge = "5 seconds";

/** A screen without what differs each time. Each replacement keeps the columns. */
function shownText(screen: string, folder: string): string {
  return screen
    .replaceAll(folder, "/home/ada")
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]*/g, ({ length }) => anyId.slice(0, length))
    .replace(/\b[0-9a-f]{8}\b(?!-)/g, anyId.slice(-8))
    .replace(/\b\d+ seconds?( *)/g, ({ length }, spaces: string) =>
      // A cell is padded, and the words of a line are not.
      spaces.length > 1 ? anyAge.padEnd(length) : `${anyAge}${spaces}`);
}

function compare(name: string, text: string): void {
  const document = Deno.readTextFileSync(page);
  const mark = `<!-- screen: ${name} -->\n`;
  const start = document.indexOf(mark) + mark.length;
  const end = document.indexOf("\n```\n", start) + "\n```\n".length;
  const fence = `\`\`\`text\n${text}\n\`\`\`\n`;
  if (isWriting) Deno.writeTextFileSync(page, document.slice(0, start) + fence + document.slice(end));
  else assertEquals(document.slice(start, end), fence);
}
