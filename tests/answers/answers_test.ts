// @ts-types="#types/assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Dialect } from "../support/dialect.ts";
import { dialects } from "../model/asking.ts";
import { corpusFiles, programText, recordings } from "./programs.ts";
import type { Recording } from "./recording.ts";
import { stage, type Staging, variablesOf } from "./stage.ts";

/** All four protocols, streaming and not, for each recording; else each protocol once, in turns streaming and not. */
const thorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

for (const [index, recording] of recordings().entries()) {
  const text = programText(recording.program);
  Deno.test(`${recording.name}: ${recording.voice}`, async (t) => {
    for (const { dialect, stream } of stagings(index)) {
      await t.step(`${dialect.provider}${stream ? "" : ", not streaming"}`, async () => {
        await check(text, recording, { dialect, stream, files: corpusFiles });
      });
    }
  });
}

async function check(text: string, recording: Recording, staging: Staging): Promise<void> {
  const { result, said, events, state, unused } = await stage(text, recording, staging);
  assertEquals(result, { kind: "completed" });
  assertEquals(said, recording.said);
  assertEquals(unused, [], "each answer was asked for");
  assertEquals(events.filter(({ type }) => type === "repair").length, recording.repairs, "repairs");
  for (const [agent, expected] of Object.entries(recording.state)) {
    const variables = variablesOf(state, agent);
    const named = Object.fromEntries(Object.keys(expected).map((name) => [name, variables[name]]));
    assertEquals(named, expected, `variables of agent ${agent}`);
  }
}

function stagings(index: number): { readonly dialect: Dialect; readonly stream: boolean }[] {
  return dialects.flatMap((dialect, place) =>
    thorough
      ? [{ dialect, stream: true }, { dialect, stream: false }]
      : [{ dialect, stream: (index + place) % 2 === 0 }]
  );
}
