import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { foldEntries, Programs, type State } from "../../src/engine/mod.ts";
import { applyEntry } from "../../src/engine/fold/apply.ts";
import { chainOf, type Frame, initialState } from "../../src/engine/fold/state.ts";
import { Definitions } from "../../src/engine/definitions.ts";
import { loadHistories, restoredState } from "../../src/engine/fold/stored_state.ts";
import { upcastEntry } from "../../src/engine/fold/upcast.ts";
import { condense } from "../../src/engine/fold/condense_0_2.ts";
import { nextRequest } from "../../src/prompt/prompt.ts";
import { journalMeaning, releaseJournals, storedJournal, storedStates } from "../support/release_journals.ts";

/** The definition that a request's frame runs. */
async function definitionFor(state: State, programs: Programs, id: string) {
  await programs.add(Object.values(state.sources));
  const frame = state.frames[id]!;
  const [agentClass, playbook] = new Definitions(state, programs).definitionOf(frame);
  return { frame, agentClass, playbook, program: programs.get(frame.source) };
}

/** The messages of a frame's request as 0.1 and 0.2 sent them: they condensed all messages of the callers together. */
function messagesThen(state: State, frame: Frame) {
  if (frame.mode === "raw") return frame.transcript;
  const messages = chainOf(state, frame).flatMap(({ transcript }) => transcript);
  return condense(messages, state.settings.limits.contextTokens);
}

/** Folds a journal, and returns its present meaning. */
function meaningNow(journal: readonly unknown[]) {
  const state = initialState();
  const [said, calls, prompts]: [string[], string[], string[]] = [[], [], []];
  const results: unknown[] = [];
  for (const stored of journal) {
    const entry = upcastEntry(stored, state);
    applyEntry(state, entry);
    if (entry.type === "effect" && entry.did?.kind === "said") said.push(entry.did.text);
    if (entry.type === "call") {
      calls.push(`${entry.frame} ${entry.callee.playbook} ${JSON.stringify(entry.callee.args)}`);
    }
    if (entry.type === "return") results.push(entry.outcome);
    if (entry.type !== "request") continue;
    const messages = messagesThen(state, state.frames[entry.frame]!);
    prompts.push(createHash("sha256").update(JSON.stringify(messages)).digest("hex").slice(0, 16));
  }
  const agents = Object.fromEntries(
    Object.values(state.agents).map((agent) => [agent.id, {
      variables: agent.state,
      artifacts: Object.keys(agent.artifacts).sort(),
    }]),
  );
  return { status: state.end?.status ?? null, said, calls, results, prompts, agents };
}

function firstLine(text: string): string {
  return text.split("\n")[0]!;
}

for (const name of releaseJournals()) {
  Deno.test(`fold: the journal ${name} has the words, calls, results and prompts of its release`, () => {
    const journal = structuredClone(storedJournal(name));
    assertEquals(meaningNow(journal), { ...journalMeaning(name) });
  });

  Deno.test(`upcast: a session of ${name}, resumed before any request, counts repeats as its release did`, async () => {
    const state = initialState();
    const programs = new Programs();
    for (const stored of structuredClone(storedJournal(name))) {
      const entry = upcastEntry(stored, state);
      if (entry.type === "request") {
        const { frame, ...definition } = await definitionFor(state, programs, entry.frame);
        const before = JSON.stringify(state);
        const made = nextRequest(state, frame, definition);
        assertEquals(JSON.stringify(state), before, "making a request changes no state");
        assertEquals(made.repeats, entry.repeats, `entry ${state.position + 1}`);
        assertEquals(firstLine(made.text), firstLine(entry.text), `entry ${state.position + 1}`);
      }
      applyEntry(state, entry);
    }
  });

  for (const checkpoint of storedStates(name)) {
    const { position, format } = checkpoint;
    Deno.test(`upcast: a checkpoint of format ${format} of ${name}@${position} leads to the same requests`, async () => {
      const journal = structuredClone(storedJournal(name));
      const folded = foldEntries(undefined, journal.slice(0, position));
      const restored = restoredState(
        checkpoint,
        () => journal.map((entry, index) => ({ position: index + 1, entry })),
      );
      const programs = new Programs();
      let requests = 0;
      for (const stored of journal.slice(position)) {
        const entry = upcastEntry(structuredClone(stored), folded);
        if (entry.type === "request") {
          const { frame, ...definition } = await definitionFor(restored, programs, entry.frame);
          const made = nextRequest(restored, frame, definition);
          const whole = nextRequest(folded, folded.frames[entry.frame]!, definition);
          assertEquals(made.repeats, entry.repeats, `entry ${folded.position + 1}`);
          // A checkpoint of 0.2 has the lines about the last turn in its own words, and shows all variables at first.
          if (frame.endedTurn?.lines === undefined && frame.askedAt === folded.frames[entry.frame]!.askedAt) {
            assertEquals(made, whole, `entry ${folded.position + 1}`);
            requests++;
          }
        }
        applyEntry(folded, structuredClone(entry));
        applyEntry(restored, entry);
      }
      assert(requests > 0);
      assertEquals(restored.agents, folded.agents);
      loadHistories(restored);
      assertEquals(JSON.parse(JSON.stringify(restored.frames)), JSON.parse(JSON.stringify(folded.frames)));
    });
  }
}
