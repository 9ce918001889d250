import { assertEquals } from "@std/assert";
import {
  checkpointLines,
  explicitLine,
  foundLine,
  loadingLine,
  noSessionLine,
  rehearsalLine,
  restoredLines,
} from "../../src/cli/lines.ts";
import { resolveConfig } from "../../src/cli/config.ts";
import "../support/local_models.ts";

const session = "e954aad9-0000-7000-8000-000000000000";

Deno.test("the lines about sessions are those that scripts rely on", () => {
  const agents = [{ id: "1000", entries: 10 }, { id: "1001", entries: 5 }];
  const lines = [
    loadingLine(["examples/negotiation.pb"]),
    foundLine(session),
    explicitLine(session),
    noSessionLine(),
    ...checkpointLines(session, 29, agents),
    ...restoredLines(agents, { checkpoint: 29 }),
    ...checkpointLines(session, undefined, agents).slice(0, 1),
    ...restoredLines(agents, { checkpoint: undefined }).slice(-1),
  ];
  assertEquals(
    lines.join("\n"),
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

Deno.test("one line says that there is no model, only when none was chosen", () => {
  const sources = { cwd: "/", environment: {} };
  assertEquals(rehearsalLine(resolveConfig(sources))?.includes("No model is configured"), true);
  assertEquals(rehearsalLine(resolveConfig({ ...sources, model: "rehearsal" })), undefined);
  const file = { path: "/playbooks.toml", text: '[model]\nprovider = "rehearsal"\n' };
  assertEquals(rehearsalLine(resolveConfig({ ...sources, file })), undefined);
});
