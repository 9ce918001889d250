import { assert, assertEquals } from "@std/assert";
import { folderWith, type TestFolder } from "./support/playbooks_process.ts";

/**
 * The pages of docs/guide are run from top to bottom, each in a folder of its own:
 *
 * - A fence with a file name (`md shop.pb`, `toml playbooks.toml`) writes that file.
 * - A fence `sh` runs each of its lines. A comment `# exit 75` names the exit code; without one it is 0.
 * - A fence `text` after a fence `sh` is all that those lines print to standard output.
 *
 * `npx` is Deno in these tests.
 */
type Part =
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "run"; readonly lines: readonly Line[]; readonly output?: string };

interface Line {
  readonly command: string;
  readonly code: number;
}

/** Runs `npx -y PACKAGE ARGUMENTS`, with the version of the package that the tests have. */
const npx = `#!/bin/sh
shift; package=$1; shift
exec "${Deno.execPath()}" run -A --quiet --no-config --no-lock "npm:$package@2026.8.31" "$@"
`;

const pages = [...Deno.readDirSync("docs/guide")].map(({ name }) => name).filter((name) =>
  name.endsWith(".md")
)
  .sort();

for (const name of pages) {
  const parts = partsOf(Deno.readTextFileSync(`docs/guide/${name}`));
  if (parts.length === 0) continue;
  Deno.test(`guide: every command of docs/guide/${name} does what the page says`, async () => {
    await using folder = await folderWith({ "bin/npx": npx });
    await Deno.chmod(`${folder.path}/bin/npx`, 0o755);
    for (const part of parts) {
      if (part.kind === "file") await folder.write(part.path, part.text);
      else await check(folder, part.lines, part.output);
    }
  });
}

Deno.test("guide: the parts of a page are its files, its commands and what they print", () => {
  const page = [
    "```md a.pb\n# A\n```",
    "```md\n# Only shown\n```",
    "```sh\nplaybooks run a.pb   # exit 75\n```",
    "Words.\n```text\nHi\n```",
    "```text\nNo output of a command.\n```",
  ].join("\n");
  assertEquals(partsOf(page), [
    { kind: "file", path: "a.pb", text: "# A\n" },
    { kind: "run", lines: [{ command: "playbooks run a.pb", code: 75 }], output: "Hi\n" },
  ]);
});

async function check(folder: TestFolder, lines: readonly Line[], output: string | undefined): Promise<void> {
  let printed = "";
  for (const { command, code } of lines) {
    // The function stands for the program: a binary, or Deno with the source.
    const path = `${folder.path}/bin:${Deno.env.get("PATH")}`;
    const script = `program=("$@"); playbooks() { "\${program[@]}" "$@"; }; ${command}`;
    const by = ["/bin/bash", "-c", script, "playbooks"];
    const finished = await folder.run([], { by, env: { PATH: path } });
    assertEquals([command, finished.code], [command, code], finished.stderr);
    printed += finished.stdout;
  }
  if (output !== undefined) assertEquals(printed, output);
}

function partsOf(page: string): Part[] {
  const parts: Part[] = [];
  let mayHaveOutput = false;
  for (const [, fence, info, text] of page.matchAll(/^(`{3,})(.*)\n([\s\S]*?)^\1$/gm)) {
    assert(fence !== undefined && info !== undefined && text !== undefined);
    const [language, path] = info.trim().split(/\s+/);
    const last = parts.at(-1);
    if (path !== undefined) parts.push({ kind: "file", path, text });
    else if (language === "sh") parts.push({ kind: "run", lines: linesOf(text) });
    else if (language === "text" && mayHaveOutput && last?.kind === "run") {
      parts[parts.length - 1] = { ...last, output: text };
    }
    mayHaveOutput = language === "sh";
  }
  return parts;
}

function linesOf(text: string): Line[] {
  return text.split("\n").map((line) => {
    const [, command, comment] = /^(.*?)(?:\s+#\s*(.*))?$/.exec(line)!;
    return { command: command!.trim(), code: Number(/\bexit (\d+)/.exec(comment ?? "")?.[1] ?? 0) };
  }).filter(({ command }) => command !== "");
}
