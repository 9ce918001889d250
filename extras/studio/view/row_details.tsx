import type { ComponentChildren } from "preact";
import { cleanText } from "../../../src/text/mod.ts";
import { storyLines } from "../../../src/frontends/story_lines.ts";
import type { StoryRow } from "../data/studio_api.ts";
import type { SessionView } from "../state/session_view.ts";
import { CodeText } from "./code.tsx";
import { openFork } from "./fork_dialog.tsx";
import { Icon } from "./icons.tsx";

/** A row in full, and the ways on from it. */
export function RowDetails({ row, view }: { readonly row: StoryRow; readonly view: SessionView }) {
  const result = resultOf(row);
  return (
    <div class="details">
      <p class="facts">
        Entry {row.position}
        {row.frame ? <>, turn {row.frame.turn} of {cleanText(row.frame.playbook)}</> : null}
      </p>
      <WholeText row={row} />
      {view.actions
        ? (
          <p class="actions">
            <button type="button" class="quiet" onClick={() => openFork(view, { position: row.position })}>
              <Icon name="fork" /> Fork after this
            </button>
            {result === undefined ? null : (
              <button
                type="button"
                class="quiet"
                onClick={() =>
                  openFork(view, { edit: { kind: "result", position: row.position, text: result } })}
              >
                <Icon name="pen" /> Set another result
              </button>
            )}
          </p>
        )
        : null}
    </div>
  );
}

function WholeText({ row }: { readonly row: StoryRow }): ComponentChildren {
  if (row.type === "answer" || row.type === "code") return <CodeText text={row.code} />;
  if (row.type === "words") return null;
  const text = storyLines(row, { words: false, code: false, full: true }).map((line) => line.text).join("\n");
  return text === ""
    ? null
    : <pre class="value" tabIndex={0} role="group" aria-label="Text">{cleanText(text)}</pre>;
}

/** The text of a result that a fork can replace: as the person would write it. */
function resultOf(row: StoryRow): string | undefined {
  if (row.type === "effect" || row.type === "return") return row.outcome.ok ? row.outcome.value ?? "" : "";
  if (row.type === "words" && row.from.klass === "") return JSON.stringify(row.text);
  return undefined;
}
