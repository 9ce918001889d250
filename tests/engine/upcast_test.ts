import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UnknownEntryError } from "../../src/engine/fold/upcast.ts";
import { type Entry, foldEntries } from "../../src/engine/mod.ts";
import { decodeEntry } from "../../src/engine/fold/encoding.ts";
import { storedJournal } from "../support/release_journals.ts";
import { play } from "../support/harness.ts";

/** The same small program, run by each release. */
const releases = ["0.1.0", "0.2.0"];

/** Words to persons, calls, and results of calls: the meaning of a journal for every version. */
function meaningOf(entries: readonly Entry[]) {
  const said: string[] = [];
  const calls: string[] = [];
  const results: unknown[] = [];
  for (const entry of entries) {
    if (entry.type === "effect" && entry.did?.kind === "said") said.push(entry.did.text);
    if (entry.type === "call") {
      calls.push(`${entry.frame} ${entry.callee.playbook} ${JSON.stringify(entry.callee.args)}`);
    }
    if (entry.type === "return") results.push(entry.outcome);
  }
  return { said, calls, results };
}

const said = [
  "hello — 你好",
  "asked for lamp",
  "total 29",
  "caught as it must (small.pb:28)",
  "Tell the user good day",
  "[Worker has not answered in 0 seconds]",
];

for (const name of releases) {
  Deno.test(`upcast: the journal of ${name} keeps its meaning`, () => {
    const journal = storedJournal(name);
    const meaning = meaningOf(journal.map((entry) => decodeEntry(entry)));
    assertEquals(meaning.said, said);
    assertEquals(meaning.calls.slice(0, 4).map((call) => call.slice(call.indexOf(" ") + 1)), [
      'Twice {"n":4}',
      'Price {"item":"lamp"}',
      "Fails {}",
      'Greet {"name":"Ada"}',
    ]);
    assertEquals(meaning.results.slice(0, 3), [
      { ok: true, value: 8 },
      { ok: true, value: 21 },
      { ok: false, error: { name: "Error", message: "as it must (small.pb:28)" } },
    ]);
    const state = foldEntries(undefined, structuredClone(journal));
    assertEquals([state.position, state.end?.status], [journal.length, "completed"]);
    const [host] = Object.values(state.agents);
    assertEquals([host?.state["total"], host?.artifacts["notes"]?.content], [29, "one 8, two 21"]);
  });

  Deno.test(`upcast: a session of ${name} continues from each of its entries`, async () => {
    const journal = storedJournal(name);
    const entries = journal.map((entry) => decodeEntry(structuredClone(entry)));
    const first = entries[0]!;
    assert(first.type === "session");
    const text = first.source.files[0]!.text;
    const answered = entries.findIndex((entry) =>
      entry.type === "turn" && entry.text.includes(rehearsed.then)
    );
    assert(answered > 2);
    for (let end = 2; end < entries.length; end++) {
      const expected = said.map((words) =>
        words === rehearsed.then && end <= answered ? rehearsed.now : words
      );
      const resumed = await play(text, { from: entries.slice(0, end) });
      assertEquals(resumed.result, { kind: "completed" }, `after entry ${end}`);
      const words = meaningOf(resumed.entries).said.map((word) =>
        word.replace(/ \(.*:28\)$/, " (small.pb:28)")
      );
      // The last words hold the length of the wait, and the test's clock changes that length.
      assertEquals(words.slice(0, -1), expected.slice(0, -1), `after entry ${end}`);
    }
  });
}

/** What the rehearsal said for one step at these versions, and what it says for the same step now. */
const rehearsed = { then: "Tell the user good day", now: "Good day!" };

/** Changes to a stored entry that a newer version might make. */
const changes:
  readonly (readonly [string, string, (entry: Record<string, unknown>) => Record<string, unknown>])[] = [
    ["an unknown kind of entry", "effect", (entry) => ({ ...entry, type: "meeting" })],
    ["an entry without a kind", "effect", ({ type: _, ...entry }) => entry],
    ["a field of an entry", "return", (entry) => ({ ...entry, cost: 3 })],
    ["a field of a run", "run", (entry) => ({ ...entry, policy: "x" })],
    ["a kind of deed", "effect", (entry) => ({ ...entry, did: { kind: "hired", agent: "100" } })],
    [
      "a field of a deed",
      "effect",
      (entry) => ({ ...entry, did: { kind: "took", messages: [], all: true } }),
    ],
    ["a kind of wait", "start", (entry) => ({ ...entry, wait: { kind: "task", handle: "t1" } })],
    ["a field of a wait", "start", (entry) => ({ ...entry, wait: { kind: "sleep", until: 1, again: true } })],
    [
      "a field of an agent",
      "agent",
      (entry) => ({ ...entry, agent: { ...entry["agent"] as object, home: "x" } }),
    ],
    [
      "a field of a frame",
      "thread",
      (entry) => ({ ...entry, frame: { ...entry["frame"] as object, budget: 1 } }),
    ],
    [
      "a field of a callee",
      "call",
      (entry) => ({ ...entry, callee: { ...entry["callee"] as object, budget: 1 } }),
    ],
    [
      "a field of what was asked",
      "call",
      (entry) => ({ ...entry, asked: { ...entry["asked"] as object, by: 1 } }),
    ],
    ["a field of what code did", "effect", (entry) => ({ ...entry, out: { index: 0, spent: 1 } })],
  ];

for (const [what, type, change] of changes) {
  Deno.test(`upcast: ${what} that this version does not know is refused, and is not an internal error`, () => {
    const journal = [...storedJournal("0.2.0")];
    const at = journal.findIndex((entry) => entry["type"] === type);
    journal[at] = change(journal[at]!);
    const error = assertThrows(() => foldEntries(undefined, structuredClone(journal)), UnknownEntryError);
    assertEquals(error.exitCode, 6);
    assertStringIncludes(error.message, `Entry ${at + 1} of the journal of session "`);
    assertStringIncludes(error.message, "install the newer version");
  });
}

Deno.test("upcast: the refusal names the version that wrote the entry", () => {
  const journal = storedJournal("0.2.0").map((entry) =>
    entry["type"] === "run" ? { ...entry, playbooks: "0.4.1" } : entry
  );
  const strange = [...journal.slice(0, 5), { type: "party", at: 1 }];
  assertThrows(() => foldEntries(undefined, strange), UnknownEntryError, "written by playbooks 0.4.1");
});
