import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Encoded } from "../../src/sandbox/mod.ts";
import { eventLines } from "../../src/frontends/event_lines.ts";
import { play, type PlayOptions } from "../support/harness.ts";
import { type Script, scriptedModel } from "../support/scripted_model.ts";

// The acceptance cases about meetings, by their number in the list of the ancestor's behavior.

/** A program with these classes; each has a meeting playbook, and the first begins. */
function programOf(...classes: readonly string[]): string {
  return classes.map((name, index) =>
    [
      `# ${name}`,
      ...(index === 0 ? ["## Main", "### Triggers", "- When program starts", "### Steps", "- Meet"] : []),
      "## Team Meeting",
      "meeting: true",
      "### Steps",
      "- Talk",
      "",
    ].join("\n\n").replaceAll("\n\n- ", "\n- ").replace("\n\nmeeting:", "\nmeeting:")
  ).join("\n");
}

function meet(script: Script, options: PlayOptions & { readonly classes?: readonly string[] } = {}) {
  const { classes = ["Host", "Guest"], ...more } = options;
  return play(programOf(...classes), { model: scriptedModel(script), ...more });
}

const begin =
  'await Say("user", (await TeamMeeting({ topic: "t", attendees: ["Guest"] })) ?? "over"); Return();';
const listen = 'console.log(await Yield("meeting"));';

/** An attendee that listens until the meeting has ended. */
const listener = (turn: number, request: { readonly messages: readonly { readonly text: string }[] }) =>
  turn > 1 && request.messages.at(-1)!.text.includes("has ended]") ? "Return();" : listen;

Deno.test("case 37: words in a meeting are one batch, in order, after a pause", async () => {
  const played = await meet({
    Main: ['await TeamMeeting({ topic: "t", attendees: ["A", "B", "C", "D", "E"] }); Return();'],
    "Host.TeamMeeting": ['const said = await Yield("meeting");', 'await Say("user", said); Return();'],
    ...Object.fromEntries(["A", "B", "C", "D", "E"].map((name, index) => [
      `${name}.TeamMeeting`,
      [`await Sleep(${1 + index * 0.3}); await Say("meeting", "${name}${index}"); Return();`],
    ])),
  }, { classes: ["Host", "A", "B", "C", "D", "E"] });
  const lines = played.said[0]!.split("\n").filter((line) => !line.startsWith("["));
  assertEquals(lines, [
    "A (agent 1001): A0",
    "B (agent 1002): B1",
    "C (agent 1003): C2",
    "D (agent 1004): D3",
    "E (agent 1005): E4",
  ]);
});

Deno.test("case 37: a batch is not held longer than message_batch_max_wait", async () => {
  const played = await meet({
    Main: [begin],
    "Host.TeamMeeting": [
      'const said = await Yield("meeting");',
      'await Say("user", String(said.split("\\n").length)); Return();',
    ],
    "Guest.TeamMeeting": [
      'for (let i = 0; i < 9; i++) { await Sleep(0.4); await Say("meeting", "n" + i); } Return();',
    ],
  });
  assertEquals(played.said[0], "5");
});

Deno.test("case 38: a person's words are delivered at once, after the words that were there before", async () => {
  const played = await meet({
    Main: ['await TeamMeeting({ topic: "t", attendees: ["Guest", "user"] }); Return();'],
    "Host.TeamMeeting": [
      'await Say("meeting", "user, what do you think?"); const said = await Yield("meeting"); const at = Date.now();',
      'await Say("user", said); Return();',
    ],
    "Guest.TeamMeeting": listener,
  }, { replies: ["I like it"] });
  assertEquals(played.said, ["(to meeting 100) user, what do you think?", "user: I like it"]);
  assertEquals(played.tookMs < 600, true, "only the batch of the first words takes time");
});

Deno.test("case 41: a target names the meeting, and the participants whom the words address", async () => {
  const targets = [
    "meeting",
    "the meeting",
    "meeting 100",
    "Meeting 100, agent 1001",
    "meeting, Guest",
    "meeting 100, agent 1001, agent 1002",
    "100",
  ];
  const wrong = ["meeting 7", "meeting 100, agent 1009", "meeting 100, user", "meeting 100, Nobody"];
  const played = await meet({
    Main: ['await TeamMeeting({ topic: "t", attendees: ["Guest", "Other"] }); Return();'],
    "Host.TeamMeeting": [`
      for (const target of ${JSON.stringify(targets)}) await Say(target, "to " + target);
      await Say(meeting, "to the object");
      for (const target of ${JSON.stringify(wrong)}) {
        try { await Say(target, "?"); } catch (error) { await Say("user", error.message); }
      }
      Return();`],
    "Guest.TeamMeeting": listener,
    "Other.TeamMeeting": listener,
  }, { classes: ["Host", "Guest", "Other"] });
  const heard = played.requests.map((request) => request.messages.at(-1)!.text)
    .find((text) => text.includes("· Guest") && text.includes("to the object"))!;
  const lines = JSON.parse(/→ (".*")/.exec(heard)![1]!) as string;
  assertEquals(lines.split("\n").slice(0, -1), [
    "Host (agent 1000): to meeting",
    "Host (agent 1000): to the meeting",
    "Host (agent 1000): to meeting 100",
    "Host (agent 1000) to you: to Meeting 100, agent 1001",
    "Host (agent 1000) to you: to meeting, Guest",
    "Host (agent 1000) to you and Other (agent 1002): to meeting 100, agent 1001, agent 1002",
    "Host (agent 1000): to 100",
    "Host (agent 1000): to the object",
  ]);
  assertEquals(played.said, [
    "There is no meeting 7",
    "There is no agent 1009; there are: Host (agent 1000), Guest (agent 1001), Other (agent 1002)",
    "user takes no part in meeting 100",
    'There is no "Nobody" to speak to; there are: user, Host, Guest, Other',
  ]);
});

Deno.test("case 43: a wait for a meeting gives a notice on silence and at its timeout, and a list is empty", async () => {
  const played = await meet({
    Main: [begin],
    "Host.TeamMeeting": [
      'const said = await Yield("meeting", { timeout: 5 });',
      'await Say("user", said); const more = await Yield("meeting");',
      'await Say("user", more); const list = await WaitForMessage("meeting");',
      'await Say("user", JSON.stringify(list)); Return();',
    ],
    "Guest.TeamMeeting": ["await Sleep(60); Return();"],
  });
  assertEquals(played.said.slice(0, 3), [
    "[Nobody has said anything in meeting 100 for 5 seconds]",
    "[Guest (agent 1001) has left meeting 100]",
    "[]",
  ]);
});

Deno.test("case 43: when all wait for each other, the oldest wait gets a notice", async () => {
  const played = await meet({
    Main: [begin],
    "Host.TeamMeeting": ['const said = await Yield("meeting");', 'await Say("user", said); Return();'],
    "Guest.TeamMeeting": [
      'const one = await Yield("meeting");',
      'await Say("user", one); const two = await Yield("meeting");',
      "Return();",
    ],
  });
  assertEquals(played.said[0], "[Nobody says anything in meeting 100: all wait]");
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("case 53: meeting_notifications decides which words of a meeting a person sees", async () => {
  const persons = [
    "# Ann:Human\nmeeting_notifications: all\n",
    "# Bob:Human\nname: Robert\nmeeting_notifications: targeted\n",
    "# Cid:Human\nmeeting_notifications: none\n",
    "# Dan:Human\nmeeting_notifications: all\n",
  ];
  const heardBy: Record<string, readonly string[]> = {};
  await play([programOf("Host", "Guest"), ...persons].join("\n"), {
    model: scriptedModel({
      Main: ['await TeamMeeting({ topic: "t", attendees: ["Guest", "Ann", "Bob", "Cid"] }); Return();'],
      "Host.TeamMeeting": [`
        for (const text of ["hello all", "robert?", "what does BOB say", "bobsled"]) await Say("meeting", text);
        await Say("meeting, Bob", "for you"); await Say("meeting, Cid", "for Cid"); Return();`],
      "Guest.TeamMeeting": listener,
    }),
    onAppend: (entries) => {
      for (const entry of entries) {
        if (entry.type !== "effect" || entry.did?.kind !== "sent") continue;
        for (const name of entry.did.hearers ?? []) {
          heardBy[name] = [...heardBy[name] ?? [], entry.did.message.text];
        }
      }
    },
  });
  assertEquals(heardBy, {
    Ann: ["hello all", "robert?", "what does BOB say", "bobsled", "for you", "for Cid"],
    Bob: ["robert?", "what does BOB say", "for you"],
  });
});

Deno.test("case 54: all required attendees join, shared state is seen both ways, and the end is told", async () => {
  const played = await meet({
    Main: [
      'const r = await TeamMeeting({ topic: "food", attendees: [Guest] }); await Say("user", r); Return();',
    ],
    "Host.TeamMeeting": [
      'meeting.sharedState.food = "rice"; meeting.shared_state.list = [1]; await Say("meeting", "guess"); const said = await Yield("meeting");',
      'await Say("user", said + JSON.stringify(self.current_meeting.shared_state) + meeting.topic + meeting.participants.map(String)); Return("done")',
    ],
    "Guest.TeamMeeting": [
      'const question = await Yield("meeting");',
      'meeting.sharedState.list.push(2); delete meeting.sharedState.none; await Say("meeting", meeting.sharedState.food); const last = await Yield("meeting");',
      `try { await Say("meeting", "late"); } catch (error) { await Say("user", last + error.name + error.message); }
       try { await Yield("meeting"); } catch (error) { await Say("user", error.message); } Return();`,
    ],
  });
  assertEquals(played.said, [
    'Guest (agent 1001): rice{"food":"rice","list":[1,2]}foodHost (agent 1000),Guest (agent 1001)',
    "done",
    "[Meeting 100 has ended]MeetingErrorMeeting 100 has ended, so nobody hears this; say it to a person or an agent, or Return",
    "Meeting 100 has ended; Return from this playbook",
  ]);
  assertEquals(played.state.meetings, undefined, "the meeting is gone");
  assertEquals(played.result, { kind: "completed" });
  const prompts = played.requests.map((request) => request.messages.at(-1)!.text);
  assert(prompts.some((text) => text.includes('Changed shared state: {"food":"rice","list":[1]}')));
  assert(prompts.some((text) => text.includes('Changed shared state: {"list":[1, 2]}')));
});

Deno.test("case 54: attendees may be agents, ids, class names and persons in one list, and missing ones are made", async () => {
  const played = await meet({
    Main: [
      `const one = await CreateAgent("Guest"); const two = await CreateAgent("Guest");
       await TeamMeeting({ topic: "t", attendees: [one, "agent " + two.id, "Other", "Guest", "user"] }); Return();`,
    ],
    "Host.TeamMeeting": ['await Say("user", meeting.participants.map(String).join(", ")); Return();'],
    "Guest.TeamMeeting": listener,
    "Other.TeamMeeting": listener,
  }, { classes: ["Host", "Guest", "Other"] });
  assertEquals(
    played.said,
    ["Host (agent 1000), Guest (agent 1001), Guest (agent 1002), Other (agent 1003), Guest (agent 1004), user"],
  );
});

Deno.test("case 54: metadata names the attendees, and a TypeScript playbook can own and attend a meeting", async () => {
  const program = `# Host
\`\`\`ts
/** @trigger When program starts */
export async function Main() {
  await Say("user", await Review({ topic: "menu" }));
}
/**
 * @meeting
 * @required_attendees Chef
 */
export async function Review(topic: string) {
  meeting.sharedState.votes = {};
  await Say("meeting", topic + "?");
  const answers = await WaitForMessage("meeting");
  await Say("meeting", "thanks");
  return answers.map((each) => each.klass + " " + each.text).join() + JSON.stringify(meeting.sharedState.votes);
}
\`\`\`
# Chef
\`\`\`ts
/** @meeting */
export async function Review(topic: string) {
  for (;;) {
    const [message] = await WaitForMessage("meeting");
    if (meeting.hasEnded) return;
    if (!message?.text.endsWith("?")) continue;
    meeting.sharedState.votes.chef = topic.length;
    await Say("meeting", "fine");
  }
}
\`\`\`
`;
  const played = await play(program);
  assertEquals(played.said, ['Chef fine{"chef":4}']);
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("case 54: a late joiner hears all that was said before, and only the owner can invite", async () => {
  const played = await meet({
    Main: [begin],
    "Host.TeamMeeting": [
      'await Say("meeting", "first"); await Say("meeting", "second"); const said = await Yield("meeting");',
      'await Say("user", said); await InviteToMeeting("meeting 100", ["Late"]); const more = await Yield("meeting");',
      'const last = await Yield("meeting", { timeout: 3 });',
      'await Say("user", more + "|" + last); Return("ended");',
    ],
    "Guest.TeamMeeting": [
      'try { await InviteToMeeting("meeting", ["Late"]); } catch (error) { await Say("meeting", error.message); } const said = await Yield("meeting");',
      listen,
      listen,
      listen,
      "Return();",
    ],
    "Late.TeamMeeting": (turn, request) => {
      const { text } = request.messages.at(-1)!;
      if (turn === 1) {
        assertStringIncludes(
          text,
          'Said in meeting 100 before you came:\n- Host (agent 1000): "first"\n- Guest (agent 1001): "Only Host (agent 1000), who owns meeting 100, can invite to it"\n- Host (agent 1000): "second"',
        );
        return 'await Say("meeting", "late"); const said = await Yield("meeting");';
      }
      return text.includes("has ended") ? "Return();" : 'const said = await Yield("meeting");';
    },
  }, {
    classes: ["Host", "Guest", "Late"],
  });
  assertMatch(played.said[0]!, /can invite to it$/);
  assertStringIncludes(played.said.join("\n"), "Late (agent 1002): late");
});

Deno.test("case 54: a private word stays between two, and a participant who returns has left", async () => {
  const played = await meet({
    Main: ['await TeamMeeting({ topic: "t", attendees: ["A", "B"] }); Return();'],
    "Host.TeamMeeting": [
      'await Say("A", "your card is 7"); await Say("meeting", "go"); const said = await Yield("meeting");',
      'await Say("user", said); await Say("meeting", "more"); const later = await Yield("meeting");',
      'await Say("user", later); Return();',
    ],
    "A.TeamMeeting": [
      'const said = await Yield("meeting");',
      'await Say("meeting", "A heard " + said.split("\\n").length); Return();',
    ],
    "B.TeamMeeting": [
      'const said = await Yield("meeting");',
      'await Say("meeting", "B heard " + said.split("\\n").join("/")); Return();',
    ],
  }, { classes: ["Host", "A", "B"] });
  const prompts = played.requests.map((request) => request.messages.at(-1)!.text);
  const ofA = prompts.find((text) => text.includes("turn 2") && text.includes("· A"))!;
  assertStringIncludes(
    ofA,
    JSON.stringify("Host (agent 1000) to you alone: your card is 7\nHost (agent 1000): go"),
  );
  assertStringIncludes(played.said.join(), "B heard Host (agent 1000): go");
  const ofB = played.requests.map((request) => request.messages.at(-1)!.text).filter((text) =>
    text.includes("· B")
  );
  assertEquals(ofB.some((text) => text.includes("to you alone")), false, "B does not hear the private word");
  assertMatch(played.said.join("\n"), /\[A \(agent 1001\) has left meeting 100\]/);
});

Deno.test("case 55: a busy attendee refuses, the caller gets an error that it can catch, and the program goes on", async () => {
  const program = `${programOf("Host", "Guest")}
## Serve
### Triggers
- When program starts
### Steps
- Ask the user
`;
  const played = await play(program, {
    model: scriptedModel({
      Main: [
        'await Sleep(1); try { await TeamMeeting({ topic: "t", attendees: ["Guest"] }); } catch (error) { await Say("user", error.name + ": " + error.message); } Return();',
      ],
      Serve: ['const said = await Yield("user", { timeout: 90 });', "Return();"],
    }),
  });
  assertEquals(played.said, [
    "MeetingError: Meeting 100 did not start. Guest (agent 1001) does not join: it is busy",
  ]);
  assertEquals(played.state.meetings, undefined);
});

Deno.test("case 55: an attendee that works does not answer in time, and an optional one holds nothing up", async () => {
  const program = programOf("Host", "Guest", "Late").replace(
    "## Team Meeting\nmeeting: true",
    "## Team Meeting\nmeeting: true\noptional_attendees: [Late]",
  ) + "\n## Work\npublic: true\n### Steps\n- Work\n";
  const script: Script = {
    Main: [`
      const late = await CreateAgent("Late"); const work = late.Work();
      try { await TeamMeeting({ topic: "t", attendees: ["Guest", late] }); await Say("user", "met"); }
      catch (error) { await Say("user", error.message); } Return();`],
    "Host.TeamMeeting": [
      'const said = await Yield("meeting", { timeout: 120 });',
      'await Say("user", said); Return();',
    ],
    "Guest.TeamMeeting": ['await Sleep(100); await Say("meeting", "hm"); Return();'],
    Work: ["Return()"],
  };
  const optional = await play(program, {
    model: scriptedModel(script),
    modelMs: (request) => request.messages.at(-1)!.text.includes("of Work") ? 60_000 : 0,
  });
  assertEquals(optional.said[0]!.split("\n"), [
    "[Late (agent 1001) does not join meeting 100: it did not answer in time]",
    "Guest (agent 1002): hm",
    "[Guest (agent 1002) has left meeting 100]",
  ]);
  assertEquals(optional.said[1], "met");
  const required = await play(program.replace("optional_attendees: [Late]\n", ""), {
    model: scriptedModel(script),
    modelMs: (request) => request.messages.at(-1)!.text.includes("of Work") ? 60_000 : 0,
  });
  assertEquals(required.said, [
    "Meeting 100 did not start. Late (agent 1001) does not join: it did not answer in time",
  ]);
  // The time of an invitation is over also if no process ran meanwhile.
  for (const awayMs of [1_000, 60_000]) {
    const meetingCall = required.entries.findIndex((entry) =>
      entry.type === "call" && entry.meeting !== undefined
    );
    const resumed = await play(program.replace("optional_attendees: [Late]\n", ""), {
      model: scriptedModel(script),
      from: required.entries.slice(0, meetingCall + 1),
      awayMs,
      modelMs: (request) => request.messages.at(-1)!.text.includes("of Work") ? 60_000 : 0,
    });
    assertEquals(resumed.said, required.said, `${awayMs} ms later`);
    const refusal = resumed.entries.find((entry) => entry.type === "meeting" && entry.refused !== undefined)!;
    assertEquals(refusal.at - required.entries[meetingCall]!.at, Math.max(30_000, awayMs));
  }
});

Deno.test("case 55: an attendee is optional only if the metadata names it, in letters of any script", async () => {
  for (
    const [optional, asked, isRequired] of [
      ["Повар", "Официант", true],
      ["Официант", "Официант", undefined],
      ["厨师", "服务员", true],
      ["Head chef", "HeadChef", undefined],
      ["HeadChef", "Chef", true],
    ] as const
  ) {
    const program = programOf("Host", asked, ...(isRequired ? [optional] : [])).replace(
      "## Team Meeting\nmeeting: true",
      `## Team Meeting\nmeeting: true\noptional_attendees: [${optional}]`,
    );
    const { entries } = await play(program, {
      model: scriptedModel({ Main: [`await TeamMeeting({ topic: "t", attendees: ["${asked}"] });`] }),
    });
    const attendees = entries.flatMap((entry) => entry.type === "call" ? entry.meeting?.attendees ?? [] : []);
    assertEquals(attendees.map((each) => each.isRequired), [isRequired], `${optional}, ${asked}`);
  }
});

Deno.test("case 55: who has no meeting playbook refuses, and a meeting needs attendees and knows their names", async () => {
  const program = `${programOf("Host")}\n# Guest\n## Other\n### Steps\n- Do\n`;
  const played = await play(program, {
    model: scriptedModel({
      Main: [`
        for (const attendees of [["Guest"], [], ["Nobody"], ["agent 1000"]]) {
          try { await TeamMeeting({ topic: "t", attendees }); } catch (error) { await Say("user", error.message); }
        }
        Return();`],
    }),
  });
  assertEquals(played.said, [
    "Meeting 100 did not start. Guest (agent 1001) does not join: it has no meeting playbook of this name, and not exactly one other",
    "TeamMeeting is a meeting; name who takes part: TeamMeeting({ topic, attendees: [...] })",
    'There is no "Nobody" to speak to; there are: user, Host, Guest',
    "TeamMeeting is a meeting; name who takes part: TeamMeeting({ topic, attendees: [...] })",
  ]);
});

Deno.test("meetings: words to a meeting that does not go on are an error, and never reach the user", async () => {
  const played = await meet({
    Main: [`
      for (const target of ["meeting", "meeting 100"]) {
        try { await Say(target, "secret"); } catch (error) { await Say("user", error.message); }
      }
      try { await Say("meeting"); } catch (error) { await Say("user", error.message); }
      try { meeting.sharedState.x = 1; } catch (error) { await Say("user", error.message); }
      Return();`],
  });
  assertEquals(played.said.some((text) => text === "secret" || text === "meeting"), false);
  assertStringIncludes(played.said[0]!, "No meeting is going on here");
  assertStringIncludes(played.said[1]!, "There is no meeting 100");
  assertEquals(played.said.length, 4);
});

Deno.test("meetings: an attendee whose part fails has left, and the meeting goes on", async () => {
  const played = await meet({
    Main: [begin],
    "Host.TeamMeeting": ['const said = await Yield("meeting");', 'await Say("user", said); Return("ok");'],
    "Guest.TeamMeeting": () => 'throw new Error("broken")',
  });
  assertMatch(played.said[0]!, /^\[Guest \(agent 1001\) has left meeting 100: it failed with .*broken\]$/);
  assertEquals(played.said[1], "ok");
});

Deno.test("meetings: a person who says nothing does not hold a meeting up, unless an agent asked", async () => {
  const script = (words: string): Script => ({
    Main: ['await TeamMeeting({ topic: "t", attendees: ["Guest", "user"] }); Return();'],
    "Host.TeamMeeting": [
      `await Say("meeting", "${words}"); const said = await Yield("meeting");`,
      'await Say("user", said); Return();',
    ],
    "Guest.TeamMeeting": listener,
  });
  const free = await meet(script("hello"));
  assertEquals(free.said.at(-1), "[Nobody says anything in meeting 100: all wait]");
  const asked = await meet(script("user, do you agree?"));
  assertEquals(asked.result, { kind: "waiting", for: ["user"] });
  const resumed = await meet(script("user, do you agree?"), { from: asked.entries, given: ["yes"] });
  assertEquals(resumed.said, ["user: yes"]);
  assertEquals(resumed.result, { kind: "completed" });
});

Deno.test("meetings: placeholders and nested playbooks see the meeting", async () => {
  const program = `${programOf("Host", "Guest")}
## Vote
Vote about {meeting.topic}: {meeting.sharedState.options.join(" or ")}.
### Steps
- Vote
`;
  const played = await play(program, {
    model: scriptedModel({
      Main: ['await TeamMeeting({ topic: "lunch", attendees: ["Guest"] }); Return();'],
      "Host.TeamMeeting": [
        'meeting.sharedState.options = ["rice", "soup"]; await Say("meeting", "vote"); const said = await Yield("meeting");',
        'await Say("user", said); Return();',
      ],
      "Guest.TeamMeeting": ['const said = await Yield("meeting");', "await Vote(); Return();"],
      Vote: (_turn, request) => {
        const { text } = request.messages.at(-1)!;
        assertStringIncludes(text, "Vote about lunch: rice or soup.");
        return 'meeting.sharedState.choice = "soup"; await Say("meeting", "soup"); Return();';
      },
    }),
  });
  assertEquals(played.said[0]!.split("\n")[0], "Guest (agent 1001): soup");
});

/** A game of two players with a shared board, and a person who looks on. */
const game: Script = {
  Main: [
    'const won = await TeamMeeting({ topic: "Nim", attendees: ["Player", "Player", "user"] }); await Say("user", won); Return();',
  ],
  "Host.TeamMeeting": (turn) =>
    turn === 1
      ? `const [, one, two] = meeting.participants; meeting.sharedState.game = { left: 30, moves: [], next: one.id };
         state.players = [one, two]; await Say("meeting", "Take one. " + one.id + " begins."); const said = await Yield("meeting");`
      : `if (meeting.sharedState.game.left === 0) Return(meeting.sharedState.game.moves.join(" "));
         const said = await Yield("meeting");`,
  "Player.TeamMeeting": (turn) =>
    turn === 1 ? 'const said = await Yield("meeting");' : `
      const game = meeting.sharedState.game;
      if (meeting.hasEnded) Return();
      if (game.next === self.id) {
        game.left--; game.moves.push(self.id.slice(-1));
        game.next = agents.byClass("Player").find((each) => each.id !== self.id).id;
        await Say("meeting", self.id + " took one, " + game.left + " left");
      }
      const said = await Yield("meeting");`,
};

Deno.test("case 56: a mediated game of two players over 30 moves on a shared board ends", async () => {
  const played = await meet(game, { classes: ["Host", "Player"] });
  assertEquals(
    played.said.at(-1),
    Array.from({ length: 30 }, (_, move) => move % 2 === 0 ? "1" : "2").join(" "),
  );
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.events.filter(({ type }) => type === "repair"), []);
});

/** Five agents and a person plan: late joiner, private words, refusal, shared state. */
const plan: Script = {
  Main: [
    `try { await TeamMeeting({ topic: "x", attendees: ["Busy", "A"] }); } catch (error) { await Say("user", error.message); }
     const result = await TeamMeeting({ topic: "plan", attendees: ["A", "B", "C", "user"] });
     await Say("user", result); Return();`,
  ],
  "Host.TeamMeeting": (turn) =>
    turn === 1
      ? 'meeting.sharedState.votes = []; await Say("A", "you are the scribe"); await Say("meeting", "ideas?"); const said = await Yield("meeting", { timeout: 20 });'
      : `if (said.includes("about 100")) state.budget = 100;
         const votes = [...meeting.sharedState.votes].sort().join("");
         if (votes === "b" && !state.invited) {
           state.invited = true; await InviteToMeeting("meeting", ["D"]); await Say("meeting", "user, your budget?");
         }
         if (votes === "bcd" && state.budget) Return(votes + state.budget);
         said = await Yield("meeting", { timeout: 30 });`,
  "A.TeamMeeting": listener,
  "B.TeamMeeting": (turn, request) =>
    turn === 2
      ? 'meeting.sharedState.votes.push("b"); await Say("meeting", "idea of B"); const said = await Yield("meeting");'
      : listener(turn, request),
  "C.TeamMeeting": [
    'await Sleep(5); if (!meeting.hasEnded) { meeting.sharedState.votes.push("c"); await Say("meeting", "idea of C"); } Return();',
  ],
  "D.TeamMeeting": (turn, request) =>
    turn === 1
      ? 'meeting.sharedState.votes.push("d"); await Say("meeting", "D is here"); const said = await Yield("meeting");'
      : listener(turn, request),
  Work: ["await Sleep(600); Return();"],
};
const planClasses = ["Host", "A", "B", "C", "D", "Busy"];

const killed: readonly (readonly [string, Script, readonly string[], readonly string[]])[] = [
  ["a meeting of five agents and a person", plan, planClasses, ["about 100"]],
  ["a game of two players", game, ["Host", "Player"], []],
];

for (const [name, script, classes, replies] of killed) {
  Deno.test(`meetings: ${name} ends the same from every position at which it may be killed`, async () => {
    const program = classes.includes("Busy")
      ? `${programOf(...classes)}\n## Work\n### Triggers\n- When program starts\n### Steps\n- Work\n`
      : programOf(...classes);
    const model = scriptedModel(script);
    const whole = await play(program, { model, replies: [...replies] });
    assertEquals(whole.result, { kind: "completed" });
    const outcome = (said: readonly string[], state: { readonly agents: object }) =>
      JSON.stringify([said.at(-1), variablesOf(state.agents as Agents)]);
    const expected = outcome(whole.said, whole.state);
    const { length } = whole.entries;
    const step = Math.max(1, Math.floor(length / (classes.includes("Busy") ? 60 : 15)));
    for (let cut = 2; cut < length; cut += step) {
      const from = whole.entries.slice(0, cut);
      const answered = from.filter(({ type }) => type === "message").length;
      const resumed = await play(program, { model, from, replies: replies.slice(answered) });
      assertEquals(resumed.result, { kind: "completed" }, `cut at ${cut}`);
      const said = resumed.said.length > 0 ? resumed.said : whole.said;
      assertEquals(outcome(said, resumed.state), expected, `cut at ${cut} of ${length}`);
    }
  });
}

type Agents = Readonly<
  Record<string, { readonly klass: string; readonly state: Readonly<Record<string, Encoded>> }>
>;

function variablesOf(agents: Agents): unknown {
  return Object.values(agents).map(({ klass, state }) => [klass, state]);
}

/** The meeting ends while the guest works. */
function guestAfterEnd(code: string): string {
  return `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Talk({ attendees: ["Guest"] });
  await Sleep(5);
  await Say("user", "done");
}
/** @meeting */
export async function Talk() {
  await Say("meeting", "hello");
}
\`\`\`
# Guest
\`\`\`ts
/** @meeting */
export async function Talk() {
  await Sleep(1);
  ${code}
}
\`\`\`
`;
}

Deno.test("meetings: an attendee that fails after the end fails the program, also after a kill", async (t) => {
  const failing: Readonly<Record<string, string>> = {
    "an error of its own": 'throw new Error("broken");',
    "words to the ended meeting": 'await Say("meeting", "late");',
    "a second wait for its words": 'for (;;) await Yield("meeting");',
    "an error in a call": "await Broken(); } export async function Broken() { null.x;",
  };
  for (const [name, code] of Object.entries(failing)) {
    await t.step(name, async () => {
      const { result, said, entries } = await play(guestAfterEnd(code));
      assertEquals([result.kind, said], ["failed", []]);
      assertStringIncludes(JSON.stringify(result), "Talk of Guest (agent 1001): ");
      for (let kept = 1; kept < entries.length; kept += 3) {
        assertEquals((await play(guestAfterEnd(code), { from: entries.slice(0, kept) })).result, result);
      }
    });
  }
  const honest = 'if (meeting.hasEnded) return; await Yield("meeting");';
  assertEquals((await play(guestAfterEnd(honest))).said, ["done"]);
  const reader = 'await Yield("meeting");';
  assertEquals((await play(guestAfterEnd(reader))).said, ["done"]);
});

Deno.test("meetings: a line of the run says that an attendee failed before the end", async () => {
  const text = guestAfterEnd('throw new Error("broken");').replace(
    'await Say("meeting", "hello");',
    "await Sleep(2);",
  );
  const { events, said, result } = await play(text);
  assertEquals([result.kind, said], ["completed", ["done"]]);
  const lines = events.flatMap((event) =>
    event.type === "return" ? eventLines(event, { verbose: false, snoop: false, quiet: true }) : []
  );
  assertEquals(lines.length, 1);
  assertMatch(lines[0]!, /Guest\(1001\) Talk failed, and has left its meeting: broken/);
});
