import { assertEquals } from "@std/assert";
import { decodeEntry, encodeEntry, type Entry, foldEntries } from "../../src/engine/mod.ts";
import { checkEntry } from "../../src/engine/fold/check_entry.ts";
import { play, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";
import { ScriptFrontEnd } from "../session/script_front_end.ts";
import { nothingStored, runLive } from "../session/stage.ts";

function program(code: string, timeout = 5): string {
  return `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
${code}
}
\`\`\`

# Ann:Human

# Ben:Human
delivery_channel: buffered
buffer_timeout: ${timeout}
`;
}

/** Words with the virtual time at which they were shown, in seconds from the start. */
async function shown(code: string, options: PlayOptions & { readonly timeout?: number } = {}) {
  const times: string[] = [];
  const startMs = 1_700_000_000_000;
  let nowMs = startMs;
  const played = await play(program(code, options.timeout), {
    ...options,
    clock: (now) => nowMs = now,
    onShow: (text) => times.push(`${(nowMs - startMs) / 1000} ${text}`),
  });
  return { ...played, times };
}

Deno.test("held words: words are kept until the person heard nothing new for buffer_timeout", async () => {
  const { times, result } = await shown(`
  await Say("Ben", "b1"); await Say("Ann", "a1"); await Sleep(3);
  await Say("Ben", "b2"); await Sleep(20);
  await Say("Ann", "a2");`);
  assertEquals(times, ["0 a1", "8 b1", "8 b2", "23 a2"]);
  assertEquals(result, { kind: "completed" });
});

Deno.test("held words: the end of the program shows them before it ends", async () => {
  const { times, entries } = await shown(
    '  await Say("Ben", "b1"); await Say("Ben", "b2"); await Say("Ann", "a");',
  );
  assertEquals(times, ["0 a", "0 b1", "0 b2"]);
  assertEquals(entries.slice(-3).map(({ type }) => type), ["release", "release", "end"]);
  const failed = await shown('  await Say("Ben", "b"); throw new Error("broken");');
  assertEquals([failed.times, failed.result.kind], [["0 b"], "failed"]);
  assertEquals((await shown('  await Say("Ben", "b"); await EndProgram();')).times, ["0 b"]);
});

Deno.test("held words: a question to the person shows them first, and a question to another one does not", async () => {
  const told: string[] = [];
  const code = `
  await Say("Ben", "b1"); await Yield("Ann"); await Sleep(1);
  await Say("Ben", "b2"); await Yield("Ben"); await Say("Ben", "b3"); await Sleep(9);`;
  const startMs = 1_700_000_000_000;
  const played = await play(program(code), {
    onShow: (text) => told.push(text),
    answer: ({ person }) => {
      told.push(`${person}?`);
      return { text: "answer" };
    },
    personMs: 1000,
  });
  assertEquals(told, ["Ann?", "b1", "b2", "Ben?", "b3"]);
  const release = played.entries.filter(({ type }) => type === "release").map(({ at }) =>
    (at - startMs) / 1000
  );
  assertEquals(release, [2, 2, 8]);
});

Deno.test("held words: words said while the person is asked are shown at once", async () => {
  const { times } = await shown(
    '  const answer = Yield("Ben"); await Sleep(1); await Say("Ben", "by the way"); await answer;',
    { answer: () => ({ text: "ok" }), personMs: 3000 },
  );
  assertEquals(times, ["1 by the way"]);
});

Deno.test("held words: a session that only waits for another person shows them before it stops", async () => {
  const { times, result } = await shown('  await Say("Ben", "b"); await Yield("Ann");', { replies: [] });
  assertEquals([times, result], [["0 b"], { kind: "waiting", for: ["Ann"] }]);
});

Deno.test("held words: a buffer_timeout of 0 shows them at the next pause", async () => {
  const { times } = await shown('  await Say("Ben", "b"); await Sleep(1); await Say("Ann", "a");', {
    timeout: 0,
  });
  assertEquals(times, ["0 b", "1 a"]);
});

Deno.test("held words: a kill at any entry loses and doubles none", async () => {
  const text = program(
    `
  await Say("Ben", "b1"); await Say("Ann", "a1"); await Say("Ben", "b2"); await Sleep(0.2);
  await Say("Ben", "b3"); await Say("Ann", "a2");`,
    0.05,
  );
  const whole = nothingStored();
  const frontEnd = new ScriptFrontEnd();
  assertEquals((await runLive(text, whole, frontEnd)).result, { kind: "completed" });
  assertEquals(frontEnd.said, ["a1", "b1", "b2", "a2", "b3"]);
  for (let dies = 1; dies <= whole.entries.length; dies++) {
    const stored = nothingStored();
    const before = new ScriptFrontEnd();
    assertEquals(
      (await runLive(text, stored, before, { diesWhen: ({ length }) => length >= dies })).result,
      "died",
    );
    const after = new ScriptFrontEnd();
    const { live, result } = await runLive(text, stored, after);
    assertEquals(result, { kind: "completed" });
    const said = [...before.said, ...after.said];
    assertEquals(said.toSorted(), ["a1", "a2", "b1", "b2", "b3"], `died at ${dies}`);
    assertEquals(said.filter((words) => words.startsWith("b")), ["b1", "b2", "b3"], `died at ${dies}`);
    const events = (await Array.fromAsync(live.watch(0))).flatMap((event) =>
      event.type === "say" ? [event.text] : []
    );
    assertEquals(events, said, `died at ${dies}`);
  }
});

Deno.test("held words: after an edit that ends buffering, kept words are shown at once", async () => {
  const text = program('  await Say("Ben", "b"); await Sleep(30); await Say("Ann", "a");');
  const whole = await play(text);
  const kept = whole.entries.findIndex((entry) => entry.type === "effect" && entry.did?.kind === "said") + 1;
  const edited = text.replace("delivery_channel: buffered\nbuffer_timeout: 5\n", "");
  const shownTexts: string[] = [];
  await play(edited, { from: whole.entries.slice(0, kept), onShow: (words) => shownTexts.push(words) });
  assertEquals(shownTexts, ["b", "a"]);
});

Deno.test("held words: words of a meeting that the person hears do not overtake others", async () => {
  const host = [
    "# Host",
    "## Main",
    "### Triggers",
    "- At the beginning",
    "### Steps",
    "- Meet",
    "## Team Meeting",
    "meeting: true",
    "### Steps",
    "- Talk",
  ];
  const ben = ["# Ben:Human", "delivery_channel: buffered", "meeting_notifications: all"];
  const told: string[] = [];
  await play([...host, "", ...ben, ""].join("\n"), {
    model: scriptedModel({
      Main: ['await Say("Ben", "first"); await TeamMeeting({ topic: "t", attendees: ["Ben"] }); Return();'],
      TeamMeeting: ['await Say("meeting", "second"); await Say("Ben", "third"); Return();'],
    }),
    onShow: (words) => told.push(words),
  });
  assertEquals(told, ["first", "second", "third"]);
});

const meets = program('  await Talk({ attendees: ["Ann", "Ben", "Cid"] });')
  .replace(
    /\n\}\n/,
    `
}
/** @meeting */
export async function Talk() {
  await Say("Ben", "b1");
  await Say("meeting", "m1"); await Say("meeting", "m2"); await Sleep(20);
  await Say("meeting", "m3");
}
`,
  ).replace("# Ann:Human\n", "# Ann:Human\nmeeting_notifications: all\n")
  .replace(
    /$/,
    "meeting_notifications: all\n\n# Cid:Human\ndelivery_channel: buffered\nmeeting_notifications: all\n",
  );

Deno.test("held words: words of a meeting are kept for each person whose words are buffered, in order", async () => {
  const front = new ScriptFrontEnd();
  const stored = nothingStored();
  await runLive(meets.replaceAll("Sleep(20)", "Sleep(0.01)"), stored, front);
  const says = front.events.flatMap((event) =>
    event.type === "say" ? [`${event.to} ${event.hearers?.join() ?? ""}: ${event.text}`] : []
  );
  assertEquals(says, [
    ...["meeting 100 Ann: m1", "meeting 100 Ann: m2", "meeting 100 Ann: m3", "Ben : b1"],
    ...["m1", "m2", "m3"].flatMap((text) => [`meeting 100 Ben: ${text}`, `meeting 100 Cid: ${text}`]),
  ]);
  assertEquals(
    stored.entries.map((entry) => decodeEntry(JSON.parse(JSON.stringify(encodeEntry(entry))))),
    stored.entries,
  );
});

Deno.test("held words: a kill at any entry loses and doubles no words of a meeting", async () => {
  const released = (entries: readonly Entry[]) =>
    entries.flatMap((entry) =>
      entry.type === "release" ? [`${entry.meeting ?? ""} ${entry.to} ${entry.text}`] : []
    );
  const whole = (await play(meets)).entries;
  assertEquals(released(whole).length, 7);
  for (let kept = 1; kept < whole.length; kept++) {
    const { entries, result } = await play(meets, { from: whole.slice(0, kept) });
    assertEquals(
      [released(entries).sort(), result.kind],
      [released(whole).sort(), "completed"],
      `kill at ${kept}`,
    );
  }
});

Deno.test("held words: the stored form of an entry keeps that its words are held", async () => {
  const { entries } = await play(program('  await Say("Ben", "b"); await Say("Ann", "a");'));
  assertEquals(entries.map((entry) => decodeEntry(JSON.parse(JSON.stringify(encodeEntry(entry))))), entries);
  const held = entries.flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.held] : []
  );
  assertEquals(held, [true, undefined]);
});

Deno.test("held words: a release that names other words, or words twice, is refused", async () => {
  const { entries } = await play(program('  await Say("Ben", "b"); await Sleep(30);'));
  const at = entries.findIndex(({ type }) => type === "release");
  const release = entries[at] as Extract<Entry, { type: "release" }>;
  const faultOf = (change: Partial<typeof release>, before = at) => {
    try {
      checkEntry(foldEntries(undefined, structuredClone(entries.slice(0, before))), {
        ...release,
        ...change,
      });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  assertEquals(faultOf({}), undefined);
  const { words } = release;
  assertEquals(faultOf({ text: "c" }), `releases other words than those that entry ${words} kept`);
  assertEquals(faultOf({ to: "Ann" }), `releases other words than those that entry ${words} kept`);
  assertEquals(faultOf({ by: "1001" }), `releases other words than those that entry ${words} kept`);
  assertEquals(faultOf({ words: 1 }), "releases the words of entry 1, which are not kept");
  assertEquals(faultOf({}, at + 1), `releases the words of entry ${words}, which are not kept`);
});
