import { assert, assertEquals } from "@std/assert";
import { decodeEntry, encodeEntry, foldEntries } from "../../src/engine/mod.ts";
import { loadHistories, restoredState, storedState } from "../../src/engine/fold/stored_state.ts";
import { formats } from "../../src/store/format.ts";
import { play, type Played } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# Clerk

## Main
### Triggers
- At the beginning
### Steps
- Work

## Ask($t)
### Steps
- Answer

\`\`\`js
export async function Work(n) {
  for (let i = 0; i < n; i++) {
    state.items = [...(state.items ?? []), i];
    await SaveArtifact("note", "", "n" + i);
    await Say("user", "said " + i);
    if (i % 10 === 0) await Sleep(0.001);
    if (i % 25 === 0) await Ask(i);
    try { await LoadArtifact("none"); } catch {}
  }
  await SaveArtifact(1, 2, { three: 3 });
  const helper = await CreateAgent("Helper");
  await Say(helper, "hello");
  await Promise.all([SaveArtifact("a", "b", "c"), Say("user", "d"), Sleep(0.001)]);
  return state.items.length;
}
\`\`\`

# Helper
`;

const format = formats.checkpoint;

let played: Promise<Played> | undefined;

/** The program, played once for all tests here. */
function playedOnce(): Promise<Played> {
  return played ??= play(program, {
    model: scriptedModel({
      Main: ["Step('01'); const n = await Work(120); await Say('user', 'all ' + n); EndProgram();"],
      Ask: ["Return(t + 1, 'one more');"],
      ProcessMessages: ["Return();"],
    }),
  });
}

Deno.test("encoding: decodeEntry() reverses encodeEntry() and leaves complete entries unchanged", async () => {
  const { entries } = await playedOnce();
  for (const entry of entries) {
    const stored = JSON.parse(JSON.stringify(encodeEntry(entry)));
    assertEquals(decodeEntry(stored), JSON.parse(JSON.stringify(entry)));
    assertEquals(decodeEntry(entry), entry);
  }
});

Deno.test("encoding: an effect that stores a text holds it once", async () => {
  const { entries } = await playedOnce();
  const texts = entries.map((entry) => JSON.stringify(encodeEntry(entry)));
  for (const text of ["n17", "said 17"]) {
    const [holder, more] = texts.filter((json) => json.includes(`"${text}"`));
    assertEquals(more, undefined);
    assertEquals(holder!.split(`"${text}"`).length, 2, holder);
  }
});

Deno.test("history: a checkpoint holds no long history, and a read restores all or a part of it", async () => {
  const entries = (await playedOnce()).entries.map((entry) => JSON.parse(JSON.stringify(encodeEntry(entry))));
  let deferred = 0;
  for (let position = 2; position <= entries.length; position += 7) {
    const state = foldEntries(undefined, entries.slice(0, position));
    const text = JSON.stringify(storedState(state));
    if (text.includes('"deferred"')) {
      deferred++;
      assert(text.length < 30_000, `${text.length} characters at ${position}`);
    }
    const back = restoredState({ state: JSON.parse(text), format }, after);
    loadHistories(back);
    const whole = JSON.parse(JSON.stringify(state));
    assertEquals(JSON.parse(JSON.stringify(back)), whole, `after ${position} entries`);
    for (const { id, running } of Object.values(state.frames)) {
      const ordinals = running?.history.slice(0).map(({ ordinal }) => ordinal) ?? [];
      assert(ordinals.every((each) => running!.history.asked[each]), "a result has its request");
      for (const delivered of [1, 100, 257, 300].filter((count) => count < (running?.history.length ?? 0))) {
        const last = running!.history.at(delivered - 1)!;
        const reads: (number | undefined)[] = [];
        const counted = (place?: { readonly position: number }) => {
          reads.push(place?.position);
          return after(place);
        };
        const part = restoredState({ state: JSON.parse(text), format }, counted).frames[id]!.running!;
        const begun = running!.history.slice(delivered - 1).map((result) => result.begun ?? result.position);
        const open = Object.values(running!.open).map((each) => each.position);
        const place = { position: Math.min(...begun, ...open) - 1, end: 0 };
        part.history.load({ delivered, last: last.position, after: place });
        assertEquals(
          part.history.slice(delivered - 1),
          whole.frames[id].running.history.results.slice(delivered - 1),
        );
        if (text.includes('"deferred"')) assertEquals(reads, [place.position], "only the part is read");
        assertEquals(JSON.parse(JSON.stringify(part)), whole.frames[id].running);
      }
    }
  }
  assert(deferred > 10);

  function* after(place?: { readonly position: number }) {
    for (let at = place?.position ?? 0; at < entries.length; at++) {
      yield { position: at + 1, entry: entries[at] };
    }
  }
});
