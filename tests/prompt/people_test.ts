import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { systemPrompt } from "../../src/engine/mod.ts";
import { parseProgram } from "../../src/language/mod.ts";
import { play } from "../support/harness.ts";

const host = "# Host\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Talk\n";

async function peopleIn(text: string): Promise<string> {
  const { program } = await parseProgram([{ path: "a.pb", text }]);
  const prompt = systemPrompt(program, program.agents[0]!, "1000", { net: [], read: [], write: [], env: [] });
  return /# People\n([^]*?)(?:\n\n#|$)/.exec(prompt)![1]!;
}

Deno.test("prompt: a program that declares no person has the user, as before", async () => {
  assertEquals(await peopleIn(host), "- user");
});

Deno.test("prompt: declared persons come with their names and how to address them", async () => {
  assertEquals(
    await peopleIn(
      `${host}# Ann:Human\nname: Dr. "A" Lee\n\nA guest.\nLikes fish.\n\nMore.\n\n# Ben:Human\n`,
    ),
    [
      '- Ann ("Dr. \\"A\\" Lee"): A guest. Likes fish.',
      "- Ben",
      'Name a person: Say("Ann", …), Yield("Ann"). "user" is "Ann".',
      'Promise.all([Yield("Ann"), Yield("Ben")]) asks both at once and waits for both; ' +
      'Yield(["Ann", "Ben"]) gives the first answer, with its name.',
    ].join("\n"),
  );
  const alone = await peopleIn(`${host}# Ann:Human\n`);
  assertEquals(alone, '- Ann\nName a person: Say("Ann", …), Yield("Ann"). "user" is "Ann".');
  assertStringIncludes(await peopleIn(`${host}# Ann:Human\n# User:Human\n`), '"user" is "User".');
});

Deno.test("prompt: a long description of a person is cut", async () => {
  const [line] = (await peopleIn(`${host}# Ann:Human\n${"word ".repeat(200)}\n`)).split("\n");
  assert(line!.length < 320 && line!.endsWith("…"), line);
});

Deno.test("rehearsal: a step that names a person by the display name speaks to this person", async () => {
  const text = `# Host
## Main
### Triggers
- At the beginning
### Steps
- Ask Dr. Ann Lee for her $day
- Tell Ben the $day
- End program

# Ben:Human

# Ann:Human
name: Dr. Ann Lee
`;
  const asked: string[] = [];
  const played = await play(text, {
    answer: ({ person }) => {
      asked.push(person);
      return { text: "Monday" };
    },
  });
  assertEquals(asked, ["Ann"]);
  assertEquals(played.said.map((words) => words.slice(0, 8)), ["(to Ann)", "(to Ben)"]);
});
