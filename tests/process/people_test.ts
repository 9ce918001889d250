import { assertEquals, assertStringIncludes } from "@std/assert";
import { jsonLines } from "../support/json_lines.ts";
import { folderWith } from "../support/playbooks_process.ts";

const dates = `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("Ben", "Which day?");
  const [ann, ben] = await Promise.all([Yield("Ann"), Yield("Ben")]);
  await Say("Ben", "Ann said " + ann);
  await Say("Ann", "Ben said " + ben);
}
\`\`\`

# Ann:Human
name: Dr. Ann

# Ben:Human
delivery_channel: buffered
`;

Deno.test("people: a session with two open questions is killed at every third entry, and each answer arrives once", async () => {
  await using folder = await folderWith({ "dates.pb": dates });
  const lines = ["@Ben tuesday", "@ann monday"];
  const whole = await folder.run(["run", "dates.pb", "--json"], {
    input: lines.map((line) => `${line}\n`).join(""),
  });
  assertEquals(whole.code, 0, whole.stderr);
  const events = jsonLines(whole.stdout);
  const of = (type: string, ...keys: readonly string[]) =>
    events.filter((event) => event.type === type).map((event) =>
      keys.map((key) => (event as unknown as Readonly<Record<string, unknown>>)[key]).join(" ")
    );
  assertEquals(of("ask", "person").toSorted(), ["Ann", "Ben"]);
  assertEquals(of("heard", "from", "text"), ["Ben tuesday", "Ann monday"]);
  assertEquals(of("say", "to", "text"), ["Ben Which day?", "Ann Ben said tuesday", "Ben Ann said monday"]);
  const crash = await folder.run([
    "crash-test",
    "dates.pb",
    "--every",
    "3",
    "--reply",
    lines[0]!,
    "--reply",
    lines[1]!,
  ]);
  assertEquals(crash.code, 0, crash.stdout + crash.stderr);
});

Deno.test("people: a resume takes a message for each person, and refuses one that nobody waits for", async () => {
  await using folder = await folderWith({ "dates.pb": dates });
  const started = await folder.run(["run", "dates.pb", "--non-interactive"]);
  assertEquals(started.code, 75);
  assertStringIncludes(started.stderr, "Waiting for Dr. Ann (@Ann), Ben; no person can be asked here");
  assertStringIncludes(started.stderr, "--message '@Ann TEXT'");
  const message = (text: string) => folder.run(["resume", "--non-interactive", "--message", text]);
  const unknown = await message("@Carol hi");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, 'No person is called "Carol"; there are: Dr. Ann (@Ann), Ben');
  assertEquals((await message("@Ben tuesday")).code, 75);
  const again = await message("@Ben wednesday");
  assertEquals(again.code, 2);
  assertStringIncludes(again.stderr, "no agent there waits for Ben (one waits for Ann); nothing was done");
  const last = await message("@1001 monday");
  assertEquals([last.code, last.stdout], [0, "Ben said tuesday\nAnn said monday\n"]);
  const unread = await folder.run(["run", "dates.pb", "--message", "@Carol hi"]);
  assertEquals(unread.code, 2);
  assertStringIncludes(unread.stderr, 'No person is called "Carol"');
});
