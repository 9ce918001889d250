import type { SessionView } from "../state/session_view.ts";
import { openFork } from "./fork_dialog.tsx";
import { clockText, countText } from "./format.ts";
import { Icon, type IconName } from "./icons.tsx";

/** The slider over the positions of a session. */
export function Scrubber({ view }: { readonly view: SessionView }) {
  void view.growth.value;
  const last = view.last;
  const chosen = view.position.value;
  const position = chosen ?? last;
  const { table } = view;
  const row = table.rowAt(position);
  const time = row < 0 ? "" : clockText(table.ms[row]!);
  const step = (by: number) => view.goTo(stepped(view, position, by));
  return (
    <section class="scrubber" aria-label="Time travel">
      <Jump name="first" label="To the start" onClick={() => view.goTo(1)} />
      <Jump name="back" label="One entry back" onClick={() => step(-1)} />
      <Jump name="next" label="One entry on" onClick={() => step(1)} />
      <input
        type="range"
        min={1}
        max={Math.max(1, last)}
        value={position}
        aria-label="Position"
        aria-valuetext={`Entry ${position} of ${last}, ${time}`}
        onInput={(event) => {
          view.openRow.value = undefined;
          view.goTo(Number(event.currentTarget.value));
        }}
      />
      <output class="where">
        <b>{countText(position)}</b> / {countText(last)} <span class="at">{time}</span>
      </output>
      {view.actions && chosen !== undefined
        ? (
          <button type="button" class="quiet" onClick={() => openFork(view, { position: chosen })}>
            <Icon name="fork" /> Fork here
          </button>
        )
        : null}
      <button
        type="button"
        class="quiet now"
        aria-pressed={chosen === undefined}
        onClick={() => view.goTo(undefined)}
        title="Follow the end  ."
      >
        {view.summary?.status === "running" ? "Live" : "End"}
      </button>
    </section>
  );
}

function Jump(
  { name, label, onClick }: { readonly name: IconName; readonly label: string; readonly onClick: () => void },
) {
  return (
    <button type="button" class="quiet icon-only" aria-label={label} title={label} onClick={onClick}>
      <Icon name={name} />
    </button>
  );
}

/** The position some entries away; in a saved page, the next one that it holds. */
export function stepped({ reader: { savedPositions } }: SessionView, position: number, by: number): number {
  if (!savedPositions) return position + by;
  const next = by > 0
    ? savedPositions.find((each) => each > position)
    : savedPositions.findLast((each) => each < position);
  return next ?? position;
}
