import type { SavedStory } from "../../../src/session/mod.ts";
import type { RowKind } from "../../../src/session/row_kinds.ts";
import { StoryTable } from "./story_table.ts";
import type { Moment, StoryRow, StudioReader } from "./studio_api.ts";

/** Reads the one session that is in the page itself. */
export function savedReader(saved: SavedStory): StudioReader {
  const { session, failure, moments: reports, outline, items, turns, turnTexts, files, histories } = saved;
  const moments: readonly Moment[] = reports.map((report) => ({ ...report, session }));
  const positions = moments.map(({ position }) => position);
  const table = new StoryTable();
  table.take(outline);
  return {
    savedPositions: positions,
    list: () => Promise.resolve([session]),
    nameOf: (id) => Promise.resolve(id === session.id ? session.name : undefined),
    moment: (_, position) => {
      const index = position === undefined ? -1 : positions.findLastIndex((each) => each <= position);
      return Promise.resolve(moments.at(index) ?? moments.at(-1)!);
    },
    failure: () => Promise.resolve(failure),
    outline: (_, from) => Promise.resolve(from === 0 ? outline : nothingAfter(outline)),
    rows: (_, { from, limit, kinds }) => {
      const wanted = kinds && new Set(kinds);
      const rows: StoryRow[] = [];
      for (let row = from; row < items.length && rows.length < limit; row++) {
        const kind: RowKind = table.kindOf(row);
        if (!wanted || wanted.has(kind)) rows.push({ ...items[row]!, row });
      }
      return Promise.resolve(rows);
    },
    turns: (_, from) => Promise.resolve(turns.filter(({ row }) => row >= from)),
    turnText: (_, row) => Promise.resolve(turnTexts[row] ?? { code: "" }),
    writes: (_, agent, name) => Promise.resolve(histories[`${agent} ${name}`] ?? { writes: [], leftOut: 0 }),
    program: () => Promise.resolve(files),
    diff: () =>
      Promise.reject(new Error("A saved page holds one session; compare sessions in playbooks studio")),
  };
}

function nothingAfter(outline: SavedStory["outline"]): SavedStory["outline"] {
  const none = { ms: [], entries: [], kinds: [], lanes: [], calls: [], spans: [], frames: [] };
  return { ...outline, ...none, from: outline.rows, fromFrame: outline.fromFrame + outline.frames.length };
}
