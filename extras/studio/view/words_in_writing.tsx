import type { SessionView } from "../state/session_view.ts";
import { Markdown } from "./markdown.tsx";
import { AgentName, laneClass } from "./names.tsx";

/**
 * Words that models are writing. They are no part of the story yet: another answer may come in their place. Screen readers
 * are told the words when they are whole.
 */
export function WordsBeingWritten({ view }: { readonly view: SessionView }) {
  const all = view.live.words.value;
  if (all.length === 0) return null;
  return (
    <section class="writing" aria-label="Words that are being written">
      {all.flatMap(({ agent: id, words }) => {
        const lane = view.table.agents.findIndex((agent) => agent.id === id);
        const agent = view.table.agents[lane] ?? { id, klass: "" };
        return words.map(({ to, text }, index) => (
          <div key={`${id} ${index}`} class={`row words ${laneClass(lane)}`}>
            <span class="time" aria-hidden="true">…</span>
            <div class="what">
              <div class="who">
                <AgentName agent={agent} lane={lane} />
                <span class="to">→</span>
                <AgentName agent={{ id: to, klass: "" }} lane={-1} />
              </div>
              <Markdown text={text} />
            </div>
          </div>
        ));
      })}
    </section>
  );
}
