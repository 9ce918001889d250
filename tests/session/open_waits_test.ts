import { assert, assertEquals } from "@std/assert";
import { decodeEntry, encodeEntry, type State } from "../../src/engine/mod.ts";
import { applyEntry } from "../../src/engine/fold/apply.ts";
import { initialState } from "../../src/engine/fold/state.ts";
import { upcastEntry } from "../../src/engine/fold/upcast.ts";
import { OpenWaits } from "../../src/session/open_waits.ts";
import { play } from "../support/harness.ts";
import { releaseJournals, storedJournal } from "../support/release_journals.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** The claim in terms of the state: each call on the stack runs code, and all effects of the code are waits. */
function onlyWaitsIn({ frames }: State): boolean {
  const calls = Object.values(frames).map(({ running }) => Object.values(running?.open ?? {}));
  return calls.length > 0 &&
    calls.every((open) => open.length > 0 && open.every(({ kind }) => kind !== "outside"));
}

/** Compares at each entry, from the first one and from each state. Returns the numbers of entries with each answer. */
function compareAtEachEntry(journal: readonly unknown[]): { readonly waits: number; readonly works: number } {
  const state = initialState();
  const fromStart = new OpenWaits();
  let [before, waits] = [new OpenWaits(), 0];
  for (const [index, stored] of structuredClone(journal).entries()) {
    const entry = upcastEntry(stored, state);
    applyEntry(state, entry);
    for (const each of [fromStart, before]) {
      each.take(decodeEntry(journal[index]));
      assertEquals(each.onlyWaits, onlyWaitsIn(state), `entry ${index + 1}, ${entry.type}`);
    }
    before = new OpenWaits(state);
    if (fromStart.onlyWaits) waits++;
  }
  return { waits, works: journal.length - waits };
}

Deno.test("open waits: in the journals of all releases, they agree with the state at each entry", () => {
  const counts = releaseJournals().map((name) => compareAtEachEntry(storedJournal(name)));
  assert(counts.some(({ waits }) => waits > 0) && counts.every(({ works }) => works > 0));
});

const program = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Work

\`\`\`js
export async function Work() {
  await Promise.all([Inner(), Sleep(0.001)]);
  await fetch("data:,x");
}
export async function Inner() {
  await Sleep(0.002);
  await Yield("user");
}
\`\`\`
`;

Deno.test("open waits: waits in calls, waits beside each other and outside effects agree with the state", async () => {
  const { entries } = await play(program, {
    model: scriptedModel({ Main: ["Step('01'); await Work(); EndProgram();"] }),
    replies: ["on"],
  });
  const { waits } = compareAtEachEntry(
    entries.map((entry) => JSON.parse(JSON.stringify(encodeEntry(entry)))),
  );
  assert(waits >= 3, `${waits} entries with waits alone`);
});

Deno.test("open waits: edited code that asks anew waits no longer for the calls of before", () => {
  const call = (frame: string, callee: string) => ({
    type: "call",
    frame,
    asked: { ordinal: 1 },
    callee: { id: callee },
  });
  const sleep = (frame: string, ordinal: number) => ({
    type: "start",
    frame,
    asked: { ordinal },
    wait: { kind: "sleep" },
  });
  const entries = [
    { type: "thread", frame: { id: "f1" } },
    call("f1", "f2"),
    call("f2", "f3"),
    { type: "redo", frame: "f1", ordinal: 1 },
    sleep("f1", 1),
  ];
  const waits = new OpenWaits();
  const answers = entries.map((entry) => (waits.take(entry as never), waits.onlyWaits));
  assertEquals(answers, [false, false, false, false, true]);
});
