import { assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";

const shop = `# Shop
## Begin
### Triggers
- At the beginning
### Steps
- Say "Welcome"
## Refund
### Triggers
- When user asks for a refund
### Steps
- Say "Refunded"
`;

Deno.test("ambient: a program waits for each line of the input and ends with it, or at exit", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const whole = await folder.run(["run", "shop.pb"], {
    input: "I want a refund\nnothing\na refund, please\n",
  });
  assertEquals([whole.code, whole.stdout], [0, "Welcome\nRefunded\nRefunded\n"], whole.stderr);
  assertStringIncludes(
    whole.stderr,
    "rehearsal: chose Refund by the words of its trigger: When user asks for a refund",
  );
  const left = await folder.run(["run", "shop.pb"], { input: "quit\na refund\n" });
  assertEquals([left.code, left.stdout], [0, "Welcome\n"], left.stderr);
  const empty = await folder.run(["run", "shop.pb"]);
  assertEquals([empty.code, empty.stdout], [0, "Welcome\n"], empty.stderr);
});

Deno.test("ambient: without a person to ask it waits with 75, and a message resumes it", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const first = await folder.run(["run", "shop.pb", "--non-interactive"]);
  assertEquals([first.code, first.stdout], [75, "Welcome\n"], first.stderr);
  const session = folder.onlySession();
  const answered = await folder.run(["resume", session, "--message", "a refund", "--non-interactive"]);
  assertEquals([answered.code, answered.stdout], [75, "Refunded\n"], answered.stderr);
  const ended = await folder.run(["resume", session, "--message", "exit", "--non-interactive"]);
  assertEquals([ended.code, ended.stdout], [0, ""], ended.stderr);
});

Deno.test("ambient: a program that is killed while it waits is resumed, waits again, and says nothing twice", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const process = folder.start(["run", "shop.pb"]);
  await process.untilTrue(() => folder.journalSoFar().at(-1)?.type === "return");
  process.kill("SIGKILL");
  assertEquals((await process.finished).stdout, "Welcome\n");
  const again = await folder.run(["resume", folder.onlySession()], { input: "I want a refund\n" });
  assertEquals([again.code, again.stdout], [0, "Refunded\n"], again.stderr);
});
