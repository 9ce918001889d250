import { assert, assertEquals } from "@std/assert";
import { commandLine, folderWith, type TestFolder } from "./support/playbooks_process.ts";

/**
 * The pages of docs/guide, and two others, are run from top to bottom, each in a folder of its own:
 *
 * - A fence with a file name (`md shop.pb`, `toml playbooks.toml`) writes that file.
 * - A fence `sh` runs each of its lines. A comment `# exit 75` names the exit code; without one it is 0.
 * - A fence `text` after a fence `sh` is all that those lines print to standard output. A line `…` stands for any lines, and
 *   `…` in a line for any characters, such as an id or a time.
 * - A fence `toml` without a file name is a `playbooks.toml` that `playbooks config show` accepts.
 * - Any other fence must be one of `exceptions`.
 *
 * `npx` and `deno` are the Deno of these tests.
 */
type Part =
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "run"; readonly lines: readonly Line[]; readonly output?: string }
  | { readonly kind: "settings"; readonly text: string }
  | { readonly kind: "shown"; readonly line: number; readonly text: string };

/** Fences that no test can run: the page, the first words, and the reason. */
const exceptions = [
  ["docs/guide/ci.md", "name: report", "it is a workflow of GitHub; tests/action runs its scripts"],
  ["docs/guide/ci.md", '          resume: "true"', "it is a part of that workflow"],
  ["docs/guide/ci.md", "  mkdir -m 700", "it needs the artifact of a job; tests/action does the same"],
  ["docs/guide/mcp.md", '{\n  "mcpServers"', "it is a file of another program"],
  ["docs/guide/observing.md", '{\n  "version"', "it is the JSON of a notification"],
  ["docs/guide/people.md", "const { people } =", "it is a part of another program, which holds a session"],
  ["docs/guide/sessions.md", "Filter:", "it is a screen; tests/frontends/guide_screens_test.ts compares it"],
  [
    "docs/guide/sessions.md",
    "ℹ Loading",
    "it is a screen; tests/frontends/guide_screens_test.ts compares it",
  ],
  ["docs/guide/studio.md", "playbooks studio", "it serves until a signal; tests/frontends/studio does it"],
  ["docs/guide/studio.md", "playbooks sessions export", "it needs a session; tests/cli does it"],
  ["docs/guide/scaling.md", "systemctl enable", "it needs systemd"],
  ["docs/guide/scaling.md", "podman build", "it needs a container engine"],
  ["docs/guide/tutorial.md", "playbooks run --record", "it asks a real model"],
  ["docs/guide/tutorial.md", "playbooks crash-test wedding.pb", "it takes minutes"],
  ["docs/models.md", "deno task evaluate", "it asks a real model"],
] as const;

interface Line {
  readonly command: string;
  readonly code: number;
}

/**
 * Runs `npx -y PACKAGE ARGUMENTS`, with the version of the package that the tests have. A tool server does not get the
 * variables of the program, so its first download would not know the system's certificates.
 */
const npx = `#!/bin/sh
shift; package=$1; shift
export DENO_TLS_CA_STORE=system,mozilla
exec "${Deno.execPath()}" run -A --quiet --no-config --no-lock "npm:$package@2026.8.31" "$@"
`;

const deno = `#!/bin/sh
exec "${Deno.execPath()}" "$@"
`;

/** The program: a binary, or Deno with the source. `$!` is its own process, so that a page can end a server. */
const playbooks = `#!/bin/sh
exec ${commandLine().map((word) => `'${word}'`).join(" ")} "$@"
`;

const guide = [...Deno.readDirSync("docs/guide")].map(({ name }) => `docs/guide/${name}`)
  .filter((page) => page.endsWith(".md")).sort();
const pages = [...guide, "docs/models.md", "docs/sessions.md"];

for (const page of pages) {
  const parts = partsOf(Deno.readTextFileSync(page));
  const runnable = parts.filter(({ kind }) => kind !== "shown");
  if (runnable.length === 0) continue;
  Deno.test(`guide: every command of ${page} does what the page says`, async () => {
    await using folder = await folderWith({ "bin/npx": npx, "bin/deno": deno, "bin/playbooks": playbooks });
    using _ = serversOf(folder);
    for (const name of ["npx", "deno", "playbooks"]) await Deno.chmod(`${folder.path}/bin/${name}`, 0o755);
    for (const [index, part] of runnable.entries()) {
      if (part.kind === "file") await folder.write(part.path, part.text);
      else if (part.kind === "run") await check(folder, part.lines, part.output);
      else if (part.kind === "settings") {
        await folder.write(`settings${index}/playbooks.toml`, part.text);
        await check(
          folder,
          [{ command: `cd settings${index} && playbooks config show`, code: 0 }],
          undefined,
        );
      }
    }
  });
}

/** Ends the server that a page has started, if the page failed before it did so. */
function serversOf({ path }: TestFolder): Disposable {
  return {
    [Symbol.dispose]: () => {
      try {
        const { pid } = JSON.parse(Deno.readTextFileSync(`${path}/server.json`));
        Deno.kill(pid, "SIGKILL");
      } catch {
        // There is no server, or it has ended.
      }
    },
  };
}

Deno.test("guide: every example is run, except those of a fixed list", () => {
  const found = pages.flatMap((page) =>
    partsOf(Deno.readTextFileSync(page)).flatMap((part) =>
      part.kind === "shown" ? [[page, part.line, part.text] as const] : []
    )
  );
  const isListed = (page: string, text: string) =>
    exceptions.some(([where, words]) => where === page && text.startsWith(words));
  assertEquals(found.filter(([page, , text]) => !isListed(page, text)), []);
  const isShown = (where: string, words: string) =>
    found.some(([page, , text]) => where === page && text.startsWith(words));
  assertEquals(exceptions.filter(([where, words]) => !isShown(where, words)), []);
});

Deno.test("guide: the container of scaling.md is that of the project", () => {
  const parts = partsOf(Deno.readTextFileSync("docs/guide/scaling.md"));
  const file = parts.find((part) => part.kind === "file" && part.path === "Containerfile");
  assertEquals(file?.kind === "file" && file.text, Deno.readTextFileSync("Containerfile"));
});

Deno.test("guide: the parts of a page are its files, its commands and their output, and everything else is found", () => {
  const page = [
    "```md a.pb\n# A\n```",
    "```md\n# Only shown\n```",
    "```sh\nplaybooks run a.pb   # exit 75\n```",
    "Words.\n```text\nHi\n```",
    "```text\nNo output of a command.\n```",
    "```toml\n[limits]\n```",
    "- An item:\n\n  ```js\n  indented();\n  ```",
    "~~~js\ntildes();\n~~~",
  ].join("\n");
  assertEquals(partsOf(page), [
    { kind: "file", path: "a.pb", text: "# A\n" },
    { kind: "shown", line: 4, text: "# Only shown\n" },
    { kind: "run", lines: [{ command: "playbooks run a.pb", code: 75 }], output: "Hi\n" },
    { kind: "shown", line: 14, text: "No output of a command.\n" },
    { kind: "settings", text: "[limits]\n" },
    { kind: "shown", line: 22, text: "  indented();\n" },
    { kind: "shown", line: 25, text: "tildes();\n" },
  ]);
});

Deno.test("guide: a line … of an output stands for any lines, and … in a line for any characters", () => {
  assert(isOutput("a\nb\nc\nd\n", "a\n  …\nd\n"));
  assert(isOutput("a\nd\n", "a\n…\nd\n"));
  assert(!isOutput("a\nb\n", "a\n"));
  assert(!isOutput("a\nb\nx\n", "a\n…\nd\n"));
  assert(!isOutput("a+\n", "aa\n"));
  assert(isOutput("at 12:30 now\nb\n", "at … now\nb\n"));
  assert(!isOutput("at 12:30\nnow\n", "at … now\n"));
});

async function check(folder: TestFolder, lines: readonly Line[], output: string | undefined): Promise<void> {
  let printed = "";
  for (const { command, code } of lines) {
    const path = `${folder.path}/bin:${Deno.env.get("PATH")}`;
    const by = ["/bin/bash", "-c", command, "playbooks"];
    const finished = await folder.run([], { by, env: { PATH: path } });
    assertEquals([command, finished.code], [command, code], finished.stderr);
    printed += finished.stdout;
  }
  // The comparison shows the difference.
  if (output !== undefined && !isOutput(printed, output)) assertEquals(printed, output);
}

function isOutput(printed: string, output: string): boolean {
  const parts = output.split(/^ *…\n/m).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .map((part) => part.replaceAll("…", ".*"));
  return new RegExp(`^${parts.join("(?:.*\\n)*?")}$`).test(printed);
}

function partsOf(page: string): Part[] {
  const parts: Part[] = [];
  let mayHaveOutput = false;
  for (const found of page.matchAll(/^ *(`{3,}|~{3,})(.*)\n([\s\S]*?)^ *\1$/gm)) {
    const [, fence, info, text] = found;
    assert(fence !== undefined && info !== undefined && text !== undefined);
    const [language, path] = info.trim().split(/\s+/);
    const last = parts.at(-1);
    const line = page.slice(0, found.index).split("\n").length;
    if (path !== undefined) parts.push({ kind: "file", path, text });
    else if (language === "sh") parts.push({ kind: "run", lines: linesOf(text) });
    else if (language === "toml") parts.push({ kind: "settings", text });
    else if (language === "text" && mayHaveOutput && last?.kind === "run") {
      parts[parts.length - 1] = { ...last, output: text };
    } else parts.push({ kind: "shown", line, text });
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
