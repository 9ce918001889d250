import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cleanLine, cleanText } from "../../../src/text/mod.ts";
import type { StoryRow, TurnDetails } from "../data/studio_api.ts";
import type { SessionView } from "../state/session_view.ts";
import { CodeText } from "./code.tsx";
import { countText, dollars } from "./format.ts";
import { Icon } from "./icons.tsx";
import { AgentName } from "./names.tsx";

/** The turn at the position that is shown: its code, the prompt, and its cost. */
export function Turns({ view }: { readonly view: SessionView }) {
  const details = useSignal<TurnDetails | undefined>(undefined);
  const part = useSignal<"code" | "prompt">("code");
  const { table } = view;
  void view.growth.value;
  const rows = table.rowsOf(new Set(["answer", "code"]));
  const at = table.rowAt(view.position.value ?? view.last);
  const index = rows.findLastIndex((row) => row <= at);
  const row = rows[index];
  useEffect(() => {
    if (row === undefined) return void (details.value = undefined);
    let isOld = false;
    Promise.all([view.reader.rows(view.id, { from: row, limit: 1 }), view.reader.turnText(view.id, row)])
      .then(([[item], text]) => {
        if (!isOld && item) details.value = { item, ...text };
      })
      .catch(() => {});
    return () => void (isOld = true);
  }, [view.id, row]);
  if (rows.length === 0) return <p class="empty">No turn has run yet.</p>;
  const go = (to: number) => {
    const next = rows[to];
    if (next !== undefined) view.goTo(table.entries[next]!);
  };
  const shown = details.value;
  return (
    <div class="turns">
      <div class="turn-head">
        <button
          type="button"
          class="quiet icon-only"
          aria-label="Turn before"
          title="Turn before  ["
          disabled={index <= 0}
          onClick={() => go(index - 1)}
        >
          <Icon name="back" />
        </button>
        <span class="where">
          Turn <b>{countText(index + 1)}</b> of {countText(rows.length)}
        </span>
        <button
          type="button"
          class="quiet icon-only"
          aria-label="Next turn"
          title="Next turn  ]"
          disabled={index + 1 >= rows.length}
          onClick={() => go(index + 1)}
        >
          <Icon name="next" />
        </button>
        <div class="segments" role="group" aria-label="Part of the turn">
          {(["code", "prompt"] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={part.value === each}
              onClick={() => part.value = each}
            >
              {each === "code" ? "Code" : "Prompt"}
            </button>
          ))}
        </div>
      </div>
      {index < 0 ? <p class="empty">No turn has run yet at this position.</p> : null}
      {shown && index >= 0 ? <TurnFacts item={shown.item} view={view} /> : null}
      {shown && index >= 0
        ? part.value === "code" ? <CodeText text={shown.code} /> : <Prompt details={shown} />
        : null}
    </div>
  );
}

function TurnFacts({ item, view }: { readonly item: StoryRow; readonly view: SessionView }) {
  const { agent, frame } = item;
  const lane = view.table.agents.findIndex(({ id }) => id === agent?.id);
  return (
    <p class="turn-facts">
      {agent ? <AgentName agent={agent} lane={lane} /> : null}
      {frame ? <span>{cleanLine(frame.playbook)}, turn {frame.turn}</span> : null}
      {item.type === "answer" ? <AnswerFacts item={item} /> : <span class="hint">code of the program</span>}
    </p>
  );
}

function AnswerFacts({ item }: { readonly item: Extract<StoryRow, { readonly type: "answer" }> }) {
  const { model, inputTokens, cachedTokens, outputTokens, costUsd, tookMs, isRehearsal, finish } = item;
  return (
    <>
      <span>{cleanLine(model)}</span>
      {isRehearsal ? null : (
        <span>
          {countText(inputTokens)} tokens in{cachedTokens > 0 ? ` (${countText(cachedTokens)} cached)` : ""},
          {" "}
          {countText(outputTokens)} out
        </span>
      )}
      {costUsd === undefined || isRehearsal ? null : <span>{dollars(costUsd)}</span>}
      {tookMs === undefined ? null : <span>{(tookMs / 1000).toFixed(1)} s</span>}
      {finish === undefined ? null : <span class="wrong">cut off: {finish}</span>}
    </>
  );
}

function Prompt({ details: { prompt, item } }: { readonly details: TurnDetails }) {
  if (item.type === "code") return <p class="hint">Code of the program runs without a prompt.</p>;
  if (prompt === undefined) return <p class="hint">The journal has no message for this turn.</p>;
  return (
    <>
      <p class="hint">
        The message that this turn added. The model also read the messages and answers of the turns before it,
        and a system prompt, which is made from the program and is not kept in the journal.
      </p>
      <pre class="value prompt" tabIndex={0} role="group" aria-label="Prompt">{cleanText(prompt)}</pre>
    </>
  );
}
