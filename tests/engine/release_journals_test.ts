import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { foldEntries, Programs, type State } from "../../src/engine/mod.ts";
import { applyEntry } from "../../src/engine/fold/apply.ts";
import { initialState } from "../../src/engine/fold/state.ts";
import { Definitions } from "../../src/engine/definitions.ts";
import { loadHistories, restoredState } from "../../src/engine/fold/stored_state.ts";
import { upcastEntry } from "../../src/engine/fold/upcast.ts";
import { buildRequest, nextRequest } from "../../src/prompt/prompt.ts";
import { journalMeaning, releaseJournals, storedJournal, storedStates } from "../support/release_journals.ts";

/** The definition that a request's frame runs. */
async function definitionFor(state: State, programs: Programs, id: string) {
  await programs.add(Object.values(state.sources));
  const frame = state.frames[id]!;
  const [agentClass, playbook] = new Definitions(state, programs).definitionOf(frame);
  return { frame, agentClass, playbook, program: programs.get(frame.source) };
}

/** Folds a journal, and returns its present meaning. */
async function meaningNow(journal: readonly unknown[]) {
  const state = initialState();
  const programs = new Programs();
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
    const { frame, program, agentClass } = await definitionFor(state, programs, entry.frame);
    const { messages } = buildRequest(state, frame, program, agentClass);
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

/** The fields of a request entry that are computed when the request is made. */
function madeFields({ text, transcript, artifacts, repeats }: ReturnType<typeof nextRequest>) {
  return { text, transcript, artifacts, repeats };
}

for (const name of releaseJournals()) {
  Deno.test(`fold: the journal ${name} has the words, calls, results and prompts of its release`, async () => {
    const journal = structuredClone(storedJournal(name));
    assertEquals(await meaningNow(journal), { ...journalMeaning(name) });
  });

  Deno.test(`upcast: a session of ${name}, resumed before any request, makes the request of its release`, async () => {
    const state = initialState();
    const programs = new Programs();
    for (const stored of structuredClone(storedJournal(name))) {
      const entry = upcastEntry(stored, state);
      if (entry.type === "request") {
        const { frame, agentClass, playbook } = await definitionFor(state, programs, entry.frame);
        const before = JSON.stringify(state);
        const made = nextRequest(state, frame, playbook, agentClass);
        assertEquals(JSON.stringify(state), before, "making a request changes no state");
        assertEquals(madeFields(made), madeFields(entry), `entry ${state.position + 1}`);
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
          const { frame, agentClass, playbook } = await definitionFor(restored, programs, entry.frame);
          const made = nextRequest(restored, frame, playbook, agentClass);
          const known = requests++ === 0 ? { artifacts: undefined } : {};
          // 0.2 made the artifacts when the turn ended: its checkpoint has them.
          assertEquals(
            { ...madeFields(made), ...known },
            { ...madeFields(entry), ...known },
            `entry ${folded.position + 1}`,
          );
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
