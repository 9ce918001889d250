import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Entry, Question } from "../../src/engine/mod.ts";
import { play } from "../support/harness.ts";

/** A program whose only begin playbook has this code, with two persons and an agent. */
function program(code: string, people = "# Ann:Human\nname: Dr. Ann\n\n# Ben:Human\n"): string {
  return `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
${code}
}
\`\`\`

${people}`;
}

Deno.test("people: a person is addressed by class, display name, id, handle and user", async () => {
  const targets = [
    '"Ann"',
    '"ann"',
    '"Dr. Ann"',
    '"dr ann"',
    '"agent 1001"',
    '"1001"',
    "1001",
    'agents.byId("1001")',
    'agents.byClass("Ann")[0]',
    '"user"',
    '"the human"',
  ];
  const says = targets.map((target, index) => `  await Say(${target}, "words ${index}");`);
  const played = await play(
    program(`${says.join("\n")}\n  await Say("Ben", "other"); await Say(1002, "more");`),
  );
  assertEquals(played.said, [
    ...targets.map((_, index) => `(to Ann) words ${index}`),
    "(to Ben) other",
    "(to Ben) more",
  ]);
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("people: ids are those of the one sequence of agents, in the order of the program", async () => {
  const text = `# Ann:Human\n\n${
    program("  await Sleep(1);", "# Ben:Human\n\n# Spare\n## Main\n- x\n")
  }# Cleo:Human\n`;
  const agents = (entries: readonly Entry[]) =>
    entries.flatMap((entry) => entry.type === "agent" ? [`${entry.agent.klass} ${entry.agent.id}`] : []);
  const first = await play(text);
  assertEquals(agents(first.entries), ["Ann 1000", "Host 1001", "Ben 1002", "Cleo 1003"]);
  assertEquals(agents((await play(text)).entries), agents(first.entries));
});

Deno.test("people: user means the person with this name, else the first one", async () => {
  const code = '  await Say("user", "hi"); await Say("human", "ho");';
  assertEquals((await play(program(code, "# Ann:Human\n# User:Human\n"))).said, [
    "(to User) hi",
    "(to Ann) ho",
  ]);
  assertEquals((await play(program(code, ""))).said, ["hi", "ho"]);
});

Deno.test("people: code cannot create a person", async () => {
  const played = await play(program(`
  for (const create of [() => CreateAgent("Ann"), () => CreateAgent("dr ann")]) {
    try { await create(); } catch (error) { await Say("Ben", error.message); }
  }`));
  assertEquals(
    played.said[0],
    '(to Ben) Ann is a person, and exists from the start: Say("Ann", …) and Yield("Ann") reach this person',
  );
  assertStringIncludes(played.said[1]!, "There is no agent class dr ann");
});

Deno.test("people: playbooks of a person are not run, also with a begin trigger", async () => {
  const begins =
    "# Ann:Human\n```ts\n/** @trigger At the beginning */\nexport async function Act() { await Say('user', 'no'); }\n```\n";
  const played = await play(program('  await Say("Ann", "yes");', begins));
  assertEquals(played.said, ["(to Ann) yes"]);
});

Deno.test("people: one agent can ask several persons at once, and each answer goes to its own wait", async () => {
  const asked: Question[] = [];
  const played = await play(
    program(`
  const [ann, ben] = await Promise.all([Yield("Dr. Ann"), Yield("Ben")]);
  await Say("user", ann + ", " + ben);`),
    {
      answer: (question) => {
        asked.push(question);
        return { text: `from ${question.person}` };
      },
    },
  );
  assertEquals(asked.map(({ person, persons }) => [person, persons]), [["Ann", undefined], [
    "Ben",
    undefined,
  ]]);
  assertEquals(played.said, ["(to Ann) from Ann, from Ben"]);
});

Deno.test("people: words go to the agent's first wait for the person, and later waits ask only others", async () => {
  const asked: string[] = [];
  const played = await play(
    program(`
  const words = await Promise.all([Yield("Ann"), Yield("Ann"), Yield(["Ann", "Ben"])]);
  await Say("user", words.join(", "));`),
    {
      answer: ({ person, persons }) => {
        asked.push((persons ?? [person]).join("+"));
        return person === "Ben" ? undefined : { text: `words ${asked.length}` };
      },
    },
  );
  assertEquals(asked, ["Ann", "Ben", "Ann", "Ann+Ben"]);
  assertEquals(played.said, ["(to Ann) words 1, words 3, Ann: words 4"]);
});

Deno.test("people: a wait for several persons tells who answered", async () => {
  const code = `
  const words = await Yield(["Ann", "Ben"]);
  const [message] = await WaitForMessage("*");
  await Say("user", words + " / " + message.from + " " + message.klass + " " + message.text);`;
  const asked: (readonly string[] | undefined)[] = [];
  const played = await play(program(code), {
    answer: ({ persons }) => {
      asked.push(persons);
      return { text: "me", from: "Ben" };
    },
  });
  assertEquals(played.said, ["(to Ann) Ben: me / Ben Ben me"]);
  assertEquals(asked, [["Ann", "Ben"], ["Ann", "Ben"]]);
  const alone = await play(program('  await Say("user", await Yield("Ben"));'), { replies: ["me"] });
  assertEquals(alone.said, ["(to Ann) me"]);
});

Deno.test("people: without answers the session names all who are waited for", async () => {
  const played = await play(program('  await Promise.all([Yield("Ben"), Yield("Ann")]);'), { replies: [] });
  assertEquals(played.result, { kind: "waiting", for: ["Ben", "Ann"] });
});

Deno.test("people: a message of the command line reaches the person it is for", async () => {
  const code = `
  const [ann, ben] = await Promise.all([Yield("Ann"), Yield("Ben")]);
  await Say("user", ann + ", " + ben);`;
  const given = [{ text: "b", person: "Ben" }, { text: "a" }];
  assertEquals((await play(program(code), { given })).said, ["(to Ann) a, b"]);
  const first = await play(program(code), { replies: [] });
  const resumed = await play(program(code), { from: first.entries, given, replies: [] });
  assertEquals(resumed.said, ["(to Ann) a, b"]);
});

Deno.test("people: a resume finds both open questions, and either can be answered first", async () => {
  const text = program(`
  const [ann, ben] = await Promise.all([Yield("Ann"), Yield("Ben")]);
  await Say("user", ann + ", " + ben);`);
  const whole = await play(text, { answer: ({ person }) => ({ text: person }) });
  const waits = whole.entries.findLastIndex(({ type }) => type === "start") + 1;
  for (const order of [["Ann", "Ben"], ["Ben", "Ann"]]) {
    const questions: string[] = [];
    let from = whole.entries.slice(0, waits);
    for (const person of order) {
      const played = await play(text, { from, given: [{ text: `${person}!`, person }], replies: [] });
      questions.push(played.result.kind);
      from = played.entries;
    }
    assertEquals(questions, ["waiting", "completed"]);
    const said = from.flatMap((entry) =>
      entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
    );
    assertEquals(said, ["Ann!, Ben!"]);
  }
});
