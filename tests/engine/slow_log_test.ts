import { assert, assertEquals } from "@std/assert";
import type { Entry, SessionLog } from "../../src/engine/mod.ts";
import { defaultSettings, play } from "../support/harness.ts";

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

/** A log whose appends stay on their way until code has run ahead as far as it may. It counts the texts of each append. */
function farLog(inner: SessionLog, appends: number[], states: number[][]): SessionLog {
  let durable = 0;
  return {
    ...inner,
    append: async (entries) => {
      appends.push(entries.filter(({ type }) => type === "effect").length);
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      await inner.append(entries);
      durable += entries.length;
    },
    checkpoint: (state, { last }) => {
      if (!last) states.push([state.position, durable]);
      return undefined;
    },
  };
}

Deno.test("session: code that says texts runs ahead of a slow append, a few texts at most", async () => {
  const loop = program.replace(
    /await Say\("user", "one"\);[^}]*\]\);/,
    `
  for (let count = 0; count < 200; count++) await Say("user", "text " + count);`,
  );
  const appends: number[] = [];
  const states: number[][] = [];
  const plain = await play(loop);
  const ahead = await play(loop, { log: (inner) => farLog(inner, appends, states) });
  assertEquals(ahead.said, plain.said);
  assertEquals(ahead.said.length, 200);
  assertEquals(ahead.entries.map(({ type }) => type), plain.entries.map(({ type }) => type));
  assertEquals(Math.max(...appends), 3, "the texts that a kill may show once more");
  assert(appends.length < 100, `${appends.length} appends`);
  assert(states.length > 5, "long runs of texts leave room for checkpoints");
  const start = states[0]![0]! - states[0]![1]!;
  for (const [position, durable] of states) assertEquals(position, durable! + start, "a state is durable");
});

Deno.test("session: code gets a result from outside only after it is durable, also while an append is on its way", async () => {
  const mixed = program.replace(
    /await Say\("user", "one"\);[^}]*\]\);/,
    `
  const both = await Promise.all([Say("user", "before"), fetch("https://x.test/").then((each) => each.text())]);
  await Say("user", both[1]);`,
  );
  const appends: number[] = [];
  const settings = {
    ...defaultSettings,
    permissions: { ...defaultSettings.permissions, net: ["x.test"] },
  };
  const options = {
    settings,
    lookup: () => Promise.resolve(["93.184.216.34"]),
    fetch: () => Promise.resolve(new Response("from outside")),
  };
  const plain = await play(mixed, options);
  const ahead = await play(mixed, { ...options, log: (inner) => farLog(inner, appends, []) });
  assertEquals(plain.said, ["before", "from outside"]);
  assertEquals(ahead.said, plain.said);
  assertEquals(ahead.entries.map(({ type }) => type), plain.entries.map(({ type }) => type));
});
