import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cleanLine } from "../../../src/text/mod.ts";
import type { TurnRow } from "../../../src/session/mod.ts";
import type { SessionView } from "../state/session_view.ts";
import { countText, dollars, shortCount } from "./format.ts";
import { laneClass } from "./names.tsx";

/** The measure of the plot. */
const measures = {
  cost: { text: "Cost", of: (turn: TurnRow) => turn.costUsd ?? 0, show: dollars },
  tokens: { text: "Tokens", of: (turn: TurnRow) => turn.inputTokens + turn.outputTokens, show: shortCount },
  time: {
    text: "Time",
    of: (turn: TurnRow) => turn.tookMs ?? 0,
    show: (ms: number) => ms < 100 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`,
  },
} as const;

type Measure = keyof typeof measures;

/** What each turn cost, as a plot, and the sums by model. */
export function Spend({ view }: { readonly view: SessionView }) {
  const turns = useSignal<readonly TurnRow[]>([]);
  const chosen = useSignal<Measure | undefined>(undefined);
  const growth = view.growth.value;
  useEffect(() => {
    const known = turns.peek();
    const from = known.length === 0 ? 0 : known.at(-1)!.row + 1;
    view.reader.turns(view.id, from).then((later) => {
      if (turns.peek() === known) turns.value = [...known, ...later];
    }).catch(() => {});
  }, [view.id, growth]);
  const position = view.position.value;
  const shown = turns.value.filter((turn) => position === undefined || turn.position <= position);
  if (shown.length === 0) return <p class="empty">No model has answered yet.</p>;
  const offered = measuresOf(shown);
  const measure = offered.find((each) => each === chosen.value) ?? offered[0];
  const costs = costNote(shown);
  return (
    <div class="spend">
      {offered.length < 2 ? null : (
        <div class="segments" role="group" aria-label="Measure">
          {offered.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={measure === each}
              onClick={() => chosen.value = each}
            >
              {measures[each].text}
            </button>
          ))}
        </div>
      )}
      {costs === undefined ? null : <p class="hint">{costs}</p>}
      {measure === undefined ? null : <Plot view={view} turns={shown} measure={measure} />}
      <Sums turns={shown} />
    </div>
  );
}

/** The measures with a value: another plot would be empty. */
function measuresOf(turns: readonly TurnRow[]): readonly Measure[] {
  return (Object.keys(measures) as Measure[]).filter((each) =>
    turns.some((turn) => measures[each].of(turn) > 0)
  );
}

/** The reason why turns have no cost; `undefined` if each has one. */
function costNote(turns: readonly TurnRow[]): string | undefined {
  const unpriced = new Set(turns.filter(hasNoPrice).map(({ model }) => cleanLine(model)));
  if (unpriced.size > 0) return `No price is known for ${[...unpriced].join(", ")}.`;
  if (turns.every(({ isRehearsal }) => isRehearsal)) return "The rehearsal costs nothing.";
  return turns.some(({ costUsd = 0 }) => costUsd > 0) ? undefined : "These turns cost nothing.";
}

function hasNoPrice({ isRehearsal, costUsd }: TurnRow): boolean {
  return !isRehearsal && costUsd === undefined;
}

interface Bar {
  readonly turns: readonly TurnRow[];
  readonly value: number;
}

const maxBars = 120;
const plot = { width: 600, height: 160 };

/** Turns beside each other share a bar if there are too many. */
function barsOf(turns: readonly TurnRow[], measure: Measure): readonly Bar[] {
  const perBar = Math.ceil(turns.length / maxBars);
  const bars: Bar[] = [];
  for (let index = 0; index < turns.length; index += perBar) {
    const some = turns.slice(index, index + perBar);
    bars.push({ turns: some, value: some.reduce((sum, turn) => sum + measures[measure].of(turn), 0) });
  }
  return bars;
}

function Plot(
  { view, turns, measure }: {
    readonly view: SessionView;
    readonly turns: readonly TurnRow[];
    readonly measure: Measure;
  },
) {
  const bars = barsOf(turns, measure);
  const { show, text } = measures[measure];
  const highest = Math.max(...bars.map(({ value }) => value));
  const total = bars.reduce((sum, { value }) => sum + value, 0);
  const width = plot.width / Math.max(bars.length, 12);
  return (
    <figure>
      <figcaption>
        {text} of each turn, {show(total)}{" "}
        in all{turns.length > bars.length ? `; a bar is ${Math.ceil(turns.length / bars.length)} turns` : ""}
      </figcaption>
      <div class="plot">
        <span class="top">{show(highest)}</span>
        <svg
          viewBox={`0 0 ${plot.width} ${plot.height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${text} of ${turns.length} turns, at most ${show(highest)}, ${show(total)} in all`}
        >
          {bars.map(({ turns: some, value }, index) => {
            const height = highest === 0 ? 0 : Math.max(1, (value / highest) * (plot.height - 4));
            const lane = view.table.agents.findIndex(({ id }) => id === some[0]!.agent);
            return (
              <rect
                key={index}
                class={laneClass(lane)}
                x={index * width + width * 0.12}
                y={plot.height - height}
                width={width * 0.76}
                height={height}
                onClick={() => view.goTo(some[0]!.position)}
              >
                <title>{barText(some, show(value))}</title>
              </rect>
            );
          })}
        </svg>
      </div>
    </figure>
  );
}

function barText(turns: readonly TurnRow[], value: string): string {
  const [first] = turns;
  const place = `${cleanLine(first!.playbook)}, turn ${first!.turn}, entry ${first!.position}`;
  return turns.length === 1 ? `${place}: ${value}` : `${turns.length} turns from ${place}: ${value}`;
}

function Sums({ turns }: { readonly turns: readonly TurnRow[] }) {
  const models = [...Map.groupBy(turns, ({ model }) => model)];
  const sum = (some: readonly TurnRow[], of: (turn: TurnRow) => number) =>
    some.reduce((total, turn) => total + of(turn), 0);
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label="Sums by model">
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" class="number">Turns</th>
            <th scope="col" class="number">In</th>
            <th scope="col" class="number">Cached</th>
            <th scope="col" class="number">Out</th>
            <th scope="col" class="number">Cost</th>
          </tr>
        </thead>
        <tbody>
          {models.map(([model, some]) => (
            <tr key={model}>
              <th scope="row">
                <bdi>{cleanLine(model)}</bdi>
              </th>
              <td class="number">{countText(some.length)}</td>
              <td class="number">{countText(sum(some, (turn) => turn.inputTokens))}</td>
              <td class="number">{countText(sum(some, (turn) => turn.cachedTokens))}</td>
              <td class="number">{countText(sum(some, (turn) => turn.outputTokens))}</td>
              <td class="number">
                {some.every(hasNoPrice) ? "not known" : dollars(sum(some, (turn) => turn.costUsd ?? 0))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
