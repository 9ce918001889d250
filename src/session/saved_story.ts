import { foldEntries, loadHistories, Programs, restoreState, type State } from "../engine/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import type { SessionFile, SessionStore } from "../store/mod.ts";
import { type MomentReport, reportMoment } from "./moment.ts";
import { type PastReport, reportPast } from "./past_report.ts";
import {
  StoryIndex,
  type StoryOutline,
  type TurnRow,
  type TurnText,
  type VariableHistory,
} from "./story_index.ts";
import type { StoryItem } from "./story.ts";

/** A session in full, for a page that works without a server: plain data. */
export interface SavedStory {
  readonly session: Omit<SessionFile, "key" | "programMark" | "version">;
  /** The session after some of its entries, in order; the last one is its end. */
  readonly moments: readonly MomentReport[];
  readonly outline: StoryOutline;
  readonly items: readonly StoryItem[];
  readonly turns: readonly TurnRow[];
  /** Texts of turns, by row. */
  readonly turnTexts: Readonly<Record<number, TurnText>>;
  /** The files of the program. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Writes of variables, by agent and name. */
  readonly histories: Readonly<Record<string, VariableHistory>>;
  readonly failure?: NonNullable<PastReport["failure"]>;
}

/** The most moments of a saved story, and the most writes of one variable. */
const [maxMoments, maxWrites] = [300, 200];

/** Reads a session to its end. Throws the store's error at the first entry that cannot be read. */
export async function saveStory(
  store: SessionStore,
  session: SessionFile,
  { maxCharacters }: { readonly maxCharacters: number },
): Promise<SavedStory> {
  const index = new StoryIndex(store, session.id, { maxCharacters });
  await index.refresh();
  const items = index.items({ from: 0, limit: index.rows }).map(({ row: _, ...item }) => item);
  if (items.length === 0) {
    throw new PlaybooksError(`Session "${session.id}" has no entries yet; export it when it has begun`, {
      exitCode: exitCodes.noSuchSession,
    });
  }
  const moments: MomentReport[] = [];
  let files: SavedStory["files"] = [];
  for await (
    const { state, programs } of statesAt(store, session.id, chosenPositions(items, index.position))
  ) {
    moments.push(reportMoment(state, programs, { status: session.status, maxCharacters }));
    const { files: own = [], imports = [] } = state.sources[state.source] ?? {};
    files = [...own, ...imports].map(({ path, text }) => ({ path, text }));
  }
  const { failure } = await reportPast(toAsync(items));
  const { key: _key, programMark: _mark, version: _version, ...summary } = session;
  return {
    session: summary,
    moments,
    outline: index.outline(),
    items,
    turns: index.turns(),
    turnTexts: Object.fromEntries(await turnTextsOf(index, items)),
    files,
    histories: historiesOf(index, moments),
    ...(failure ? { failure } : {}),
  };
}

/** Positions at which something happened, evenly chosen if there are many, and the last one. */
function chosenPositions(items: readonly StoryItem[], last: number): readonly number[] {
  const all = [...new Set([...items.map(({ position }) => position).filter((each) => each > 1), last])];
  const step = Math.max(1, all.length / maxMoments);
  const chosen = Array.from(
    { length: Math.min(all.length, maxMoments) },
    (_, at) => all[Math.floor(at * step)]!,
  );
  return [...new Set([...chosen, last])];
}

/** The states after some positions. Each state lasts until the next one is asked for. */
async function* statesAt(
  store: SessionStore,
  id: string,
  positions: readonly number[],
): AsyncGenerator<{ readonly state: State; readonly programs: Programs }> {
  const programs = new Programs();
  const wanted = new Set(positions);
  let state: State | undefined;
  for (const { position, entry } of await store.read(id)) {
    if (!state && position > 1) {
      // A fork of a damaged session begins from a state.
      state = restoreState(await store.load(id, { position: position - 1 }));
      loadHistories(state);
    }
    state = foldEntries(state, [entry]);
    if (!wanted.has(position)) continue;
    await programs.add(Object.values(state.sources));
    yield { state, programs };
  }
}

async function turnTextsOf(
  index: StoryIndex,
  items: readonly StoryItem[],
): Promise<readonly (readonly [number, TurnText])[]> {
  const texts: (readonly [number, TurnText])[] = [];
  for (const [row, { type }] of items.entries()) {
    if (type !== "answer" && type !== "code") continue;
    const text = await index.turnText(row);
    if (text) texts.push([row, text]);
  }
  return texts;
}

function historiesOf(index: StoryIndex, moments: readonly MomentReport[]): SavedStory["histories"] {
  const names = new Map(
    moments.flatMap(({ agents }) =>
      agents.flatMap(({ id, variables }) =>
        Object.keys(variables).map((name) => [`${id} ${name}`, { id, name }] as const)
      )
    ),
  );
  return Object.fromEntries(
    [...names].map(([key, { id, name }]) => [key, index.writes(id, name, maxWrites)]),
  );
}

async function* toAsync<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
