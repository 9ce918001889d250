import { assertEquals } from "@std/assert";
import { printFact } from "../../src/frontends/mod.ts";
import type { RunFact } from "../../src/session/mod.ts";
import { modelFact } from "../../src/cli/model_words.ts";
import { resolveConfig } from "../../src/cli/config.ts";
import "../support/local_models.ts";

const session = "e954aad9-0000-7000-8000-000000000000";

function linesOf(...facts: readonly RunFact[]) {
  return linesFor({ canDecide: false }, facts);
}

function linesFor(
  { canDecide }: { readonly canDecide: boolean },
  facts: readonly RunFact[],
): { readonly notes: string[]; readonly all: string[] } {
  const notes: string[] = [];
  const all: string[] = [];
  const note = (line: string) => {
    notes.push(line);
    all.push(line);
  };
  for (const fact of facts) printFact({ note, tell: (line) => void all.push(line), canDecide }, fact);
  return { notes, all };
}

Deno.test("frontends: the lines about sessions are those that scripts rely on", () => {
  const agents = [{ id: "1000", entries: 10 }, { id: "1001", entries: 5 }];
  const spent = { answers: 0, tokens: 0, costUsd: 0 };
  const { all } = linesOf(
    { type: "loading", paths: ["examples/negotiation.pb"] },
    { type: "found", session, isExplicit: false },
    { type: "found", session, isExplicit: true },
    { type: "no-session", notices: [], isMessageGiven: false },
    { type: "restoring", session, checkpoint: 29, agents },
    { type: "restored", checkpoint: 29, agents, spent, questions: [] },
  );
  const journal = linesOf(
    { type: "restoring", session, checkpoint: undefined, agents },
    { type: "restored", checkpoint: undefined, agents, spent, questions: [] },
  ).all;
  assertEquals(
    [...all, journal[0], journal.at(-1)].join("\n"),
    `ℹ Loading playbooks from: ['examples/negotiation.pb']
📂 Found previous session: ${session}
📂 Resuming explicit session: ${session}
⚠️  No previous session found for these playbooks
🔄 Found program checkpoint: ${session}_program_ckpt_29
   Session: ${session}
   Agents to restore: ['1000', '1001']
✅ Agent 1000 restored from 1000_ckpt_10
✅ Agent 1001 restored from 1001_ckpt_5
✅ Program restored successfully
   All agents resumed from checkpoint
🔄 No checkpoint: read from the journal
   All agents resumed from the journal`,
  );
});

Deno.test("frontends: a long error is cut, and the place of the rest is named", () => {
  const reason = "x".repeat(1e6);
  const { all } = linesOf({ type: "ended", result: { kind: "failed", reason }, session, position: 3 });
  assertEquals(all[0]!.length < 5000, true);
  assertEquals(
    all[0]!.endsWith(`… (1000000 characters; playbooks sessions dump ${session} --json shows them all)`),
    true,
  );
});

Deno.test("frontends: --quiet hides a session's progress, but no warnings or recovery hints", () => {
  const { notes, all } = linesOf(
    { type: "loading", paths: ["a.pb"] },
    { type: "warning", text: "careful" },
    { type: "ended", result: { kind: "waiting", for: ["user"] }, session, position: 3 },
  );
  assertEquals(notes, ["ℹ Loading playbooks from: ['a.pb']"]);
  assertEquals(all.slice(1), [
    "⚠️  careful",
    "⏸️  Waiting for user; no person can be asked here",
    `   Session: ${session}`,
    `   Answer with: playbooks resume ${session} --message TEXT`,
  ]);
});

Deno.test("frontends: one line reports the missing model only if none was chosen", () => {
  const sources = { cwd: "/", environment: {} };
  assertEquals(modelFact(resolveConfig(sources)), { type: "rehearsal" });
  assertEquals(modelFact(resolveConfig({ ...sources, model: "rehearsal" }))?.type, "model");
  const file = { path: "/playbooks.toml", text: '[model]\nprovider = "rehearsal"\n' };
  assertEquals(modelFact(resolveConfig({ ...sources, file }))?.type, "model");
});

Deno.test("frontends: a person at a terminal who suspends a session reads how to go on", () => {
  const fact: RunFact = { type: "ended", result: { kind: "waiting", for: ["user"] }, session, position: 9 };
  assertEquals(linesFor({ canDecide: true }, [fact]).all, [
    "⏸️  Suspended while it waits for user; nothing is lost",
    `   Session: ${session}`,
    `   Resume with: playbooks resume ${session}`,
  ]);
});
