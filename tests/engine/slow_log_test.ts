import { assert, assertEquals } from "@std/assert";
import type { Entry, SessionLog } from "../../src/engine/mod.ts";
import { play } from "../support/harness.ts";

const program = `# Slow

\`\`\`js
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "one");
  await SaveArtifact("a", "", "kept");
  await Say("user", "two");
  return await Promise.all([Say("user", "three"), Sleep(1)]);
}
\`\`\`
`;

/** A log that needs some turns of the event loop for each operation, like a log over a network. */
function slow(inner: SessionLog, onDurable: (entries: readonly Entry[]) => void): SessionLog {
  let running = 0;
  const later = async <T>(action: () => T | Promise<T>): Promise<T> => {
    assertEquals(running++, 0, "one thing at a time");
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    running--;
    return action();
  };
  return {
    ...inner,
    append: (entries) => later(() => (inner.append(entries), onDurable(entries))),
    flush: () => later(() => inner.flush()),
    checkpoint: () => later(() => undefined),
    markShown: (position) => later(() => inner.markShown(position)),
  };
}

Deno.test("session: a slow log gives the same entries, and no word appears before its entry is durable", async () => {
  const plain = await play(program);
  const said: string[] = [];
  const shown = await play(program, {
    log: (inner) =>
      slow(inner, (entries) => {
        for (const entry of entries) {
          if (entry.type === "effect" && entry.did?.kind === "said") said.push(entry.did.text);
        }
      }),
    onShow: (text) => assert(said.includes(text), `${text} is shown before it is durable`),
  });
  assertEquals(shown.said, plain.said);
  assertEquals(shown.result, plain.result);
  assertEquals(shown.entries.map(({ type }) => type), plain.entries.map(({ type }) => type));
});
