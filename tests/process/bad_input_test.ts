import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { asks, hello } from "./programs.ts";

/** One mistake of a person, with its expected result. */
interface Mistake {
  readonly title: string;
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  /** Required parts of the message: the fault and the recovery hint. */
  readonly says: readonly string[];
  readonly prepare?: (folder: TestFolder) => Promise<readonly string[]>;
}

const twice = `# Twins
## Main
### Triggers
- At the beginning
### Steps
- Say "Hello"
- End program

## Tell
### Steps
- Say "one"

## Tell
### Steps
- Say "two"
`;

const mistakes: readonly Mistake[] = [
  {
    title: "a file that is missing",
    args: ["run", "nothing.pb"],
    code: 2,
    says: ["nothing.pb is not there"],
  },
  {
    title: "an empty file",
    files: { "empty.pb": "\n\n" },
    args: ["run", "empty.pb"],
    code: 2,
    says: ["empty.pb is empty"],
  },
  {
    title: "a binary file",
    files: { "binary.pb": new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3]) },
    args: ["run", "binary.pb"],
    code: 2,
    says: ["binary.pb is not a text file"],
  },
  {
    title: "a file in another encoding",
    files: { "latin.pb": new Uint8Array([0x23, 0x20, 0xe9, 0xe8, 0x0a]) },
    args: ["run", "latin.pb"],
    code: 2,
    says: ["latin.pb is not a text file in UTF-8"],
  },
  {
    title: "a huge file",
    files: { "huge.pb": "# A\n".repeat(1_500_000) },
    args: ["run", "huge.pb"],
    code: 2,
    says: ["huge.pb is larger than 4 MiB"],
  },
  {
    title: "a folder",
    files: { "programs/a.pb": hello },
    args: ["run", "programs"],
    code: 2,
    says: ["programs is a folder; name the files in it"],
  },
  {
    title: "a program without agents",
    files: { "text.pb": "Just some words.\n" },
    args: ["run", "text.pb"],
    code: 2,
    says: ["agent", "# "],
  },
  {
    title: "a program without a beginning",
    files: { "still.pb": '# Still\n## Wait\n### Steps\n- Say "Hello"\n' },
    args: ["run", "still.pb"],
    code: 2,
    says: ["At the beginning", "--call"],
  },
  {
    title: "two playbooks of one name",
    files: { "twice.pb": twice },
    args: ["run", "twice.pb"],
    code: 2,
    says: ["twice.pb:13:4: error: ", "Tell", "line 9"],
  },
  {
    title: "a block of Python",
    files: { "python.pb": `${hello}\n\`\`\`python\nprint("Hello")\n\`\`\`\n` },
    args: ["run", "python.pb"],
    code: 2,
    says: ["python.pb:9:", "python block", "```ts"],
  },
  {
    title: "a flag that does not exist",
    files: { "hello.pb": hello },
    args: ["run", "hello.pb", "--resum"],
    code: 2,
    says: ["--resum", "--resume"],
  },
  {
    title: "a command that does not exist",
    args: ["sesions"],
    code: 2,
    says: ["sesions", "sessions"],
  },
  {
    title: "a configuration with a wrong key",
    files: { "hello.pb": hello, "playbooks.toml": '[durability]\nstorage_pth = "x"\n' },
    args: ["run", "hello.pb"],
    code: 2,
    says: ["playbooks.toml", "storage_pth", "storage_path"],
  },
  {
    title: "a configuration with a bad value",
    files: { "hello.pb": hello, "playbooks.toml": "[limits]\nmax_llm_calls = -3\n" },
    args: ["run", "hello.pb"],
    code: 2,
    says: ["playbooks.toml", "max_llm_calls", "-3"],
  },
  {
    title: "a configuration that is no TOML",
    files: { "hello.pb": hello, "playbooks.toml": "[durability\n" },
    args: ["run", "hello.pb"],
    code: 2,
    says: ["playbooks.toml"],
  },
  {
    title: "a variable of the environment with a wrong key",
    files: { "hello.pb": hello },
    env: { PLAYBOOKS_LIMITS__MAX_CALLS: "3" },
    args: ["run", "hello.pb"],
    code: 2,
    says: ["PLAYBOOKS_LIMITS__MAX_CALLS", "did you mean PLAYBOOKS_LIMITS__MAX_LLM_CALLS"],
  },
  {
    title: "a provider that does not exist",
    files: { "hello.pb": hello, "playbooks.toml": '[model]\nprovider = "antropic"\n' },
    args: ["run", "hello.pb"],
    code: 2,
    says: ["antropic", "anthropic"],
  },
  {
    title: "a storage path below a file",
    files: { "hello.pb": hello },
    env: { PLAYBOOKS_DURABILITY__STORAGE_PATH: "hello.pb/sessions" },
    args: ["run", "hello.pb"],
    code: 6,
    says: ["hello.pb/sessions", "storage_path under [durability]"],
  },
  {
    title: "a storage path without write permission",
    files: { "hello.pb": hello },
    env: { PLAYBOOKS_DURABILITY__STORAGE_PATH: "/proc/playbooks" },
    args: ["run", "hello.pb"],
    code: 6,
    says: ["/proc/playbooks", "storage_path under [durability]"],
  },
  {
    title: "a session that does not exist",
    files: { "ask.pb": asks("name") },
    args: ["run", "ask.pb", "--resume=nobody"],
    code: 3,
    says: ['Session "nobody" not found', "newest: ", "playbooks sessions"],
    prepare: withSession,
  },
  {
    title: "a session where there are none",
    files: { "ask.pb": asks("name") },
    args: ["resume", "nobody"],
    code: 3,
    says: ['Session "nobody" not found', "there are no sessions here"],
  },
  {
    title: "a session id that is a path",
    files: { "ask.pb": asks("name") },
    args: ["run", "ask.pb", "--resume=../../x"],
    code: 3,
    says: ['Session "../../x" not found', "not by a path"],
    prepare: withSession,
  },
  {
    title: "a session id that is a path, for resume",
    files: { "ask.pb": asks("name") },
    args: ["resume", "../.checkpoints"],
    code: 3,
    says: ['Session "../.checkpoints" not found', "not by a path"],
    prepare: withSession,
  },
  {
    title: "a session of another program",
    files: { "ask.pb": asks("name"), "hello.pb": hello },
    args: ["run", "hello.pb", "--resume"],
    code: 2,
    says: ["hello.pb", "ask.pb", "playbooks resume "],
    prepare: withSession,
  },
  {
    title: "a moment of the past without --fork",
    files: { "ask.pb": asks("name") },
    args: ["run", "ask.pb", "--resume"],
    code: 2,
    says: ["@3", "--fork"],
    prepare: async (folder) => (await withSession(folder)).map((session) => `${session}@3`),
  },
  {
    title: "a parameter that the program does not have",
    files: { "hello.pb": hello },
    args: ["run", "hello.pb", "--budget", "3"],
    code: 2,
    says: ["--budget"],
  },
  {
    title: "a name that reads as an id",
    files: { "hello.pb": hello },
    args: ["run", "hello.pb", "--name", "../x"],
    code: 2,
    says: ["../x"],
  },
];

Deno.test("bad input: each mistake gives one clear message with a recovery hint and changes nothing on disk", async (t) => {
  for (const mistake of mistakes) {
    await t.step(mistake.title, async () => {
      await using folder = await folderWith(mistake.files ?? {});
      const more = await mistake.prepare?.(folder) ?? [];
      const before = await folder.listing();
      const run = await folder.run([...mistake.args, ...mistake.args.at(-1) === "--resume" ? more : []], {
        input: "Ann\n",
        ...(mistake.env ? { env: mistake.env } : {}),
      });
      assertEquals([run.code, run.stdout], [mistake.code, ""], run.stderr);
      for (const words of mistake.says) assertStringIncludes(run.stderr, words);
      const messages = run.stderr.split("\n").filter((line) => line.startsWith("playbooks: "));
      assertEquals(messages.length, 1, run.stderr);
      assert(!run.stderr.includes("fault of playbooks"), run.stderr);
      assert(!/^\s+at /m.test(run.stderr), "no trace is shown");
      assertEquals(await folder.listing(), before);
    });
  }
});

/** Creates a waiting session of `ask.pb`; returns its id. */
async function withSession(folder: TestFolder): Promise<readonly string[]> {
  assertEquals((await folder.run(["run", "ask.pb"])).code, 75);
  return [folder.onlySession()];
}
