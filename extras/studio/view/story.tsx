import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useCallback, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { cleanLine, durationInWords } from "../../../src/text/mod.ts";
import type { RowKind } from "../../../src/session/row_kinds.ts";
import { type StoryLine, storyLines } from "../../../src/frontends/story_lines.ts";
import type { StoryRow } from "../data/studio_api.ts";
import type { SessionView } from "../state/session_view.ts";
import { ChunkList } from "./chunk_list.tsx";
import { clockText } from "./format.ts";
import { Icon } from "./icons.tsx";
import { Markdown } from "./markdown.tsx";
import { AgentName, laneClass } from "./names.tsx";
import { WordsBeingWritten } from "./words_in_writing.tsx";
import { RowDetails } from "./row_details.tsx";

/** What the story shows. */
const filters: Readonly<Record<StoryFilter, readonly RowKind[] | undefined>> = {
  words: ["words", "heard", "end", "resumed", "meeting", "edit"],
  steps: [
    "words",
    "heard",
    "end",
    "run",
    "resumed",
    "meeting",
    "step",
    "call",
    "return",
    "trigger",
    "edit",
    "redo",
    "turn-failed",
    "effect-failed",
    "return-failed",
    "begin",
  ],
  all: undefined,
};

type StoryFilter = "words" | "steps" | "all";

const filterTexts: Readonly<Record<StoryFilter, string>> = {
  words: "Words",
  steps: "Steps",
  all: "Everything",
};

/** The story of a session: the words alone, the steps, or everything. */
export function Story({ view }: { readonly view: SessionView }) {
  const filter = useSignal<StoryFilter>("words");
  const { table, reader } = view;
  const growth = view.growth.value;
  const kinds = filters[filter.value];
  const rows = useMemo(
    () => kinds ? table.rowsOf(new Set(kinds)) : undefined,
    [growth, filter.value],
  );
  const count = rows?.length ?? table.rows;
  const load = useCallback((from: number, limit: number) =>
    reader.rows(view.id, {
      from: rows ? rows[from] ?? table.rows : from,
      limit,
      ...(kinds ? { kinds } : {}),
    }), [rows, filter.value]);
  const position = view.position.value;
  const target = targetOf(view, rows, count);
  const current = useSignal<number | undefined>(undefined);
  const currentRow = currentRowOf(view, rows);
  useLayoutEffect(() => void (current.value = currentRow), [currentRow]);
  return (
    <section class="story panel" aria-label="Story">
      <header class="panel-head">
        <h2>
          Story{view.isWhole.value ? null : <span class="hint">reading …</span>}
        </h2>
        <div class="segments" role="group" aria-label="What the story shows">
          {(Object.keys(filters) as StoryFilter[]).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={filter.value === each}
              onClick={() => filter.value = each}
            >
              {filterTexts[each]}
            </button>
          ))}
        </div>
      </header>
      {!view.isWhole.value && position === undefined && view.tail.value.length > 0
        ? <Tail view={view} kinds={kinds} isDense={filter.value !== "words"} />
        : null}
      <ChunkList<StoryRow>
        name={filter.value}
        label="Rows of the story"
        count={count}
        rowHeight={filter.value === "words" ? 52 : 30}
        load={load}
        render={(row) => (
          <StoryRowView
            key={row.row}
            row={row}
            view={view}
            current={current}
            isDense={filter.value !== "words"}
          />
        )}
        follows={position === undefined}
        ends={view.ends.value}
        {...(target === undefined ? {} : { target })}
        look={filter.value}
        empty={view.now.value ? "Nothing has happened yet." : "Reading …"}
        onDrawn={view.drawn}
      />
      {position === undefined ? <WordsBeingWritten view={view} /> : null}
    </section>
  );
}

/** The newest rows of a long story, until it was read to its end. */
function Tail(
  { view, kinds, isDense }: {
    readonly view: SessionView;
    readonly kinds: readonly RowKind[] | undefined;
    readonly isDense: boolean;
  },
) {
  const box = useRef<HTMLDivElement>(null);
  const rows = view.tail.value.filter((item) => !kinds || kinds.includes(item.type)).slice(-maxTailRows);
  useLayoutEffect(() => void (box.current!.scrollTop = box.current!.scrollHeight));
  return (
    <div class="chunk-list tail" ref={box} tabIndex={0} role="region" aria-label="Newest rows of the story">
      {rows.map((item, index) => (
        <StoryRowView
          key={index}
          row={{ ...item, row: -1 - index }}
          view={view}
          current={undefined}
          isDense={isDense}
        />
      ))}
    </div>
  );
}

/** More than a screen has. */
const maxTailRows = 40;

/** The index of the row to bring into view: the open one, else the one at the position that is shown. */
function targetOf(view: SessionView, rows: readonly number[] | undefined, count: number): number | undefined {
  const position = view.position.value;
  if (position === undefined || count === 0) return undefined;
  return indexOf(view.openRow.value ?? view.table.rowAt(position), rows);
}

/**
 * The row at the position that is shown, among those that the story shows. An entry can have several rows: of these, the
 * open one, else the last one.
 */
function currentRowOf(view: SessionView, rows: readonly number[] | undefined): number | undefined {
  const { table, position: { value: position }, openRow: { value: open } } = view;
  if (position === undefined || table.rows === 0) return undefined;
  const row = open !== undefined && table.entries[open] === position ? open : table.rowAt(position);
  return rows ? rows[indexOf(row, rows)] : row;
}

/** The index of a row, or of the last one before it. */
function indexOf(row: number, rows: readonly number[] | undefined): number {
  return rows ? Math.max(0, rows.findLastIndex((each) => each <= row)) : row;
}

function StoryRowView(
  { row, view, current, isDense }: {
    readonly row: StoryRow;
    readonly view: SessionView;
    /** The row at the position that is shown. */
    readonly current: ReadonlySignal<number | undefined> | undefined;
    readonly isDense: boolean;
  },
) {
  const position = view.position.value;
  const isLater = position !== undefined && row.position > position;
  const isOpen = view.openRow.value === row.row;
  const isCurrent = current?.value === row.row;
  const line = row.type === "words" && !isDense
    ? undefined
    : resumedLine(row) ?? storyLines(row, lineDetail)[0] ?? fallbackOf(row);
  const lane = view.table.lanes[row.row] ?? -1;
  const classes = [
    "row",
    `k-${view.table.kindOf(row.row)}`,
    laneClass(lane),
    isLater ? "later" : "",
    isOpen ? "open" : "",
    isCurrent ? "current" : "",
    line ? `line ${line.style}` : "words",
  ];
  const open = () => {
    view.openRow.value = isOpen ? undefined : row.row;
    if (!isOpen) view.goTo(row.position);
  };
  return (
    <article class={classes.join(" ")} data-row={row.row} {...(isCurrent ? { "aria-current": "true" } : {})}>
      <button
        type="button"
        class="time"
        onClick={open}
        aria-expanded={isOpen}
        title={`Entry ${row.position}`}
      >
        {clockText(row.atMs)}
      </button>
      <div class="what" onClick={line ? open : undefined}>
        {line ? <LineText row={row} line={line} lane={lane} view={view} /> : <Words row={row} view={view} />}
      </div>
      {isCurrent ? <Here /> : null}
      {isOpen ? <RowDetails row={row} view={view} /> : null}
    </article>
  );
}

/** Marks the row of the moment that the other parts of the page show. */
function Here() {
  return (
    <span class="here" title="The stack, variables and turns are those of this moment">
      <Icon name="back" /> shown
    </span>
  );
}

const lineDetail = { words: false, code: false, full: false };

/** A stop or a wait, in few words: the details of the row have the process and the model. An edit of the program stays in view. */
function resumedLine(row: StoryRow): StoryLine | undefined {
  if (row.type !== "run" || row.stoppedMs === undefined || row.edited) return undefined;
  const what = row.waited ? "Waited" : "Stopped";
  return { style: "dim", text: `${what} here; resumed ${durationInWords(row.stoppedMs)} later` };
}

/** Rows that the log of the command line leaves out, because their heading says it. */
function fallbackOf(row: StoryRow): StoryLine {
  const texts: Partial<Record<StoryRow["type"], string>> = {
    agent: "is there from the start",
    ask: "asks the model",
    answer: "the model answers",
    call: "begins",
    effect: row.type === "effect" ? row.call : "",
  };
  return { style: "dim", text: texts[row.type] ?? row.type };
}

function LineText(
  { row, line, lane, view }: {
    readonly row: StoryRow;
    readonly line: StoryLine;
    readonly lane: number;
    readonly view: SessionView;
  },
): ComponentChildren {
  if (row.type === "words") {
    return (
      <>
        <Speakers row={row} view={view} />
        <bdi class="text">{cleanLine(row.text)}</bdi>
      </>
    );
  }
  return (
    <>
      {row.agent ? <AgentName agent={row.agent} lane={lane} /> : null}
      {row.frame ? <span class="in">{cleanLine(row.frame.playbook)}</span> : null}
      <bdi class="text">{cleanLine(line.text)}</bdi>
    </>
  );
}

type WordsRow = Extract<StoryRow, { readonly type: "words" }>;

function Speakers({ row, view }: { readonly row: WordsRow; readonly view: SessionView }): ComponentChildren {
  const laneOf = (id: string) => view.table.agents.findIndex((agent) => agent.id === id);
  return (
    <>
      <AgentName agent={row.from} lane={laneOf(row.from.id)} />
      <span class="to">→</span>
      <AgentName agent={row.to} lane={laneOf(row.to.id)} />
    </>
  );
}

function Words({ row, view }: { readonly row: StoryRow; readonly view: SessionView }): ComponentChildren {
  if (row.type !== "words") return null;
  return (
    <>
      <div class="who">
        <Speakers row={row} view={view} />
      </div>
      <Markdown text={row.text} />
    </>
  );
}
