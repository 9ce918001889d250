import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { generateIdentity, identityToRecipient } from "age-encryption";
import type { Input } from "../../src/frontends/streams.ts";
import { inFolder, noInput, runCommandLine, worldIn } from "../support/world.ts";

const trip = `# Trip
## Main
### Triggers
- At the beginning
### Steps
- Ask user for $city
- Say "You go to $city"
- Ask user for $day
- Say "On $day"
- End program
`;
const files = {
  "here/trip.pb": trip,
  "here/playbooks.toml": '[model]\nprovider = "rehearsal"\n',
  "there/notes.txt": "mine",
};

Deno.test("sessions export: a session is continued by another user in another folder, to the same end", async () => {
  await inFolder(files, async (folder) => {
    const here = (...args: readonly string[]) => command(`${folder}/here`, args, `${folder}/home1`);
    const there = (...args: readonly string[]) => command(`${folder}/there`, args, `${folder}/home2`);
    await here("run", "trip.pb", "--name", "trip", "--non-interactive");
    assertEquals((await here("resume", "trip", "--message", "Rome")).exit, exitCodes.waiting);
    const out = await here("sessions", "export", "trip", "-o", "../there/moved.playbooks");
    assertEquals([out.exit, out.stdout], [0, "../there/moved.playbooks\n"]);
    const verified = await there("sessions", "verify", "moved.playbooks");
    assertEquals(verified.exit, 0);
    assertStringIncludes(verified.stdout, "whole");
    const hash = /SHA-256 of the chain: (\w{64})/;
    assertEquals(hash.exec(verified.stdout)?.[1], hash.exec(out.stderr)?.[1]);
    const made = await there("sessions", "import", "moved.playbooks");
    const id = made.stdout.trim();
    assertEquals(made.exit, 0, made.stderr);
    assertEquals(Deno.readTextFileSync(`${folder}/there/trip/trip.pb`), trip);
    const end = await there("resume", id, "--message", "Monday");
    assertEquals([end.exit, end.stdout], [0, "On Monday\n"], end.stderr);
    assertEquals((await here("resume", "trip", "--message", "Monday")).stdout, end.stdout);
    assertEquals((await there("sessions", "verify")).exit, 0);
    // A second import is another session; it has no name, and uses the files that are there.
    const again = await there("sessions", "import", "moved.playbooks");
    assert(again.exit === 0 && again.stdout.trim() !== id, again.stderr);
    assertStringIncludes(again.stderr, "already in");
    const list = JSON.parse((await there("sessions", "list", "--json")).stdout);
    assertEquals(list.map(({ name = "" }: { readonly name?: string }) => name).sort(), ["", "trip"]);
    assertEquals([...Deno.readDirSync(`${folder}/there`)].map(({ name }) => name).sort(), [
      ".checkpoints",
      "moved.playbooks",
      "notes.txt",
      "trip",
    ]);
  });
});

Deno.test("sessions import: --as names the session, and --into names the folder, whose files stay", async () => {
  await inFolder({ ...files, "there/work/trip.pb": "another" }, async (folder) => {
    const there = (...args: readonly string[]) => command(`${folder}/there`, args, `${folder}/home2`);
    const file = await exportedTrip(folder);
    const refused = await there("sessions", "import", file, "--into", "work");
    assertEquals(refused.exit, exitCodes.usage);
    assertStringIncludes(refused.stderr, "another file is there");
    assertEquals(Deno.readTextFileSync(`${folder}/there/work/trip.pb`), "another");
    assertEquals(JSON.parse((await there("sessions", "list", "--json")).stdout), []);
    const made = await there("sessions", "import", file, "--into", "new/deep", "--as", "tuesday");
    assertEquals(made.exit, 0, made.stderr);
    assertEquals(Deno.readTextFileSync(`${folder}/there/new/deep/trip.pb`), trip);
    assertEquals((await there("resume", "tuesday", "--message", "Rome")).stdout, "You go to Rome\nDay?\n");
    // The program is written once, however many sessions come with it.
    for (const args of [["--as", "again"], ["--as", "once-more"], []]) {
      const more = await there("sessions", "import", file, ...args);
      assertEquals(more.exit, 0, more.stderr);
      assertStringIncludes(more.stderr, `Its program was already in ${folder}/there/new/deep\n`);
    }
    Deno.writeTextFileSync(`${folder}/there/new/deep/trip.pb`, `${trip}\n`);
    const edited = await there("sessions", "import", file, "--as", "apart");
    assertStringIncludes(edited.stderr, `Its program is in ${folder}/there/apart\n`);
    const taken = await there("sessions", "import", file, "--as", "tuesday");
    assertEquals(taken.exit, exitCodes.usage);
    assertStringIncludes(taken.stderr, "has that name");
  });
});

Deno.test("sessions import: a link in the folder of the program does not lead a file elsewhere", async () => {
  const program = { "here/lib/x.pb": "# X\n", "here/trip.pb": `${trip}` };
  await inFolder({ ...files, ...program, "there/work/.keep": "" }, async (folder) => {
    Deno.mkdirSync(`${folder}/outside`);
    Deno.symlinkSync(`${folder}/outside`, `${folder}/there/work/lib`);
    const here = (...args: readonly string[]) => command(`${folder}/here`, args, `${folder}/home1`);
    await here("run", "trip.pb", "lib/x.pb", "--name", "trip", "--non-interactive");
    await here("sessions", "export", "trip");
    const made = await command(`${folder}/there`, [
      ...["sessions", "import", "../here/trip.playbooks", "--into", "work"],
    ], `${folder}/home2`);
    assertEquals(made.exit, exitCodes.usage, made.stderr);
    assertStringIncludes(made.stderr, "a link leads out of");
    assertEquals([...Deno.readDirSync(`${folder}/outside`)], []);
    assertEquals([...Deno.readDirSync(`${folder}/there/work`)].map(({ name }) => name).sort(), [
      ".keep",
      "lib",
    ]);
  });
});

Deno.test("sessions import: a changed file is refused with its place, and leaves nothing", async () => {
  await inFolder(files, async (folder) => {
    const file = await exportedTrip(folder);
    const bytes = Deno.readFileSync(file);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    Deno.writeFileSync(file, bytes);
    const there = (...args: readonly string[]) => command(`${folder}/there`, args, `${folder}/home2`);
    for (const args of [["import", file], ["verify", file]]) {
      const { exit, stdout, stderr } = await there("sessions", ...args);
      assertEquals([exit, stdout], [exitCodes.storage, ""]);
      assert(/line \d+, at byte \d+, .*does not fit the hash chain/.test(stderr), stderr);
    }
    const json = await there("sessions", "verify", file, "--json");
    assertEquals([json.exit, JSON.parse(json.stdout).sound], [exitCodes.storage, false]);
    assertEquals([...Deno.readDirSync(`${folder}/there`)].map(({ name }) => name), ["notes.txt"]);
  });
});

Deno.test("sessions import: the session gets the permissions of the folder only after it was trusted", async () => {
  const granting = '[model]\nprovider = "rehearsal"\n[permissions]\nread = ["data"]\n';
  await inFolder({ ...files, "there/playbooks.toml": granting, "there/data/x": "" }, async (folder) => {
    const there = (...args: readonly string[]) => command(`${folder}/there`, args, `${folder}/home2`);
    const file = await exportedTrip(folder);
    assertEquals((await there("trust", ".")).exit, 0);
    const made = await there("sessions", "import", file);
    assertEquals(made.exit, 0, made.stderr);
    const refused = await there("resume", "trip", "--message", "Rome");
    assertEquals([refused.exit, refused.stdout], [exitCodes.usage, ""]);
    assertStringIncludes(refused.stderr, "was imported from a file");
    const trusted = await there("resume", "trip", "--trust", "--message", "Rome");
    assertStringIncludes(trusted.stdout, "You go to Rome");
    assertEquals((await there("resume", "trip", "--message", "Monday")).stdout, "On Monday\n");
  });
});

Deno.test("sessions export: a redacted session can be read and is not run", async () => {
  await inFolder(files, async (folder) => {
    const there = (...args: readonly string[]) => command(`${folder}/there`, args, `${folder}/home2`);
    const file = await exportedTrip(folder, {}, "--redact", "[Cc]ity", "--redact", "You go");
    assertEquals(/[Cc]ity|You go/.test(Deno.readTextFileSync(file)), false);
    assertEquals((await there("sessions", "verify", file)).exit, 0);
    assertEquals((await there("sessions", "import", file)).exit, 0);
    const shown = await there("sessions", "show", "trip");
    assertEquals(shown.exit, 0);
    assertStringIncludes(shown.stdout, "redacted");
    assertStringIncludes((await there("sessions", "dump", "trip")).stdout, "[redacted]");
    for (const args of [["resume", "trip"], ["resume", "trip", "--fork"]]) {
      const refused = await there(...args, "--message", "Rome");
      assertEquals([refused.exit, refused.stdout], [exitCodes.usage, ""]);
      assertStringIncludes(refused.stderr, "can only be read");
    }
  });
});

Deno.test("sessions export: without the program's files the session runs its text in the journal", async () => {
  await inFolder(files, async (folder) => {
    const there = (...args: readonly string[]) => command(`${folder}/there`, args, `${folder}/home2`);
    const file = await exportedTrip(folder, {}, "--no-program");
    assertEquals((await there("sessions", "import", file)).exit, 0);
    const end = await there("resume", "trip", "--message", "Rome");
    assertEquals(end.stdout, "You go to Rome\nDay?\n", end.stderr);
    assertEquals([...Deno.readDirSync(`${folder}/there`)].map(({ name }) => name).sort(), [
      ".checkpoints",
      "notes.txt",
    ]);
  });
});

Deno.test("sessions export: an encrypted file needs its passphrase, and a wrong or missing one writes nothing", async () => {
  await inFolder(files, async (folder) => {
    const secret = { PLAYBOOKS_PASSPHRASE: "correct horse" };
    const file = `${await exportedTrip(folder, secret, "--encrypt")}.age`;
    assertEquals(/Trip|city/.test(new TextDecoder("latin1").decode(Deno.readFileSync(file))), false);
    const there = (environment: Readonly<Record<string, string>>, ...args: readonly string[]) =>
      command(`${folder}/there`, ["sessions", ...args], `${folder}/home2`, environment);
    for (
      const [environment, text] of [[{}, "needs a passphrase"], [
        { PLAYBOOKS_PASSPHRASE: "x" },
        "is wrong",
      ]] as const
    ) {
      const { exit, stdout, stderr } = await there(environment, "import", file);
      assertEquals([exit, stdout], [exitCodes.usage, ""], stderr);
      assertStringIncludes(stderr, text);
    }
    assertEquals([...Deno.readDirSync(`${folder}/there`)].map(({ name }) => name), ["notes.txt"]);
    assertStringIncludes((await there(secret, "verify", file)).stdout, "whole");
    assertEquals((await there(secret, "import", file)).exit, 0);
    const bytes = Deno.readFileSync(file);
    for (const at of [150, bytes.length - 40, bytes.length]) {
      const changed = bytes.slice(0, at === bytes.length ? -20 : bytes.length);
      if (at < changed.length) changed[at]! ^= 1;
      Deno.writeFileSync(file, changed);
      const { exit, stdout, stderr } = await there(secret, "verify", file);
      assertEquals([exit === exitCodes.usage || exit === exitCodes.storage, stdout], [true, ""], stderr);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  });
});

Deno.test("sessions export: a file for recipients needs the identity of one of them", async () => {
  const [ours, other] = [await generateIdentity(), await generateIdentity()];
  const keys = {
    "there/ours.key": `# mine\n${ours}\n`,
    "there/other.key": other,
    "there/empty.key": "# none\n",
  };
  await inFolder({ ...files, ...keys }, async (folder) => {
    const there = (...args: readonly string[]) =>
      command(`${folder}/there`, ["sessions", ...args], `${folder}/home2`);
    const file = `${await exportedTrip(folder, {}, "--recipient", await identityToRecipient(ours))}.age`;
    for (const flags of [[], ["other.key"], ["empty.key"], ["missing.key"]]) {
      const { exit, stdout, stderr } = await there(
        "import",
        file,
        ...flags.flatMap((key) => ["--identity", key]),
      );
      assertEquals([exit, stdout], [exitCodes.usage, ""], stderr);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    }
    assertEquals((await there("import", file, "--identity", "ours.key")).exit, 0);
    const here = await command(`${folder}/here`, [
      ...["sessions", "export", "trip", "-o", "x", "--recipient", "age1odd"],
    ], `${folder}/home1`);
    assertEquals(here.exit, exitCodes.usage);
    assertStringIncludes(here.stderr, "is not an age recipient");
    assertEquals([...Deno.readDirSync(`${folder}/here`)].filter(({ name }) => /^x$|tmp$/.test(name)), []);
  });
});

Deno.test("sessions export: a person types a new passphrase twice, and nothing of it is shown", async () => {
  await inFolder(files, async (folder) => {
    const typing = (...lines: readonly string[]) =>
      command(
        `${folder}/here`,
        ["sessions", "export", "trip", "--encrypt"],
        `${folder}/home1`,
        {},
        typed(...lines),
      );
    await exportedTrip(folder, {});
    const differs = await typing("secret\r", "other\r");
    assertEquals(differs.exit, exitCodes.usage);
    assertStringIncludes(differs.stderr, "differ");
    assertEquals((await typing("sec\x03")).exit, exitCodes.interrupted);
    assertEquals((await typing("\r")).exit, exitCodes.usage);
    const made = await typing("wrong\x15secrt\x7fet\r", "secret\r");
    assertEquals([made.exit, made.stdout], [0, "trip.playbooks.age\n"], made.stderr);
    assertEquals(/secr|other/.test(differs.stderr + made.stderr), false);
    const secret = { PLAYBOOKS_PASSPHRASE: "secret" };
    const args = ["sessions", "verify", "trip.playbooks.age"];
    assertEquals((await command(`${folder}/here`, args, `${folder}/home1`, secret)).exit, 0);
  });
});

Deno.test("sessions export: an older file is replaced only if it is named, and - is standard output", async () => {
  await inFolder(files, async (folder) => {
    const file = await exportedTrip(folder);
    const bytes = Deno.readFileSync(file);
    const here = (...args: readonly string[]) => command(`${folder}/here`, args, `${folder}/home1`);
    const refused = await here("sessions", "export", "trip");
    assertEquals(refused.exit, exitCodes.usage);
    assertStringIncludes(refused.stderr, "it is already there");
    assertEquals(Deno.readFileSync(file), bytes);
    Deno.writeTextFileSync(file, "old");
    assertEquals((await here("sessions", "export", "trip", "-o", "trip.playbooks")).exit, 0);
    assertEquals((await here("sessions", "verify", "trip.playbooks")).exit, 0);
    const piped = await here("sessions", "export", "trip", "-o", "-");
    assertEquals([piped.exit, piped.stdout], [0, Deno.readTextFileSync(file)]);
    assertEquals((await here("sessions", "export", "trip", "-o", "..")).exit, exitCodes.usage);
    const missing = await here("sessions", "export", "trip", "-o", "missing/x");
    assertEquals([missing.exit, missing.stderr], [
      exitCodes.usage,
      `playbooks: Cannot write ${folder}/here/missing/x: its folder does not exist\n`,
    ]);
    assertEquals([...Deno.readDirSync(`${folder}/here`)].filter(({ name }) => name.endsWith(".tmp")), []);
  });
});

Deno.test("sessions export, import, verify: wrong arguments end with one line, and exit 2 or 3", async () => {
  await inFolder({ ...files, "here/other.txt": "text", "here/empty": "" }, async (folder) => {
    await exportedTrip(folder);
    const wrong: readonly (readonly [number, ...string[]])[] = [
      [2, "export"],
      [2, "export", ""],
      [2, "export", "trip", "trip"],
      [3, "export", "nothing"],
      [2, "export", "trip@3", "-o", "x"],
      [2, "export", "trip", "-o", "x", "--redact", "("],
      [2, "export", "trip", "-o", "x", "--redact", "x*"],
      [2, "export", "trip", "-o"],
      [2, "import"],
      [2, "import", "missing.playbooks"],
      [2, "import", "."],
      [2, "import", "other.txt"],
      [2, "import", "empty"],
      [2, "import", "/dev/null"],
      [2, "import", "trip.playbooks", "--as", "a/b"],
      [2, "import", "trip.playbooks", "--as", "trip"],
      [2, "verify", "missing.playbooks"],
      [2, "verify", "other.txt"],
      [3, "verify", "nothing"],
    ];
    for (const [expected, ...args] of wrong) {
      const { exit, stdout, stderr } = await command(
        `${folder}/here`,
        ["sessions", ...args],
        `${folder}/home1`,
      );
      assertEquals([exit, stdout], [expected, ""], args.join(" "));
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  });
});

/** Exports a session that waits for a city; returns the path of the file. */
async function exportedTrip(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
  ...flags: readonly string[]
): Promise<string> {
  const here = (...args: readonly string[]) =>
    command(`${folder}/here`, args, `${folder}/home1`, environment);
  const run = await here("run", "trip.pb", "--name", "trip", "--non-interactive");
  assertEquals(run.exit, exitCodes.waiting, run.stderr);
  const { exit, stderr } = await here("sessions", "export", "trip", ...flags);
  assertEquals(exit, 0, stderr);
  return `${folder}/here/trip.playbooks`;
}

/** A terminal at which a person types these lines. */
function typed(...lines: readonly string[]): Input {
  const rest = [...lines];
  return {
    read(buffer) {
      const line = rest.shift();
      if (line === undefined) return Promise.resolve(null);
      return Promise.resolve(new TextEncoder().encodeInto(line, buffer).written);
    },
    isTerminal: () => true,
    setRaw: () => {},
  };
}

async function command(
  cwd: string,
  args: readonly string[],
  home: string,
  environment: Readonly<Record<string, string>> = {},
  stdin: Input = noInput,
) {
  Deno.mkdirSync(home, { recursive: true });
  const world = { ...worldIn(cwd, { HOME: home, ...environment }), stdin };
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}
