import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

const greeting = `# Greeter
## Main
### Triggers
- At the beginning
### Steps
- Ask the user for their $name
- Say "Hello {$name}"
- End program
`;

/** Code that is in flight while it waits for a person. */
const order = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Order()
- End program

\`\`\`ts
export async function Order(): Promise<void> {
  await Say("user", "Which one?");
  const which = await Yield("user");
  await Say("user", "You get " + which);
  await Say("user", "Thank you");
}
\`\`\`
`;

Deno.test("edits: a resume names a step that was edited since the stop, and follows the new text", async () => {
  await using folder = await folderWith({ "greet.pb": greeting });
  assertEquals((await folder.run(["run", "greet.pb"])).code, 75);
  await folder.write("greet.pb", greeting.replace("Hello {$name}", "Welcome {$name}"));
  const resumed = await folder.run(["run", "greet.pb", "--resume"], { input: "Ann\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "Welcome Ann\n"], resumed.stderr);
  assertStringIncludes(resumed.stderr, "edited since the session stopped");
  const change = resumed.stderr.split("\n").find((line) => line.includes("Welcome {$name}"));
  assert(change !== undefined, resumed.stderr);
  for (const word of ["Main", "02", "Hello {$name}"]) assertStringIncludes(change, word);
});

Deno.test("edits: an edit of code that has not run yet takes effect when the code reaches it", async () => {
  await using folder = await stopped();
  await folder.write("order.pb", order.replace("You get ", "Here is "));
  const resumed = await folder.run(["run", "order.pb", "--resume"], { input: "the red one\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "Here is the red one\nThank you\n"], resumed.stderr);
});

Deno.test("edits: an edit of a call that was made stops with exit 5, names the call, and offers --pin and --redo", async () => {
  for (
    const [edited, now] of [
      [order.replace("Which one?", "Which of them?"), 'Say("user", "Which of them?") (line 11)'],
      [order.replace('  await Say("user", "Which one?");\n', ""), 'Yield("user") (line 11)'],
    ] as const
  ) {
    await using folder = await stopped();
    await folder.write("order.pb", edited);
    const refused = await folder.run(["run", "order.pb", "--resume"], { input: "the red one\n" });
    assertEquals([refused.code, refused.stdout], [5, ""], refused.stderr);
    for (const word of ["Order", "Which one?", now, "--pin", "--redo", folder.onlySession()]) {
      assertStringIncludes(refused.stderr, word);
    }
    const again = await folder.run(["run", "order.pb", "--resume"], { input: "the red one\n" });
    assertEquals(again.code, 5, "the choice stays open");
  }
});

Deno.test("edits: with --pin a call in flight finishes on the old source", async () => {
  await using folder = await stopped();
  const edited = order.replace("Which one?", "Which of them?").replace("You get ", "Here is ");
  await folder.write("order.pb", edited);
  assertEquals((await folder.run(["run", "order.pb", "--resume"])).code, 5);
  const pinned = await folder.run(["run", "order.pb", "--resume", "--pin"], { input: "the red one\n" });
  assertEquals([pinned.code, pinned.stdout], [0, "You get the red one\nThank you\n"], pinned.stderr);
});

Deno.test("edits: with --redo a call in flight is repeated from the first call that differs", async () => {
  await using folder = await stopped();
  await folder.write(
    "order.pb",
    order.replace("Which one?", "Which of them?").replace("You get ", "Here is "),
  );
  assertEquals((await folder.run(["run", "order.pb", "--resume"])).code, 5);
  const redone = await folder.run(["run", "order.pb", "--resume", "--redo"], { input: "the red one\n" });
  assertEquals(
    [redone.code, redone.stdout],
    [0, "Which of them?\nHere is the red one\nThank you\n"],
    redone.stderr,
  );
});

Deno.test("edits: a session with a missing or broken program is resumed by its id from its stored source", async () => {
  await using folder = await stopped();
  await Deno.remove(`${folder.path}/order.pb`);
  const resumed = await folder.run(["resume", folder.onlySession()], { input: "the red one\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "You get the red one\nThank you\n"], resumed.stderr);
});

/** A folder with a session of `order` that waits for a person within its code. */
async function stopped(): Promise<TestFolder> {
  const folder = await folderWith({ "order.pb": order });
  const run = await folder.run(["run", "order.pb"]);
  assertEquals([run.code, run.stdout], [75, "Which one?\n"], run.stderr);
  return folder;
}

const shop = `!import "staff.pb"

# Shop

\`\`\`ts
/** @trigger At the beginning */
export async function Open(): Promise<void> {
  await Say("Clerk", "are you there?");
  await Say("user", "Who are you?");
  const name = await Yield("user");
  await Say("user", name + ", the lamp is " + await Clerk.Price("lamp"));
}
\`\`\`
`;
const staff = `# Clerk

\`\`\`ts
/** @public */
export async function Price(item: string): Promise<number> {
  return item.length;
}
\`\`\`
`;

Deno.test("edits: a session continues after an import, or a whole file, was removed", async () => {
  const removals: readonly (readonly [string, (folder: TestFolder) => Promise<void>])[] = [
    ["the import", (folder) => folder.write("shop.pb", shop.replace('!import "staff.pb"\n', ""))],
    ["all of the import", (folder) => folder.write("staff.pb", "# Nobody\n")],
    ["the imported class", (folder) => folder.write("staff.pb", staff.replace("# Clerk", "# Cashier"))],
    ["the file", (folder) => Deno.remove(`${folder.path}/shop.pb`)],
  ];
  for (const [what, remove] of removals) {
    await using folder = await folderWith({ "shop.pb": shop, "staff.pb": staff });
    const run = await folder.run(["run", "shop.pb"]);
    assertEquals([run.code, run.stdout], [75, "Who are you?\n"], run.stderr);
    await remove(folder);
    const resumed = await folder.run(["resume", folder.onlySession()], { input: "Ann\n" });
    assertEquals([resumed.code, resumed.stdout], [0, "Ann, the lamp is 4\n"], `${what}: ${resumed.stderr}`);
  }
});

Deno.test("edits: an agent with a removed class handles its undelivered message by the old text, with or without --pin", async () => {
  const host = `# Host

\`\`\`ts
/** @trigger At the beginning */
export async function Begin(): Promise<void> {
  await Say("Worker", "note");
  await Say("user", "worker says " + await Yield("Worker"));
}
\`\`\`
`;
  const worker = `
# Worker
## Answer($note)
### Triggers
- When someone gives you a note
### Steps
- Return "done"
`;
  for (const more of [[], ["--pin"], ["--redo"]]) {
    for (const edited of [host, host + worker.replace("# Worker", "# Clerk")]) {
      await using folder = await folderWith({ "p.pb": host + worker });
      for (
        let crashAt = 3;
        !folder.sessions().length || folder.journalSoFar().every((e) => e.type !== "effect");
        crashAt++
      ) {
        for (const session of folder.sessions()) {
          await Deno.remove(`${folder.path}/.checkpoints/${session}`, { recursive: true });
        }
        await folder.run(["run", "p.pb"], { crashAt });
      }
      await folder.write("p.pb", edited);
      const resumed = await folder.run(["resume", folder.onlySession(), ...more]);
      assertEquals([resumed.code, resumed.stdout], [0, "worker says done\n"], resumed.stderr);
    }
  }
});
