import { assertEquals } from "@std/assert";
import { peopleOf, personNamed, type Program } from "../../src/language/mod.ts";
import { parse, short } from "./support.ts";

const host = "# Host\n## Main\n### Triggers\n- At the beginning\n### Steps\n- x\n";

/** A program with one person whose metadata has these lines, which begin in line 8. */
const withLines = (...lines: readonly string[]) => `${host}# Ann:Human\n${lines.join("\n")}\n`;

async function problemsOf(text: string): Promise<readonly string[]> {
  return (await parse(text)).problems.map(short);
}

async function deliveryOf(...lines: readonly string[]) {
  const { program } = await parse(withLines(...lines));
  return peopleOf(program)[0]!.delivery;
}

Deno.test("people: the default person exists only in a program that declares none", async () => {
  assertEquals(peopleOf((await parse(host)).program), [
    { name: "user", displayName: "User", delivery: { streams: true, meetings: "all" } },
  ]);
  const { program } = await parse(`${host}# Ann Lee:Human\n# Bob:Human\nname: Bob B.\n`);
  assertEquals(peopleOf(program).map(({ name, displayName }) => [name, displayName]), [
    ["AnnLee", "Ann Lee"],
    ["Bob", "Bob B."],
  ]);
});

Deno.test("people: the channel decides about streaming and buffering, and overruled lines are warnings", async (t) => {
  const streams = { streams: true, meetings: "targeted" } as const;
  const noPreview = { streams: false, meetings: "targeted" } as const;
  const buffers = { streams: false, bufferMs: 5000, meetings: "targeted" } as const;
  const cases: readonly (readonly [lines: readonly string[], delivery: object, ...problems: string[]])[] = [
    [[], streams],
    [["delivery_channel: streaming"], streams],
    [["streaming_enabled: false"], noPreview],
    [["streaming_enabled: no"], noPreview],
    [
      ["delivery_channel: streaming", "streaming_enabled: false"],
      streams,
      '! 9:1 "streaming_enabled" has no effect: "delivery_channel: streaming" turns it on',
    ],
    [
      ["delivery_channel: streaming", "buffer_messages: true"],
      streams,
      '! 9:1 "buffer_messages" has no effect: it needs "delivery_channel: buffered"',
    ],
    [["delivery_channel: buffered"], buffers],
    [["buffer_messages: true"], buffers],
    [["buffer_messages: true", "buffer_timeout: 0.25"], { ...buffers, bufferMs: 250 }],
    [["delivery_channel: buffered", "buffer_timeout: 0"], { ...buffers, bufferMs: 0 }],
    [
      ["delivery_channel: buffered", "streaming_enabled: true", "buffer_messages: false"],
      buffers,
      '! 9:1 "streaming_enabled" has no effect: buffered words are shown together',
      '! 10:1 "buffer_messages" has no effect: "delivery_channel: buffered" turns it on',
    ],
    [
      ["buffer_timeout: 2"],
      streams,
      '! 8:1 "buffer_timeout" has no effect: words to this person are not buffered; write "delivery_channel: buffered"',
    ],
    [
      ["streaming_chunk_size: 10"],
      streams,
      '! 8:1 "streaming_chunk_size" has no effect: words are shown as they arrive',
    ],
    [["meeting_notifications: all"], { ...streams, meetings: "all" }],
    [["meeting_notifications: none"], { ...streams, meetings: "none" }],
  ];
  for (const [lines, delivery, ...problems] of cases) {
    await t.step(lines.join(", ") || "nothing", async () => {
      assertEquals(await deliveryOf(...lines), delivery as never);
      const found = (await parse(withLines(...lines))).problems;
      assertEquals(found.map(short), problems);
      assertEquals(found.every(({ severity }) => severity === "warning"), true);
    });
  }
});

Deno.test("people: wrong values are errors at their line", async (t) => {
  const cases: readonly (readonly [line: string, problem: string])[] = [
    [
      "delivery_channel: custom",
      '"delivery_channel: custom" is not supported: programs cannot deliver words with code of their own',
    ],
    ["delivery_channel: letter", '"delivery_channel" must be "streaming" or "buffered", not "letter"'],
    ["streaming_enabled: perhaps", '"streaming_enabled" must be true or false, not "perhaps"'],
    ["buffer_messages: 7", '"buffer_messages" must be true or false, not "7"'],
    ["buffer_timeout: -1", '"buffer_timeout" must be a number of seconds from 0 to 86400, not -1'],
    ["buffer_timeout: soon", '"buffer_timeout" must be a number of seconds from 0 to 86400, not "soon"'],
    ["buffer_timeout: 86401", '"buffer_timeout" must be a number of seconds from 0 to 86400, not 86401'],
    ["streaming_chunk_size: 0", '"streaming_chunk_size" must be a whole number from 1, not 0'],
    [
      "meeting_notifications: some",
      '"meeting_notifications" must be "all", "targeted" or "none", not "some"',
    ],
    ['name: "!"', '"name" of a person must be one line with a letter or digit, of at most 60 characters'],
  ];
  for (const [line, problem] of cases) {
    await t.step(line, async () => {
      const lines = line.startsWith("buffer_timeout") ? [line, "delivery_channel: buffered"] : [line];
      const { problems } = await parse(withLines(...lines));
      assertEquals(problems.map((each) => [each.severity, short(each)]), [["error", `! 8:1 ${problem}`]]);
    });
  }
});

Deno.test("people: a name that two have, or that means something else, is an error", async (t) => {
  const cases: readonly (readonly [people: string, ...problems: string[]])[] = [
    [
      "# Ann:Human\nname: Sam\n# Ben:Human\nname: SAM!\n",
      '! 9:3 Two persons are called "SAM!": the other one is in line 7 of a.pb',
    ],
    [
      "# Ann:Human\n# Ben:Human\nname: ann\n",
      '! 8:3 Two persons are called "ann": the other one is in line 7 of a.pb',
    ],
    ["# Ann:Human\nname: Host\n", '! 7:3 Two agents are called "Host": the other one is in line 1 of a.pb'],
    [
      "# Ann:Human\nname: The user\n",
      '! 7:3 "The user" cannot be the name of a person: in code it names something else',
    ],
    [
      "# Ann:Human\nname: Agent 7\n",
      '! 7:3 "Agent 7" cannot be the name of a person: in code it names something else',
    ],
    [
      "# Ann:Human\nname: Anyone\n",
      '! 7:3 "Anyone" cannot be the name of a person: in code it names something else',
    ],
    ["# User:Human\n# Ben:Human\n"],
    ["# Ann:Human\nname: Zoë\n# Ben:Human\nname: Алиса\n"],
    [
      "# Ann:Human\nname: Алиса\n# Ben:Human\nname: алиса\n",
      '! 9:3 Two persons are called "алиса": the other one is in line 7 of a.pb',
    ],
  ];
  for (const [people, ...problems] of cases) {
    await t.step(people, async () => assertEquals(await problemsOf(host + people), problems));
  }
});

Deno.test("people: playbooks and code of a person are a warning, and only persons are an error", async () => {
  assertEquals(await problemsOf(`${host}# Ann:Human\n## Act\n- go\n`), [
    '! 7:3 "Ann" is a person: playbooks of persons are not run',
  ]);
  assertEquals(await problemsOf(`${host}# Ann:Human\n\`\`\`js\nconst x = 1;\n\`\`\`\n`), [
    '! 7:3 "Ann" is a person: code of persons is not run',
  ]);
  const { problems } = await parse("# Ann:Human\n# Ben:Human\n");
  assertEquals(problems.map((each) => [each.severity, short(each)]), [
    ["error", "! 1:3 All agents of this program are persons: no agent could run"],
  ]);
  assertEquals(await problemsOf("# Ann:Human\n"), [
    '! 1:3 The only agent of this program, "Ann", is a person: no agent could run',
  ]);
});

Deno.test("people: a person is found by class, display name and user, in any spelling", async () => {
  const find = (program: Program, spelling: string) => personNamed(peopleOf(program), spelling)?.name;
  const { program } = await parse(`${host}# Ann:Human\nname: Dr. Zoë Lee\n# Ben Big:Human\n`);
  for (const spelling of ["Ann", "ann", " ANN ", "dr zoe lee", "Dr. Zoë Lee", "user", "the user", "Human"]) {
    assertEquals(find(program, spelling), "Ann", spelling);
  }
  for (const spelling of ["BenBig", "ben big", "Ben-Big"]) assertEquals(find(program, spelling), "BenBig");
  for (const spelling of ["", "!", "Zoe", "Host", "users"]) assertEquals(find(program, spelling), undefined);
  const named = (await parse(`${host}# Ann:Human\n# User:Human\n`)).program;
  assertEquals([find(named, "user"), find(named, "the human")], ["User", "Ann"]);
});
