import { assert, assertEquals } from "@std/assert";
import {
  readStoryTail,
  type RowKind,
  rowKinds,
  SessionHandle,
  type StoryItem,
} from "../../src/session/mod.ts";
import { StoryIndex } from "../../src/session/story_index.ts";
import { EventReader } from "../../src/session/event_reader.ts";
import { type EntryPlace, FileStore, type SessionFile } from "../../src/store/mod.ts";
import { storeLongSession } from "../support/long_session.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

const shop = `# Shop
\`\`\`ts
export async function Price(name: string) {
  state.asked = (state.asked ?? 0) + 1;
  if (name === "none") throw new Error("There is no price");
  return 5;
}
/** @trigger At the beginning */
export async function Begin() {
  state.total = await Price("tea");
  try { await Price("none"); } catch { state.failed = true; }
  await Say("user", "What else?");
  state.answer = await Yield("user");
  await Sleep(0);
  await Say("user", "That was " + state.answer);
}
\`\`\`
`;

function storeIn(folder: TestFolder): FileStore {
  return new FileStore(`${folder.path}/.checkpoints`, { nowMs: Date.now });
}

async function waitingShop(folder: TestFolder): Promise<{ readonly store: FileStore; readonly id: string }> {
  assertEquals((await folder.run(["run", "shop.pb"])).code, 75);
  const store = storeIn(folder);
  return { store, id: store.list()[0]!.id };
}

async function readIndex(store: FileStore, id: string): Promise<StoryIndex> {
  const index = new StoryIndex(store, id, { maxCharacters: 1000 });
  await index.refresh();
  return index;
}

function kindsOf(index: StoryIndex): RowKind[] {
  return index.outline().kinds.map((kind) => rowKinds[kind]!);
}

Deno.test("story index: its rows are the items of the story, also when they are read in two parts", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const { store, id } = await waitingShop(folder);
  const index = await readIndex(store, id);
  const before = index.rows;
  assertEquals((await folder.run(["resume", "--message", "milk", "--non-interactive"])).code, 0);
  await index.refresh();
  const story = await Array.fromAsync(new SessionHandle(store, id).story({ maxCharacters: 1000 }));
  const rows = index.items({ from: 0, limit: Infinity });
  assertEquals(rows.map(({ row: _, ...item }) => item), story);
  assertEquals(rows.map(({ row }) => row), story.map((_, row) => row));
  assert(before < index.rows);
  assertEquals(index.position, story.at(-1)!.position);
  assertEquals((await readIndex(store, id)).outline(), index.outline());
});

Deno.test("story index: two parts of an outline make the whole one", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const { store, id } = await waitingShop(folder);
  const index = await readIndex(store, id);
  const whole = index.outline();
  for (let from = 1; from < index.rows; from++) {
    const part = index.outline(from);
    assertEquals(part.kinds, whole.kinds.slice(from));
    assertEquals(part.ms, whole.ms.slice(from));
    assertEquals(part.entries, whole.entries.slice(from));
    const sum = whole.entries.slice(0, from).reduce((total, each) => total + each, 0);
    assertEquals(part.fromPosition, sum);
    assertEquals(part.frames, whole.frames.slice(part.fromFrame));
    assert(part.calls.every((call) => call < part.fromFrame + part.frames.length));
  }
});

Deno.test("story index: rows of waits and calls lead back to the rows that began them", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const { store, id } = await waitingShop(folder);
  await folder.run(["resume", "--message", "milk", "--non-interactive"]);
  const index = await readIndex(store, id);
  const rows = index.items({ from: 0, limit: Infinity });
  const ended = index.outline().spans.flatMap((back, row) =>
    back === 0 ? [] : [[rows[row - back]!, rows[row]!]]
  );
  assertEquals(
    ended.map(([begun, end]) => `${begun!.type} ${end!.type}`),
    ["call return", "call return", "start effect", "start effect", "call return"],
  );
  for (const [begun, end] of ended) assertEquals(begun!.frame?.id, end!.frame?.id);
});

Deno.test("story index: a person's words, a run after a wait and a failed call have kinds of their own", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const { store, id } = await waitingShop(folder);
  await folder.run(["resume", "--message", "milk", "--non-interactive"]);
  const index = await readIndex(store, id);
  const kinds = kindsOf(index);
  // The session only waited: its resume is one more run, and no stop.
  for (const [kind, count] of [["heard", 1], ["run", 2], ["resumed", 0], ["return-failed", 1]] as const) {
    assertEquals(kinds.filter((each) => each === kind).length, count, kind);
  }
  const words = index.items({ from: 0, limit: 2, kinds: new Set(["words", "heard"]) });
  assertEquals(words.map((item) => item.type === "words" ? item.text : ""), ["What else?", "milk"]);
  const later = index.items({ from: words[1]!.row + 1, limit: 9, kinds: new Set(["words", "heard"]) });
  assertEquals(later.map((item) => item.type === "words" ? item.text : ""), ["That was milk"]);
});

Deno.test("story index: a process that died at work, and a program edited during a wait, have kinds of their own", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  await folder.run(["run", "shop.pb"], { crashAt: 6 });
  await folder.run(["resume", "--non-interactive"]);
  await folder.write("shop.pb", shop.replace("That was", "This was"));
  await folder.run(["resume", "--message", "milk", "--non-interactive"]);
  const store = storeIn(folder);
  const kinds = kindsOf(await readIndex(store, store.list()[0]!.id));
  assertEquals(kinds.filter((kind) => ["run", "resumed", "edit"].includes(kind)), ["run", "resumed", "edit"]);
});

Deno.test("story index: it has the writes of a variable, the newest ones if there are many", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const { store, id } = await waitingShop(folder);
  const index = await readIndex(store, id);
  const { writes, leftOut } = index.writes("1000", "asked", 10);
  assertEquals([writes.map(({ value }) => value), leftOut], [["1", "2"], 0]);
  assertEquals(index.writes("1000", "asked", 1).writes.map(({ value }) => value), ["2"]);
  assertEquals(index.writes("1000", "asked", 1).leftOut, 1);
  assertEquals(index.writes("1000", "no such", 1).writes, []);
});

Deno.test("story index: a session that was rewound is read anew", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const { store, id } = await waitingShop(folder);
  await folder.run(["resume", "--message", "milk", "--non-interactive"]);
  const index = await readIndex(store, id);
  const { position } = index.items({ from: 0, limit: 99, kinds: new Set(["start"]) })[0]!;
  assertEquals((await folder.run(["sessions", "rewind", `${id}@${position}`, "--yes"])).code, 0);
  assertEquals((await folder.run(["resume", id, "--message", "beer", "--non-interactive"])).code, 0);
  await index.refresh();
  const story = await Array.fromAsync(new SessionHandle(store, id).story({ maxCharacters: 1000 }));
  assertEquals(index.items({ from: 0, limit: Infinity }).map(({ row: _, ...item }) => item), story);
});

const talker = `# Talker
## Main
### Triggers
- At the beginning
### Steps
- Say "One"
- Ask user for $name
- Say "Two"
- End program
`;

Deno.test("story index: a turn has its code, and the message of its prompt as the journal holds it", async () => {
  await using folder = await folderWith({ "talk.pb": talker });
  assertEquals((await folder.run(["run", "talk.pb"])).code, 75);
  const store = storeIn(folder);
  const index = await readIndex(store, store.list()[0]!.id);
  const [turn] = index.turns();
  const text = (await index.turnText(turn!.row))!;
  assert(text.code.includes('Step("01")'), text.code);
  assert(text.prompt!.startsWith("[turn 1 of Main · Talker (agent 1000)]"), text.prompt);
  assertEquals(await index.turnText(0), undefined);
});

Deno.test("story tail: it is the end of the story, from each entry on", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const { store, id } = await waitingShop(folder);
  await folder.run(["resume", "--message", "milk", "--non-interactive"]);
  const story = await Array.fromAsync(new SessionHandle(store, id).story({ maxCharacters: 1000 }));
  const last = story.at(-1)!.position;
  for (let maxEntries = 1; maxEntries <= last + 1; maxEntries++) {
    const tail = await readStoryTail(store, id, { maxEntries, maxCharacters: 1000 });
    // Without the rows before, a tail does not know how long the session was stopped.
    const shown = (item: object) => ({ ...item, stoppedMs: 0, tookMs: 0 });
    assertEquals(tail.map(shown), story.filter(({ position }) => position > last - maxEntries).map(shown));
  }
});

Deno.test("story index: its pages make the whole story, with each limit and up to each entry", async () => {
  await using folder = await folderWith({ "shop.pb": shop });
  const { store, id } = await waitingShop(folder);
  const index = await readIndex(store, id);
  const story = await Array.fromAsync(new SessionHandle(store, id).story({ maxCharacters: 1000 }));
  for (let to = 0; to <= index.position + 1; to++) {
    for (let limit = 1; limit <= story.length + 1; limit++) {
      const pages: (readonly StoryItem[])[] = [];
      for (let from: number | null = 0; from !== null;) {
        const page: ReturnType<typeof index.page> = index.page({ from, to, limit });
        pages.push(page.items);
        from = page.next;
      }
      assertEquals(pages.flat(), story.filter(({ position }) => position <= to));
      for (const [before, after] of pages.slice(1).map((page, at) => [pages[at]!, page])) {
        assert(before!.length >= limit, "a page before the last one is short");
        assert(before!.at(-1)!.position < after![0]!.position, "an entry is split");
      }
    }
  }
});

Deno.test("story index: a page is there before a long session was read to its end, and is not read again", async () => {
  await using folder = await folderWith({ "talk.pb": talker });
  assertEquals((await folder.run(["run", "talk.pb"])).code, 75);
  const store = storeIn(folder);
  const like = store.list()[0]!.id;
  const id = await storeLongSession(store, { like, count: 20_000, name: "long" });
  let read = 0;
  const counting = new Proxy(store, {
    get: (target, name) =>
      name === "read"
        ? function* (...given: Parameters<FileStore["read"]>) {
          for (const entry of target.read(...given)) {
            read++;
            yield entry;
          }
        }
        : Reflect.get(target, name),
  });
  const index = new StoryIndex(counting, id, { maxCharacters: 1000 });
  await index.refreshPage({ from: 0, limit: 10 });
  assert(read < 20_000, `${read} entries were read for the first page`);
  assertEquals(index.page({ from: 0, limit: 10 }).items.length, 10);
  await index.refresh();
  assertEquals(read, 20_000);
  await index.refreshPage({ from: 19_000, limit: 10 });
  assertEquals(index.page({ from: 19_000, limit: 10 }).items[0]!.position, 19_001);
  assert(read < 20_010, `${read - 20_000} entries were read again`);
});

Deno.test("story index: events after its last entry are read from the place that it knows, unless the session was rewound", async () => {
  await using folder = await folderWith({ "talk.pb": talker });
  assertEquals((await folder.run(["run", "talk.pb"])).code, 75);
  const store = storeIn(folder);
  const [{ id }] = store.list() as [SessionFile];
  const index = new StoryIndex(store, id, { maxCharacters: 1000 });
  assertEquals(await index.placeOf(3), undefined, "it has read nothing");
  await index.refresh();
  const { position } = index;
  const place = await index.placeOf(position - 1);
  assertEquals([place?.position, await index.placeOf(position - 2)], [position - 1, undefined]);
  assert(place!.end > 0, "the store need not search it");
  const told = (before?: EntryPlace) => Array.fromAsync(new EventReader(store, id, position, before).next());
  await new SessionHandle(store, id).post({ text: "Ann" }, { key: "1" });
  assertEquals((await folder.run(["resume", id])).code, 0);
  assertEquals(await told(place), await told());
  assert((await told(place)).flat().some((event) => event.type === "say" && event.text === "Two"));
  assertEquals((await folder.run(["sessions", "rewind", `${id}@${position - 2}`, "--yes"])).code, 0);
  assertEquals(await index.placeOf(position - 1), undefined, "its entry is gone");
});
