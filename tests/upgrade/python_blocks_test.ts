import { assertEquals } from "@std/assert";
import { asScript, readExamples, run, upgradedCode } from "./python_blocks.ts";

const examples = await readExamples();

Deno.test("upgrade: each block of Python prints the same in TypeScript", async (t) => {
  assertEquals(examples.length >= 40, true);
  for (const { title, source, prints } of examples) {
    await t.step(title, async () => assertEquals(await run(await upgradedCode(source)), prints));
  }
});

/** Python's own program. `python3` may be a script that looks for it at each start. */
const python = await new Deno.Command("python3", { args: ["-c", "import sys; print(sys.executable)"] })
  .output()
  .then(({ stdout }) => new TextDecoder().decode(stdout).trim(), () => "");

Deno.test({
  name: "upgrade: the printed lines of the blocks are those of Python itself (needs python3)",
  ignore: python === "",
  fn: async (t) => {
    const folder = await Deno.makeTempDir();
    for (const { title, source, prints } of examples) {
      await t.step(title, async () => {
        const { stdout, stderr } = await new Deno.Command(python, {
          args: ["-c", asScript(source)],
          cwd: folder,
          env: { PYTHONIOENCODING: "utf-8" },
        }).output();
        assertEquals(new TextDecoder().decode(stdout).trimEnd(), prints, new TextDecoder().decode(stderr));
      });
    }
    await Deno.remove(folder, { recursive: true });
  },
});
