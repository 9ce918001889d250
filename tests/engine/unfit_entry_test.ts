import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { type Entry, foldEntries, restoreState } from "../../src/engine/mod.ts";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";
import { play } from "../support/harness.ts";

const program = `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "one");
  await Help();
  await Yield("user");
}
export async function Help() {
  await Say("user", "help");
}
\`\`\`
`;

/** A session that waits in `Yield`: frame f1 of agent 1000 runs, f2 has returned. */
async function waiting(): Promise<readonly Entry[]> {
  const { entries, result } = await play(program, { replies: [] });
  assertEquals(result.kind, "waiting");
  return entries;
}

/** An entry that playbooks would not write after these, by what is wrong with it. */
function impossible(entries: readonly Entry[]): Readonly<Record<string, unknown>> {
  const called = entries.find((entry) => entry.type === "call")!;
  const thread = entries.find((entry) => entry.type === "thread")!;
  const { at } = entries.at(-1)!;
  const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  const asked = { ordinal: 4, name: "Help", args: [] };
  const callee = { ...called.callee, id: "f3" };
  const call = { type: "call", at, frame: "f1", asked, callee };
  const message = { id: "m1", from: "user", fromKlass: "User", to: "1000", text: "x", at };
  const agent = { id: "1001", klass: "A", properties: {}, begins: [] };
  const outcome = { ok: true, value: 1 };
  const effect = { type: "effect", at, frame: "f1", ordinal: 4, asked: { ...asked, name: "Say" }, outcome };
  const wait = { kind: "sleep", until: at };
  const [session, run] = entries;
  const did = (did: unknown) => ({ ...effect, did });
  const inThread = (more: object) => ({ ...thread, frame: { ...thread.frame, id: "f3", ...more } });
  return {
    "a frame that calls itself": {
      ...call,
      asked: { ...asked, ordinal: 9 },
      callee: { ...callee, id: "f1" },
    },
    "a call of a frame that exists": { ...call, callee: { ...callee, id: "f1" } },
    "a call of a frame that has returned": { ...call, callee: { ...callee, id: "f2" } },
    "a call of a frame that is not the next": { ...call, callee: { ...callee, id: "f9" } },
    "a call of __proto__": { ...call, callee: { ...callee, id: "__proto__" } },
    "an ordinal that is not the next": { ...call, asked: { ...asked, ordinal: 9 } },
    "an ordinal that was used": { ...call, asked: { ...asked, ordinal: 1 } },
    "an ordinal that is no number": { ...call, asked: { ...asked, ordinal: "4" } },
    "a call by a frame that has returned": { ...call, frame: "f2" },
    "a call by constructor": { ...call, frame: "constructor" },
    "a call without a callee": { ...call, callee: undefined },
    "a call on an agent that does not exist": { ...call, callee: { ...callee, agent: "9999" } },
    "a call on __proto__": { ...call, callee: { ...callee, agent: "__proto__" } },
    "a call with an unknown source": { ...call, callee: { ...callee, source: "toString" } },
    "a call with an unknown mode": { ...call, callee: { ...callee, mode: "evil" } },
    "a call that creates an agent that exists": { ...call, created: { ...agent, id: "1000" } },
    "a call that creates __proto__": { ...call, created: { ...agent, id: "__proto__" } },
    "a call that creates an agent of an unknown source": { ...call, created: { ...agent, source: "no" } },
    "a thread of an agent that does not exist": inThread({ agent: "9999" }),
    "a thread __proto__": inThread({ id: "__proto__" }),
    "a thread with a frame that exists": inThread({ id: "f1" }),
    "a thread with an unknown source": inThread({ source: "no" }),
    "a thread with an unknown mode": inThread({ mode: "evil" }),
    "a thread of an unknown kind": { ...inThread({}), kind: "evil" },
    "a thread that takes a message that is not there": { ...inThread({}), takes: ["m9"] },
    "a message to __proto__": { type: "message", at, message: { ...message, to: "__proto__" } },
    "a message to an agent that does not exist": { type: "message", at, message: { ...message, to: "9999" } },
    "a message that is not the next": { type: "message", at, message: { ...message, id: "__proto__" } },
    "a return of a frame that does not exist": { type: "return", at, frame: "f99", outcome },
    "a return of __proto__": { type: "return", at, frame: "__proto__", outcome },
    "an agent that exists": { type: "agent", at, agent: { ...agent, id: "1000" } },
    "an agent __proto__": { type: "agent", at, agent: { ...agent, id: "__proto__" } },
    "a result of an effect that is not open": { type: "effect", at, frame: "f1", ordinal: 7, outcome },
    "a result of a call": { type: "effect", at, frame: "f1", ordinal: 2, outcome },
    "an effect with two ordinals": { ...effect, ordinal: 3 },
    "words sent to __proto__": did({ kind: "sent", message: { ...message, to: "__proto__" } }),
    "words sent to an agent that does not exist": did({ kind: "sent", message: { ...message, to: "7" } }),
    "an effect that creates __proto__": did({ kind: "created", agent: { ...agent, id: "__proto__" } }),
    "an effect that takes a message that is not there": did({ kind: "took", messages: ["m9"] }),
    "a start in a frame that does not exist": { type: "start", at, frame: "f9", asked, wait },
    "a start with an ordinal that was used": {
      type: "start",
      at,
      frame: "f1",
      asked: { ...asked, ordinal: 3 },
      wait,
    },
    "a request of a frame that does not exist": { type: "request", at, frame: "f9", text: "x" },
    "a request while code runs": { type: "request", at, frame: "f1", text: "x" },
    "an answer that was not requested": { type: "turn", at, frame: "f1", text: "x", usage, model: "m" },
    "a lost answer of __proto__": { type: "lost", at, frame: "__proto__", usage, model: "m" },
    "an accepted request that was not made": {
      ...{ type: "accepted", at, frame: "f1", id: "i", model: "m", server: "s", request: "r" },
    },
    "a patch of a frame that does not exist": { type: "patch", at, frame: "f9", out: { index: 0 } },
    "an end of a turn of a frame that does not exist": { type: "end-turn", at, frame: "f9" },
    "a redo in a frame that does not exist": { type: "redo", at, frame: "f9", ordinal: 1 },
    "a redo from ordinal 0": { type: "redo", at, frame: "f1", ordinal: 0 },
    "an end by a frame that does not exist": { type: "end", at, status: "failed", frame: "__proto__" },
    "a second beginning": session,
    "a run that moves a frame that does not exist": {
      ...run,
      moves: [{ frame: "__proto__", source: thread.frame.source }],
    },
    "a run that moves a frame to an unknown source": { ...run, moves: [{ frame: "f1", source: "no" }] },
    "a run that keeps an agent that does not exist": {
      ...run,
      stays: [{ agent: "9999", source: thread.frame.source }],
    },
    "a run that keeps an agent on an unknown source": {
      ...run,
      stays: [{ agent: "1000", source: "__proto__" }],
    },
    "a time that is no number": { type: "patch", at: "x", frame: "f1", out: { index: 0 } },
    "a time that no date has": { type: "patch", at: 1e300, frame: "f1", out: { index: 0 } },
  };
}

const stored = { read: () => [], hasSnapshot: () => false };

Deno.test("unfit entry: an entry that does not fit is refused as damage, with a way out that works", async (t) => {
  const entries = await waiting();
  for (const [name, entry] of Object.entries(impossible(entries))) {
    await t.step(name, () => {
      const all = structuredClone([...entries, entry, ...entries.slice(-1)]);
      const error = assertThrows(
        () => restoreState({ ...stored, id: "one", entries: all, position: all.length } as never),
        PlaybooksError,
      );
      assertEquals(error.exitCode, exitCodes.storage, error.message);
      assertStringIncludes(error.message, `entry ${entries.length + 1} is damaged`);
      assertMatch(error.message, new RegExp(`playbooks resume one@${entries.length} --fork$`));
    });
  }
});

Deno.test("unfit entry: the entries that playbooks would write in that place are accepted", async () => {
  const entries = await waiting();
  const called = entries.find((entry) => entry.type === "call")!;
  const { at } = entries.at(-1)!;
  const asked = { ordinal: 4, name: "Help", args: [] };
  const more = [
    { type: "call", at, frame: "f1", asked, callee: { ...called.callee, id: "f3" } },
    {
      type: "message",
      at,
      message: { id: "m1", from: "user", fromKlass: "User", to: "1000", text: "x", at },
    },
    { type: "return", at, frame: "f3", outcome: { ok: true, value: 1 } },
  ];
  const state = foldEntries(undefined, structuredClone([...entries, ...more]));
  assertEquals([state.position, Object.keys(state.frames)], [entries.length + 3, ["f1"]]);
});

Deno.test("unfit entry: a journal whose first entries do not fit names a copy as the way out", async () => {
  const entries = await waiting();
  for (const broken of [entries.slice(1), [entries[0]!, entries[0]!]]) {
    const given = { ...stored, id: "one", entries: structuredClone(broken), position: broken.length };
    const error = assertThrows(() => restoreState(given as never), PlaybooksError);
    assertEquals(error.exitCode, exitCodes.storage);
    assertMatch(error.message, /restore the file from a copy$/);
  }
});
