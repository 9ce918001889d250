import { assertEquals, assertStringIncludes } from "@std/assert";
import { applyPatch } from "diff/patch/apply";
import { folderWith } from "../support/playbooks_process.ts";

const before =
  "# A\n\n```python\n@playbook\ndef Double(x: int):\n    return x * 2\n```\n\n## Main\n- Go on\n";
const after =
  "# A\n\n```ts\nexport function Double(x: number) {\n  return x * 2;\n}\n```\n\n## Main\n- Go on\n";
const strange = before.replace("return x * 2", "return numpy.array(x)").replace(
  "@playbook",
  "import numpy\n\n@playbook",
);

Deno.test("upgrade: without --write it prints a diff that fits, a report, and changes nothing", async () => {
  await using folder = await folderWith({ "a.pb": before, "plain.pb": after });
  const listing = await folder.listing();
  const { code, stdout, stderr } = await folder.run(["upgrade", "a.pb", "plain.pb"]);
  assertEquals(code, 0, stderr);
  assertEquals(await folder.listing(), listing);
  assertEquals(applyPatch(before, stdout), after);
  assertStringIncludes(stdout, "--- a/a.pb\n+++ b/a.pb\n");
  assertStringIncludes(stderr, "a.pb: to change\n  line 3  the Python block is TypeScript now\n");
  assertStringIncludes(stderr, "plain.pb: nothing to change");
  assertStringIncludes(stderr, "add --write");
});

Deno.test("upgrade: --write changes the files, keeps the old texts, and does nothing the second time", async () => {
  await using folder = await folderWith({ "a.pb": before, "a.pb.bak": "mine\n", "run.pb": before });
  await Deno.chmod(`${folder.path}/run.pb`, 0o755);
  const first = await folder.run(["upgrade", "a.pb", "run.pb", "--write"]);
  assertEquals([first.code, first.stdout], [0, ""], first.stderr);
  assertStringIncludes(first.stderr, "a.pb: changed; the old text is in a.pb.bak.2\n");
  const read = (name: string) => Deno.readTextFile(`${folder.path}/${name}`);
  assertEquals(await read("a.pb"), after);
  assertEquals(await read("a.pb.bak"), "mine\n");
  assertEquals(await read("a.pb.bak.2"), before);
  assertEquals(await read("run.pb.bak"), before);
  // What can be executed stays so, and no other file is left.
  assertEquals((await Deno.stat(`${folder.path}/run.pb`)).mode! & 0o777, 0o755);
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  assertEquals(names, ["a.pb", "a.pb.bak", "a.pb.bak.2", "run.pb", "run.pb.bak"]);
  const listing = await folder.listing();
  const second = await folder.run(["upgrade", "a.pb", "run.pb", "--write"]);
  assertEquals([second.code, second.stdout], [0, ""]);
  assertEquals(await folder.listing(), listing);
  const bare = await folderWith({ "a.pb": before });
  await bare.run(["upgrade", "a.pb", "--write", "--no-backup"]);
  assertEquals([...Deno.readDirSync(bare.path)].map(({ name }) => name), ["a.pb"]);
  await bare[Symbol.asyncDispose]();
});

Deno.test("upgrade: a statement without a translation leaves a program that check accepts", async () => {
  const block = [
    "from collections import defaultdict",
    "def group(words):",
    "    groups, size = defaultdict(list), 0",
    "    for word in words:",
    "        groups[word[0]].append(word)",
    "        size += 1",
    "    return groups, size",
    '@playbook(triggers=["At the beginning"])',
    "async def Main():",
    '    await Say("user", group(["a"]))',
  ];
  await using folder = await folderWith({ "a.pb": `# A\n\`\`\`python\n${block.join("\n")}\n\`\`\`\n` });
  assertEquals((await folder.run(["upgrade", "a.pb", "--write"])).code, 1);
  const checked = await folder.run(["check", "a.pb"]);
  assertEquals([checked.code, checked.stderr], [0, ""]);
});

Deno.test("upgrade: no argument of a method is lost in silence", async () => {
  for (const call of ['d.update({"z": 0}, y=5)', "s.union({1}, {2})", "s.difference([1], [2])"]) {
    const text = `# A\n\`\`\`python\ndef f():\n    d = {}\n    s = set()\n    return ${call}\n\`\`\`\n`;
    await using folder = await folderWith({ "a.pb": text });
    const { code, stderr } = await folder.run(["upgrade", "a.pb"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "look at 6:");
  }
});

Deno.test("upgrade: what a person must look at has its line and exit code 1, also as JSON", async () => {
  await using folder = await folderWith({ "a.pb": strange, "broken.pb": "# A\n```python\nx = = 1\n```\n" });
  const text = await folder.run(["upgrade", "a.pb"]);
  assertEquals(text.code, 1);
  assertStringIncludes(text.stderr, 'look at 4:1  the module "numpy" of Python has no counterpart here');
  assertStringIncludes(text.stderr, "look at 8:12  numpy.array() of Python has no counterpart here");
  const { code, stdout } = await folder.run(["upgrade", "a.pb", "broken.pb", "--json"]);
  assertEquals(code, 1);
  const { files } = JSON.parse(stdout);
  assertEquals(files.map(({ path, changed, written }: Record<string, unknown>) => [path, changed, written]), [
    ["a.pb", true, false],
    ["broken.pb", false, false],
  ]);
  assertEquals(files[0].notes[1], {
    line: 4,
    column: 1,
    message: 'the module "numpy" of Python has no counterpart here',
    needsPerson: true,
  });
  assertEquals(files[1].notes[0].line, 3);
  const missing = await folder.run(["upgrade", "none.pb"]);
  assertEquals(missing.code, 2);
});

Deno.test("upgrade: check names the command for a program with Python", async () => {
  await using folder = await folderWith({ "a.pb": before });
  const { code, stderr } = await folder.run(["check", "a.pb"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "playbooks upgrade");
});

const teller =
  "# Teller\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Call MakeHero on maker agent\n";
const maker = "# Maker\n\n## MakeHero\n### Steps\n- Return a hero\n\n## Other\n### Steps\n- Return nothing\n";

Deno.test("upgrade: a playbook that another agent calls becomes public, also in another file, once", async () => {
  await using folder = await folderWith({ "teller.pb": teller, "maker.pb": maker, "playbooks.toml": "" });
  const { code, stderr } = await folder.run([
    "upgrade",
    "teller.pb",
    "maker.pb",
    "playbooks.toml",
    "--write",
  ]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "line 3  the playbook is public now, because another agent calls it");
  const text = await Deno.readTextFile(`${folder.path}/maker.pb`);
  assertEquals(text, maker.replace("## MakeHero\n", "## MakeHero\npublic: true\n"));
  assertEquals(await Deno.readTextFile(`${folder.path}/teller.pb`), teller);
  const check = await folder.run(["check", "teller.pb", "maker.pb"]);
  assertEquals([check.code, check.stderr.includes("not public")], [0, false], check.stderr);
  const second = await folder.run(["upgrade", "teller.pb", "maker.pb"]);
  assertEquals([second.code, second.stdout], [0, ""]);
});

Deno.test("upgrade: a playbook that says it is not public stays so, and a person must look", async () => {
  const own = maker.replace("## MakeHero\n", "## MakeHero\npublic: false\n");
  await using folder = await folderWith({ "story.pb": `${teller}\n${own}` });
  const { code, stdout, stderr } = await folder.run(["upgrade", "story.pb"]);
  assertEquals([code, stdout], [1, ""], stderr);
  assertStringIncludes(stderr, "is not public, so Teller cannot call it");
});

Deno.test("upgrade: a folder is listed by the names in it", async () => {
  const program = `# Lister

\`\`\`python
import os

@playbook(triggers=["At the beginning"])
async def Main():
    names = [name for name in os.listdir("docs") if name.endswith(".txt")]
    await Say("user", ", ".join(sorted(names)) + f" {len(os.listdir(path='docs'))}")
    await EndProgram()
\`\`\`
`;
  const files = { "a.pb": program, "docs/b.txt": "", "docs/a.txt": "", "docs/c.md": "" };
  await using folder = await folderWith(files);
  const upgraded = await folder.run(["upgrade", "a.pb", "--write"]);
  assertEquals(upgraded.code, 0, upgraded.stderr);
  const { code, stdout, stderr } = await folder.run(["run", "a.pb"]);
  assertEquals([code, stdout], [0, "a.txt, b.txt 3\n"], stderr);
});
