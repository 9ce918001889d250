import { assertEquals } from "@std/assert";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# A

## Main
### Triggers
- At the beginning
### Steps
- Begin

## Note($t)
### Steps
- Note it

\`\`\`js
export async function Add(n) {
  state.sum = (state.sum ?? 0) + n;
  await Say("user", "added");
  state.sum = state.sum + n;
}
\`\`\`
`;

const options = {
  model: scriptedModel({
    Main: [`
      await Promise.all([Add(1), Add(2)]);
      await Promise.all([Note(1), Note(2)]);
      await Promise.all([Sleep(1).then(() => Note(3)), Sleep(1).then(() => Note(4))]);
      await Say("user", state.sum + " " + state.log);
      EndProgram();`],
    Note: ["state.log = [...(state.log ?? []), t].sort(); Return();"],
  }),
};

Deno.test("interleave: no thread overwrites variables that another thread wrote between two awaits", async () => {
  const played = await play(program, options);
  assertEquals(played.said.at(-1), "6 1,2,3,4");
});

Deno.test("interleave: a resumed thread sees the same variables in the replay, and changes by other threads after it", async () => {
  const whole = await play(program, options);
  for (let position = 2; position < whole.entries.length; position++) {
    const resumed = await play(program, { ...options, from: whole.entries.slice(0, position) });
    assertEquals(resumed.result, { kind: "completed" }, `resumed at ${position}`);
    assertEquals(
      resumed.state.agents["1000"]?.state,
      whole.state.agents["1000"]?.state,
      `resumed at ${position}`,
    );
  }
});

Deno.test("interleave: turns with released scopes that are replayed leave the same journal", async () => {
  const whole = await play(program, options);
  for (const maxLiveScopes of [0, 1, 2]) {
    const { entries, said } = await play(program, { ...options, maxLiveScopes });
    assertEquals(said, whole.said);
    assertEquals(entries, whole.entries);
  }
});
