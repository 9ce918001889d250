import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";

const program = `# W
\`\`\`ts
import { double, fail } from "./lib/tools.ts";
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "first " + double(4));
  await Say("user", "heard " + await Yield("user"));
  await Say("user", "second " + double(5));
  fail();
}
\`\`\`
`;

const tools = `export const double = (x: number): number => x * 2;

export function fail(): never {
  throw new Error("from the tools");
}
`;

Deno.test("code imports: imported code runs, its errors name its file and line, and a resume runs the journaled text", async () => {
  await using folder = await folderWith({ "w.pb": program, "lib/tools.ts": tools });
  const args = ["run", "--model", "rehearsal", "--non-interactive"];
  const first = await folder.run([...args, "w.pb"]);
  assertEquals(first.code, 75, first.stderr);
  assertStringIncludes(first.stdout, "first 8");
  const second = await folder.run([...args, "--message", "yes", "--resume", "w.pb"]);
  assertStringIncludes(second.stdout, "heard yes");
  assertStringIncludes(second.stdout, "second 10");
  assert(!second.stdout.includes("first"), second.stdout);
  assertEquals(second.code, 1);
  assertStringIncludes(second.stderr, "from the tools");
  assertStringIncludes(second.stderr, "lib/tools.ts:4");
});

Deno.test("code imports: an edit of an imported file between two runs is noticed", async () => {
  await using folder = await folderWith({ "w.pb": program, "lib/tools.ts": tools });
  const args = ["run", "--model", "rehearsal", "--non-interactive"];
  await folder.run([...args, "w.pb"]);
  await Deno.writeTextFile(`${folder.path}/lib/tools.ts`, tools.replace("x * 2", "x * 3"));
  const { stdout, stderr } = await folder.run([...args, "--message", "yes", "--resume", "w.pb"]);
  // The words said before differ from those of the new code, so the edit needs a choice.
  assertStringIncludes(stdout + stderr, "--pin");
  const redone = await folder.run([...args, "--message", "yes", "--resume", "--pin", "w.pb"]);
  assertStringIncludes(redone.stdout, "second 10");
});
