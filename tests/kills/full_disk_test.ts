import { assert, assertEquals } from "@std/assert";
import { type Finished, folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { verifiedSession } from "../support/verified_session.ts";

const words = 400;

/** Says words of eight kilobytes each, more than the disk can hold. */
const talks = `# Talker
## Main
### Triggers
- At the beginning
### Steps
- Recite()
- End program

\`\`\`ts
export async function Recite(): Promise<void> {
  for (let number = 1; number <= ${words}; number++) {
    await Say("user", number + " " + "x".repeat(8000));
  }
}
\`\`\`
`;

/** Higher than any reader needs, because the disk must be full soon. */
const fastWords = "[limits]\nmax_words_per_minute = 1000000\n";

const mountable = await canMount();

Deno.test({
  name:
    "full disk: a disk that fills during a run is exit 6 with one sentence, and a resume with space completes",
  // Only root can mount such a small disk. The next test runs on any machine.
  ignore: !mountable,
  fn: async () => {
    await using folder = await folderWith({ "talk.pb": talks, "playbooks.toml": fastWords });
    const disk = `${folder.path}/.checkpoints`;
    await Deno.mkdir(disk);
    await command("mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", disk]);
    try {
      const full = await folder.run(["run", "talk.pb"]);
      checkStopped(full, folder, "the disk is full; stopped at entry \\d+; make space, then resume");
      const still = await folder.run(["run", "talk.pb", "--resume"]);
      assertEquals(still.code, 6, "without space, a resume says so too");
      await command("mount", ["-o", "remount,size=20m", disk]);
      await checkCompletes([full, still], folder);
    } finally {
      await command("umount", [disk]);
    }
  },
});

Deno.test("full disk: a file size limit during a run is exit 6 with one sentence, and a resume without it completes", async () => {
  await using folder = await folderWith({ "talk.pb": talks, "playbooks.toml": fastWords });
  const by = ["/bin/sh", "-c", `trap "" XFSZ; ulimit -f 1000; exec "$@"`, "sh"];
  const full = await folder.run(["run", "talk.pb"], { by });
  const why =
    "the file is larger than this file system allows; stopped at entry \\d+; check the disk, then resume";
  checkStopped(full, folder, why);
  await checkCompletes([full], folder);
});

function checkStopped(run: Finished, folder: TestFolder, why: string): void {
  assertEquals(run.code, 6, run.stderr);
  const sentence = new RegExp(`^playbooks: Cannot write to session "${folder.onlySession()}": ${why}$`, "m");
  assert(sentence.test(run.stderr), run.stderr);
  assertEquals(
    run.stderr.split("\n").filter((line) => /full|larger|Cannot|Error/.test(line)).length,
    1,
    run.stderr,
  );
  const count = run.stdout.split("\n").length - 1;
  assert(count > 10 && count < words, `${count} words were said`);
}

async function checkCompletes(before: readonly Finished[], folder: TestFolder): Promise<void> {
  const resumed = await folder.run(["run", "talk.pb", "--resume"]);
  assertEquals(resumed.code, 0, resumed.stderr);
  const said = [...before, resumed].map(({ stdout }) => stdout).join("");
  assertEquals(
    said.split("\n").slice(0, -1).map((line) => Number(line.split(" ")[0])),
    Array.from({ length: words }, (_, index) => index + 1),
  );
  const session = folder.onlySession();
  const { findings } = verifiedSession(`${folder.path}/.checkpoints`, session);
  assertEquals(findings, []);
}

async function canMount(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  try {
    await command("mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", folder]);
    await command("umount", [folder]);
    return true;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder);
  }
}

async function command(name: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args: [...args] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
