import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { inFolder, Recorder, runCommandLine, worldIn } from "../support/world.ts";

const shop = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Say "Welcome to the shop.\\nWe sell Äpfel and pears"
- $order = Remember()
- End program

\`\`\`ts
export async function Remember() {
  await SaveArtifact("Receipt", "one line", "Total: 42 euros. " + "long ".repeat(20_000) + "tailword");
  state.basket = { fruit: ["quince"], price: 17.5, said: 'a "quoted" word' };
  await Say("user", "Thank you, $Customer (2)");
  return "codeword";
}
\`\`\`
`;

async function inShop(use: (folder: string) => Promise<void>): Promise<void> {
  await inFolder({ "shop.pb": shop, "other.pb": shop.replace("pears", "plums") }, async (folder) => {
    for (const [file, name] of [["shop.pb", "monday"], ["other.pb", "Tuesday"]] as const) {
      const world = worldIn(folder);
      await runCommandLine(["run", file, "--name", name, "--model", "rehearsal"], world);
    }
    await use(folder);
  });
}

async function search(folder: string, ...args: readonly string[]) {
  const world = worldIn(folder);
  const exit = await runCommandLine(["sessions", "search", ...args], world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

async function found(folder: string, ...args: readonly string[]) {
  const { exit, stdout, stderr } = await search(folder, "--json", ...args);
  assertEquals(exit, 0, stderr);
  return JSON.parse(stdout) as readonly {
    readonly name: string;
    readonly kind: string;
    readonly who: string;
    readonly line: string;
    readonly start: number;
    readonly end: number;
    readonly position?: number;
  }[];
}

Deno.test("sessions search: words, variables, artifacts, results, names and programs are found, once a line", async () => {
  await inShop(async (folder) => {
    const cases: readonly (readonly [text: string, kinds: readonly string[]])[] = [
      ["pears", ["words"]],
      ["PEARS", []],
      ["äpfel", ["words", "words"]],
      ["Äpfel", ["words", "words"]],
      ["quince", ["variable", "variable"]],
      ["basket", ["variable", "variable"]],
      ['a "quoted" word', ["variable", "variable"]],
      ["17.5", ["variable", "variable"]],
      ["total: 42", ["artifact", "artifact"]],
      ["tailword", ["artifact", "artifact"]],
      ["$customer (2)", ["words", "words"]],
      ["tuesday", ["name"]],
      ["shop.pb", ["program"]],
      // The source of the program is in each session, but nobody said it.
      ["At the beginning", []],
    ];
    for (const [text, kinds] of cases) {
      const hits = await found(folder, text);
      const own = hits.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
      assertEquals(own.map(({ kind }) => kind), kinds, text);
      for (const { line, start, end } of own) {
        if (!line.startsWith("basket")) {
          assertEquals(line.slice(start, end).toLowerCase(), text.toLowerCase());
        }
      }
    }
    const [pears] = await found(folder, "pears");
    assertEquals([pears!.name, pears!.who, pears!.line], [
      "monday",
      "Clerk → user",
      "We sell Äpfel and pears",
    ]);
    assert(pears!.position! > 1);
    assert((await found(folder, "codeword")).some(({ kind }) => kind === "result" || kind === "variable"));
  });
});

Deno.test("sessions search: a regular expression, the filters and the limit choose matches", async () => {
  await inShop(async (folder) => {
    assertEquals((await found(folder, "--regex", "^we sell.*(pears|plums)$")).length, 2);
    assertEquals((await found(folder, "--regex", "^We sell", "--program", "other")).length, 1);
    assertEquals((await found(folder, "We sell", "--status", "failed")).length, 0);
    const cut = await search(folder, "We sell", "--limit", "1");
    assertEquals(cut.stdout.trimEnd().split("\n").length, 2);
    assertStringIncludes(cut.stderr, "Stopped after 1 match;");
    const words = await search(folder, "We", "sell");
    assertEquals(words.stdout, (await search(folder, "We sell")).stdout, "words without quotes");
    const none = await search(folder, "nothing like it");
    assertEquals([none.exit, none.stdout], [0, ""]);
    assertStringIncludes(none.stderr, "No session of 2 in ");
    for (const args of [[""], ["  "], [], ["--regex", "("], ["a", "--limit", "-1"]]) {
      const { exit, stdout, stderr } = await search(folder, ...args);
      assertEquals(
        [exit, stdout, stderr.trimEnd().split("\n").length],
        [exitCodes.usage, "", 1],
        args.join(" "),
      );
    }
  });
});

Deno.test("sessions search: a terminal gets the match marked, in lines that fit", async () => {
  await inShop(async (folder) => {
    for (const width of [60, 80]) {
      const stdout = new Recorder({ terminal: true });
      const world = { ...worldIn(folder), stdout, columns: () => width };
      assertEquals(await runCommandLine(["sessions", "search", "tailword"], world), 0);
      assertStringIncludes(stdout.text, "\x1b[1;33mtailword\x1b[22;39m");
      // deno-lint-ignore no-control-regex -- the colours take no columns
      const lines = stdout.text.replaceAll(/\x1b\[[\d;]+m/g, "").trimEnd().split("\n");
      assertEquals(lines.length, 3);
      for (const line of lines) assert(line.length <= width, `${width}: ${line}`);
      assert(/^[0-9a-f]{8}@\d+ +Clerk +Receipt = |^[0-9a-f]{8}@\d+ +Clerk +…/.test(lines[1]!), lines[1]);
    }
  });
});

Deno.test("sessions search: a damaged session is searched as far as it can be read, and said", async () => {
  await inShop(async (folder) => {
    const [pears] = await found(folder, "pears");
    const { session } = pears as unknown as { readonly session: string };
    const path = `${folder}/.checkpoints/${session}/journal.jsonl`;
    const text = Deno.readTextFileSync(path);
    const lines = text.split("\n");
    lines[1] = lines[1]!.replace(/"at":\d/, '"at":x');
    Deno.writeTextFileSync(path, lines.join("\n"));
    const { exit, stderr } = await search(folder, "pears");
    assertEquals(exit, exitCodes.storage);
    assertMatch(stderr, new RegExp(`^⚠️  Cannot read the journal of session "${session}": entry 2, `));
    // A journal that cannot have the text is not read, so a lost journal must be noticed first.
    for (const lose of [() => Deno.writeTextFileSync(path, ""), () => Deno.removeSync(path)]) {
      lose();
      for (const text of ["pears", "nowhere"]) {
        const { exit, stderr } = await search(folder, text);
        assertEquals(exit, exitCodes.storage, text);
        assertEquals(
          stderr.match(/Cannot search session \S+ \(monday\): its journal is gone; /g)?.length,
          1,
          stderr,
        );
      }
    }
    const nothing = await search(folder, "nowhere");
    assertStringIncludes(nothing.stderr, "No session of 1 in ");
    assertStringIncludes(nothing.stderr, '"nowhere"; 1 session could not be searched');
    const none = await search(folder, "nowhere", "--program", "none.pb");
    assertEquals([none.exit, none.stderr.startsWith("ℹ There is no session to search")], [0, true]);
  });
});

Deno.test("sessions search: a variable is found as other commands print it", async () => {
  await inShop(async (folder) => {
    const lines = async (text: string, ...more: readonly string[]) =>
      (await found(folder, text, "--program", "shop.pb", ...more)).map(({ line, start, end }) => [
        line,
        line.slice(start, end),
      ]);
    assertEquals(await lines("$order"), [["$order = codeword", "$order"]]);
    assertEquals(await lines("order = code"), [["$order = codeword", "order = code"]]);
    assertEquals(await lines("$order = codeword"), [["$order = codeword", "$order = codeword"]]);
    assertEquals(await lines("^order$", "--regex"), [["$order = codeword", "order"]]);
    for (const text of ["$codeword", " = ", "$order = other", "$orde =", "$"]) {
      const matches = (await lines(text)).filter(([line]) => line!.startsWith("$"));
      assertEquals(matches, [], text);
    }
  });
});
