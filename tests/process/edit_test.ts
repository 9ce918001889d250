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

Deno.test("a step that was edited while a session stood still is named, and the new text is followed", async () => {
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

Deno.test("an edit behind the point at which code stands takes effect when it gets there", async () => {
  await using folder = await stopped();
  await folder.write("order.pb", order.replace("You get ", "Here is "));
  const resumed = await folder.run(["run", "order.pb", "--resume"], { input: "the red one\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "Here is the red one\nThank you\n"], resumed.stderr);
});

Deno.test("an edit of a call that code has made stops with 5, names the call, and offers --pin and --redo", async () => {
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

Deno.test("with --pin a call in flight finishes on the old source", async () => {
  await using folder = await stopped();
  const edited = order.replace("Which one?", "Which of them?").replace("You get ", "Here is ");
  await folder.write("order.pb", edited);
  assertEquals((await folder.run(["run", "order.pb", "--resume"])).code, 5);
  const pinned = await folder.run(["run", "order.pb", "--resume", "--pin"], { input: "the red one\n" });
  assertEquals([pinned.code, pinned.stdout], [0, "You get the red one\nThank you\n"], pinned.stderr);
});

Deno.test("with --redo a call in flight is done anew from the first call that differs", async () => {
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

Deno.test("a session whose program is gone or broken is resumed by its id on the source that it keeps", async () => {
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
