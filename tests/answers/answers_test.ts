import { assertEquals } from "@std/assert";
import { dialects } from "../model/asking.ts";
import { corpusFiles, hasCorpus, programText, recordings } from "./programs.ts";
import type { Recording } from "./recording.ts";
import { stage, type Staging, variablesOf } from "./stage.ts";

Deno.test(`answers: each program has at least three recordings${hasCorpus() ? "" : " (only the examples: no corpus here)"}`, () => {
  const counts = Object.values(Object.groupBy(recordings(), ({ program }) => program)).map((each) =>
    each!.length
  );
  assertEquals(counts.length, hasCorpus() ? 16 : 6);
  assertEquals(Math.min(...counts), 3);
});

for (const recording of recordings()) {
  const text = programText(recording.program);
  Deno.test(`${recording.name}: ${recording.voice}`, async (t) => {
    for (const dialect of dialects) {
      for (const stream of [true, false]) {
        await t.step(`${dialect.provider}${stream ? "" : ", not streaming"}`, async () => {
          await check(text, recording, { dialect, stream, files: corpusFiles });
        });
      }
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
