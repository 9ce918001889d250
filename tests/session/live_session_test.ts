import { assert, assertEquals, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../src/errors.ts";
import type { SessionEvent } from "../../src/session/mod.ts";
import { defaultSettings } from "../support/harness.ts";
import { ScriptFrontEnd } from "./script_front_end.ts";
import { nothingStored, runLive } from "./stage.ts";

const greets = `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "hello");
  await Inner(3);
  await Say("Other", "a note");
  await Say("user", "bye");
}

export async function Inner(n) {
  console.log("inside");
  return n;
}
\`\`\`

# Other
\`\`\`ts
/** @trigger At the beginning */
export async function Waits() {
  await Say("user", "heard " + await Yield("Host"));
}
\`\`\`
`;

/** Two agents that ask the user at once and end with their answers. */
const twoAsk = ["One", "Two"].map((name) =>
  `# ${name}
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "${name} heard " + await Yield("user"));
}
\`\`\`
`
).join("\n");

/** The events that a replay of the journal gives too. */
function ofJournal(events: readonly SessionEvent[]): SessionEvent[] {
  const live = [
    "persons",
    "text",
    "thought",
    "withdrawn",
    "retrying",
    "checkpoint",
    "notice",
    "ask",
    "ask-end",
    "decision",
  ];
  return events.filter(({ type }) => !live.includes(type) && type !== "decision-end");
}

Deno.test("session: a watcher of an ended session gets all events with their live positions", async () => {
  const frontEnd = new ScriptFrontEnd();
  const stored = nothingStored();
  const { live, result } = await runLive(greets, stored, frontEnd);
  assertEquals(result, { kind: "completed" });
  assertEquals(frontEnd.said.toSorted(), ["bye", "heard a note", "hello"]);
  const all = await Array.fromAsync(live.watch(0));
  assertEquals(all, ofJournal(frontEnd.events));
  const isSaid = (position: number) => {
    const entry = stored.entries[position - 1]!;
    return entry.type === "effect" && entry.did?.kind === "said";
  };
  assert(all.filter(({ type }) => type === "say").every(({ position }) => isSaid(position)));
  for (const type of ["run", "agent", "call", "log", "return", "say", "message", "wait", "program-end"]) {
    assert(all.some((event) => event.type === type), type);
  }
});

Deno.test("session: a watcher from the middle gets each remaining event once", async () => {
  const { live } = await runLive(greets, nothingStored(), new ScriptFrontEnd());
  const all = await Array.fromAsync(live.watch(0));
  for (let from = 0; from <= live.snapshot().position; from++) {
    assertEquals(await Array.fromAsync(live.watch(from)), all.filter(({ position }) => position > from));
  }
});

Deno.test("session: a live watcher from the start gets the same events as the front end", async () => {
  const frontEnd = new ScriptFrontEnd();
  let watched: Promise<SessionEvent[]> | undefined;
  await runLive(greets, nothingStored(), frontEnd, {
    onBegin: (live) => watched = Array.fromAsync(live.watch(0)),
  });
  assertEquals(await watched, frontEnd.events);
});

Deno.test("session: a snapshot lists open questions, and the events after its position give the rest", async () => {
  const frontEnd = new ScriptFrontEnd({ asked: (_, session) => session.endInput() });
  const { live, result } = await runLive(twoAsk, nothingStored(), frontEnd);
  assertEquals(result, { kind: "waiting", for: ["user"] });
  const snapshot = live.snapshot();
  assertEquals(snapshot.questions.map(({ klass, person }) => `${klass}: ${person}`), [
    "One: user",
    "Two: user",
  ]);
  assertEquals(snapshot.agents.map(({ klass }) => klass), ["One", "Two"]);
  assertEquals(snapshot.frames.map(({ playbook, phase }) => `${playbook} ${phase}`), [
    "Begin running",
    "Begin running",
  ]);
  assertEquals(await Array.fromAsync(live.watch(snapshot.position)), []);
});

Deno.test("session: two open questions can be answered in either order", async () => {
  for (const order of [["One", "Two"], ["Two", "One"]]) {
    const frontEnd = new ScriptFrontEnd({
      asked: (open, session) => {
        if (open.length < 2) return;
        for (const name of order) {
          session.answer(open.find(({ klass }) => klass === name)!.id, `answer to ${name}`);
        }
      },
    });
    await runLive(twoAsk, nothingStored(), frontEnd);
    const heard = frontEnd.events.flatMap((event) => event.type === "heard" ? [event.klass] : []);
    assertEquals(heard, order);
    assertEquals(frontEnd.said.toSorted(), ["One heard answer to One", "Two heard answer to Two"]);
  }
});

Deno.test("session: words posted twice with one key are delivered once", async () => {
  const stored = nothingStored();
  const frontEnd = new ScriptFrontEnd({
    asked: (open, session) => {
      if (open.length === 1 && open[0]!.klass === "Two") session.endInput();
    },
  });
  const news: boolean[] = [];
  await runLive(twoAsk, stored, frontEnd, {
    onBegin: async (live) => {
      for (let time = 0; time < 2; time++) {
        news.push((await live.post({ text: "hi" }, { key: "k" })).isNew);
      }
    },
  });
  assertEquals(news, [true, false]);
  assertEquals(stored.entries.filter(({ type }) => type === "message").length, 1);
});

Deno.test("session: posted words are delivered once, whenever the process dies", async () => {
  const answers = async (stored: ReturnType<typeof nothingStored>, dies?: number) => {
    const frontEnd = new ScriptFrontEnd();
    const { result } = await runLive(twoAsk, stored, frontEnd, {
      onBegin: (live) => {
        void live.post({ text: "first", to: "1000" }, { key: "a" });
        void live.post({ text: "second", to: "1001" }, { key: "b" });
      },
      ...(dies === undefined ? {} : { diesWhen: (entries) => entries.length >= dies }),
    });
    return { result, said: frontEnd.said };
  };
  const whole = nothingStored();
  await answers(whole);
  for (let dies = 1; dies <= whole.entries.length; dies++) {
    const stored = nothingStored();
    assertEquals((await answers(stored, dies)).result, "died");
    const { result } = await answers(stored);
    assertEquals(result, { kind: "completed" }, `died at ${dies}`);
    const heard = stored.entries.flatMap((entry) => entry.type === "message" ? [entry.message.text] : []);
    assertEquals(heard.toSorted(), ["first", "second"], `died at ${dies}`);
  }
});

Deno.test("session: the front end decides an uncertain effect, or a decision before the run does", async () => {
  const buys = `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", String((await fetch("https://shop.example/", { method: "POST" })).status));
}
\`\`\`
`;
  const settings = {
    ...defaultSettings,
    permissions: { ...defaultSettings.permissions, net: ["shop.example"] },
    durability: { ...defaultSettings.durability, uncertain: "ask" as const },
  };
  const options = {
    settings,
    lookup: () => Promise.resolve(["93.184.216.34"]),
    fetch: (() => Promise.resolve(new Response("", { status: 201 }))) as typeof fetch,
  };
  const isStarted = (entries: readonly { readonly type: string }[]) => entries.at(-1)?.type === "start";
  for (const decide of ["retry", undefined] as const) {
    const stored = nothingStored();
    assertEquals(
      (await runLive(buys, stored, new ScriptFrontEnd(), { ...options, diesWhen: isStarted })).result,
      "died",
    );
    if (decide === undefined) {
      const { result, live } = await runLive(buys, stored, new ScriptFrontEnd(), options);
      assert(typeof result === "object" && result.kind === "uncertain");
      const [effect] = live.snapshot().openEffects;
      const token = stored.entries.filter(({ type }) => type === "run").length;
      await stored.inbox.post("d", { type: "decision", effect: effect!.id, choice: "retry", token });
    }
    const frontEnd = new ScriptFrontEnd({ ...(decide ? { decide } : {}) });
    assertEquals((await runLive(buys, stored, frontEnd, options)).result, { kind: "completed" });
    assertEquals(frontEnd.said, ["201"]);
  }
});

/** Two agents that ask two persons at once: Ann is asked by both, Ben by the second one only. */
const twoPersons = `# One
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("Ann", "One heard " + await Yield("Ann"));
}
\`\`\`

# Two
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  const [ann, ben] = await Promise.all([Yield("Ann"), Yield("Ben")]);
  await Say("Ben", "Two heard " + ann + " and " + ben);
}
\`\`\`

# Ann:Human
name: Dr. Ann

# Ben:Human
`;

Deno.test("session: a snapshot lists the open questions of each person", async () => {
  const frontEnd = new ScriptFrontEnd({
    asked: (open, session) => {
      if (open.length === 3) session.endInput();
    },
  });
  const { live } = await runLive(twoPersons, nothingStored(), frontEnd);
  const { people } = live.snapshot();
  assertEquals(
    people.map(({ name, displayName, id, questions }) => [
      `${name} ${displayName} ${id}`,
      ...questions.map(({ klass, person }) => `${klass} asks ${person}`),
    ]),
    [
      ["Ann Dr. Ann 1002", "One asks Ann", "Two asks Ann"],
      ["Ben Ben 1003", "Two asks Ben"],
    ],
  );
});

Deno.test("session: words posted by a person answer this person's oldest question, in the order of the posts", async () => {
  const frontEnd = new ScriptFrontEnd();
  const { result } = await runLive(twoPersons, nothingStored(), frontEnd, {
    onBegin: async (live) => {
      await live.post({ person: "Ben", text: "b" }, { key: "k" });
      await live.post({ person: "dr. ann", text: "a1" }, { key: "k" });
      await live.post({ person: "1002", text: "a2" }, { key: "k2" });
    },
  });
  assertEquals(result, { kind: "completed" });
  assertEquals(frontEnd.said.toSorted(), ["One heard a1", "Two heard a2 and b"]);
  const heard = frontEnd.events.flatMap((event) =>
    event.type === "heard" ? [`${event.from} ${event.key}: ${event.text}`] : []
  );
  assertEquals(heard.toSorted(), ["Ann k2: a2", "Ann k: a1", "Ben k: b"]);
});

Deno.test("session: a key counts once for each person", async () => {
  const stored = nothingStored();
  const news: boolean[] = [];
  await runLive(twoPersons, stored, new ScriptFrontEnd(), {
    onBegin: async (live) => {
      for (const person of ["Ann", "Ben", "Ann", "Ben", undefined, undefined]) {
        const words = { text: person ?? "anyone", ...(person === undefined ? {} : { person }) };
        news.push((await live.post(words, { key: "k" })).isNew);
      }
    },
  });
  assertEquals(news, [true, true, false, false, true, false]);
  assertEquals(stored.entries.filter(({ type }) => type === "message").length, 3);
});

Deno.test("session: a post by a person whom the program does not have is refused, and nothing is kept", async () => {
  const stored = nothingStored();
  await runLive(twoPersons, stored, new ScriptFrontEnd(), {
    onBegin: async (live) => {
      const error = await assertRejects(
        () => live.post({ person: "Carol", text: "x" }, { key: "k" }),
        PlaybooksError,
      );
      assertEquals([error.message, error.exitCode], [
        'The session has no person "Carol"; there are: Ann, Ben',
        2,
      ]);
      live.stop();
    },
  });
  assertEquals(await stored.inbox.read(), []);
});

Deno.test("session: words of persons are delivered once, whenever the process dies with two questions open", async () => {
  const answers = async (stored: ReturnType<typeof nothingStored>, dies?: number) => {
    const frontEnd = new ScriptFrontEnd();
    const { result } = await runLive(twoPersons, stored, frontEnd, {
      onBegin: (live) => {
        void live.post({ person: "Ben", text: "b" }, { key: "k" });
        void live.post({ person: "Ann", text: "a1" }, { key: "k" });
        void live.post({ person: "Ann", text: "a2" }, { key: "k2" });
      },
      ...(dies === undefined ? {} : { diesWhen: (entries) => entries.length >= dies }),
    });
    return { result, said: frontEnd.said };
  };
  const whole = nothingStored();
  await answers(whole);
  for (let dies = 1; dies <= whole.entries.length; dies++) {
    const stored = nothingStored();
    assertEquals((await answers(stored, dies)).result, "died");
    assertEquals((await answers(stored)).result, { kind: "completed" }, `died at ${dies}`);
    const heard = stored.entries.flatMap((entry) =>
      entry.type === "message" ? [`${entry.message.from}: ${entry.message.text}`] : []
    );
    assertEquals(heard.toSorted(), ["Ann: a1", "Ann: a2", "Ben: b"], `died at ${dies}`);
  }
});

Deno.test("session: a person can say words that answer the oldest question, or wait for one", async () => {
  const frontEnd = new ScriptFrontEnd({
    asked: (open, session) => {
      if (open.length < 2) return;
      for (const text of ["a1", "a2"]) session.say("Ann", text);
    },
  });
  const { result } = await runLive(twoPersons, nothingStored(), frontEnd, {
    onBegin: (live) => live.say("Ben", "early"),
  });
  assertEquals(result, { kind: "completed" });
  assertEquals(frontEnd.said.toSorted(), ["One heard a1", "Two heard a2 and early"]);
});

Deno.test("session: a person speaks in a meeting by posts, to its name or without a receiver, whenever the process dies", async () => {
  const program = `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Talk({ attendees: ["Guest", "user"] });
}
/** @meeting */
export async function Talk() {
  for (let heard = 0; heard < 2;) {
    for (const { from, text } of await WaitForMessage("meeting")) {
      if (from !== "user") continue;
      heard++;
      await Say("user", "heard " + text);
    }
  }
}
\`\`\`
# Guest
\`\`\`ts
/** @meeting */
export async function Talk() {
  while (!meeting.hasEnded) await WaitForMessage("meeting");
}
\`\`\`
`;
  const speak = async (stored: ReturnType<typeof nothingStored>, dies = Infinity) => {
    const { result } = await runLive(program, stored, new ScriptFrontEnd(), {
      onBegin: (live) => {
        void live.post({ text: "one", to: "meeting 100" }, { key: "a" });
        void live.post({ text: "two", person: "user" }, { key: "b" });
      },
      diesWhen: (entries) => entries.length >= dies,
    });
    return result;
  };
  const heard = ({ entries }: ReturnType<typeof nothingStored>) =>
    entries.flatMap((entry) => entry.type === "message" ? [`${entry.message.to}: ${entry.message.text}`] : [])
      .sort();
  const whole = nothingStored();
  assertEquals(await speak(whole), { kind: "completed" });
  assertEquals(heard(whole), ["meeting 100: one", "meeting 100: two"]);
  for (let dies = 3; dies < whole.entries.length; dies += 2) {
    const stored = nothingStored();
    assertEquals(await speak(stored, dies), "died");
    assertEquals(await speak(stored), { kind: "completed" }, `died at ${dies}`);
    assertEquals(heard(stored), heard(whole), `died at ${dies}`);
  }
});

Deno.test("session: words to a meeting that has ended are refused, and dropped with a notice if they are in the inbox", async () => {
  const program = `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Talk({ attendees: ["user"] });
  await Say("user", "over");
  await Yield("user");
}
/** @meeting */
export async function Talk() {}
\`\`\`
`;
  const stored = nothingStored();
  let checked: Promise<void> | undefined;
  const dropped = { type: "words", text: "early", to: "meeting 100", from: "User" };
  const front = new ScriptFrontEnd();
  await runLive(program, stored, front, {
    onBegin: (live) => {
      const refused = async () => {
        for await (const event of live.watch(0)) {
          if (event.type !== "say") continue;
          const post = () => live.post({ text: "late", to: "meeting 100" }, { key: "late" });
          const error = await assertRejects(post, PlaybooksError);
          assertEquals(
            error.message,
            "The meeting 100 has ended, so the words were not kept; post them to an agent",
          );
          assertEquals(await stored.inbox.read(), []);
          await assertRejects(post, PlaybooksError, "has ended", "a repeated post is refused, too");
          await live.post({ text: "soon", to: "meeting 101" }, { key: "soon" });
          await stored.inbox.post("early", dropped);
          live.collect();
          live.stop();
        }
      };
      checked = refused();
    },
  });
  await checked;
  assertEquals((await stored.inbox.read()).map(({ key }) => key), ["soon"], "a meeting that may still begin");
  const notices = front.events.flatMap((event) => event.type === "notice" ? [event.text] : []);
  assertEquals(notices, ["Words of User to meeting 100 were dropped: it has ended"]);
});

Deno.test("session: the past has the events of the last entries, without words that are still to be shown", async () => {
  const stored = nothingStored();
  const front = new ScriptFrontEnd();
  const { live } = await runLive(greets, stored, front);
  const all = await live.past(1000);
  assertEquals(all.filter(({ type }) => type === "say").map(({ position }) => position), sayPositions(front));
  const from = stored.entries.length - 4;
  assertEquals(
    (await live.past(4)).map(({ type, position }) => ({ type, position })),
    all.filter(({ position }) => position > from).map(({ type, position }) => ({ type, position })),
  );
  const [first] = sayPositions(front);
  stored.shown = first!;
  const shown = (await live.past(1000)).filter(({ type }) => type === "say");
  assertEquals(shown.map(({ position }) => position), [first]);
});

function sayPositions({ events }: ScriptFrontEnd): readonly number[] {
  return events.filter(({ type }) => type === "say").map(({ position }) => position);
}

Deno.test("session: a session that is not kept cannot have a name", async () => {
  const { live } = await runLive(greets, nothingStored(), new ScriptFrontEnd());
  const error = await assertRejects(() => live.rename("monday"), PlaybooksError);
  assertEquals(error.exitCode, 2);
});
