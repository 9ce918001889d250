// @ts-types="#types/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { foldEntries, packEntry, unpackEntry } from "../../src/runtime/mod.ts";
import { packLedgers, unpackLedgers } from "../../src/runtime/ledger.ts";
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

Deno.test("unpackEntry() undoes packEntry(), and leaves whole entries as they are", async () => {
  const { entries } = await playedOnce();
  for (const entry of entries) {
    const stored = JSON.parse(JSON.stringify(packEntry(entry)));
    assertEquals(unpackEntry(stored), JSON.parse(JSON.stringify(entry)));
    assertEquals(unpackEntry(entry), entry);
  }
});

Deno.test("packed, an effect that keeps a text holds it once", async () => {
  const { entries } = await playedOnce();
  const texts = entries.map((entry) => JSON.stringify(packEntry(entry)));
  for (const text of ["n17", "said 17"]) {
    const [holder, more] = texts.filter((json) => json.includes(`"${text}"`));
    assertEquals(more, undefined);
    assertEquals(holder!.split(`"${text}"`).length, 2, holder);
  }
});

Deno.test("a long ledger in a checkpoint is told by position, and comes back as it was", async () => {
  const entries = (await playedOnce()).entries.map((entry) => JSON.parse(JSON.stringify(packEntry(entry))));
  let told = 0;
  for (let position = 2; position <= entries.length; position += 7) {
    const state = foldEntries(undefined, entries.slice(0, position));
    const text = JSON.stringify(packLedgers(state));
    if (text.includes('"ledger"')) {
      told++;
      assert(text.length < 30_000, `${text.length} characters at ${position}`);
    }
    const back = unpackLedgers(JSON.parse(text), function* (spans) {
      for (const [first, last] of spans) {
        for (let at = first; at <= last; at++) yield { position: at, entry: entries[at - 1] };
      }
    });
    assertEquals(back, JSON.parse(JSON.stringify(state)), `after ${position} entries`);
  }
  assert(told > 10);
});
