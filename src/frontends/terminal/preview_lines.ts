import { cleanText } from "../../text/mod.ts";
import { type PersonInfo, personNamed } from "../../session/mod.ts";
import { type Preview, sayPreview } from "../live_words/say_preview.ts";
import { applyWords, type View } from "./view.ts";
import { wrapWords } from "../wrap.ts";

/** Words to persons that an agent's model is writing. */
interface Speaking {
  readonly agent: string;
  readonly words: readonly Preview[];
}

/**
 * The current speaker: `holder` while it has words, else the first one with words. So the words of two speakers do not mix.
 */
export function speakingIn(view: View, holder: string | undefined): Speaking | undefined {
  // A person whose words do not stream sees them when they are said.
  const isPerson = (name: string) => personIn(view, name)?.streams ?? false;
  const agents = [...view.writings.keys()];
  for (const agent of agents.toSorted((a, b) => Number(b === holder) - Number(a === holder))) {
    const words = sayPreview(view.writings.get(agent)!.text, isPerson);
    if (words.length > 0) return { agent, words };
  }
  return undefined;
}

/** The last `maxLines` lines of a speaker's words, as they will appear when they are said. */
export function previewLines(
  view: View,
  { agent, words }: Speaking,
  { columns, maxLines, render }: {
    readonly columns: number;
    readonly maxLines: number;
    /** Shows the Markdown of words. */
    readonly render: (text: string) => string;
  },
): readonly string[] {
  const klass = view.agents.get(agent) ?? "agent";
  const lines: string[] = [];
  let shown = view;
  for (const { to, text } of words) {
    const person = personIn(view, to)?.name ?? to;
    const next = applyWords(shown, { agent, klass, to: person, text, position: 0 });
    if (next.header !== undefined) lines.push("", ...wrapWords(cleanText(next.header), columns));
    lines.push(...wrapWords(render(cleanText(text)), columns, maxLines));
    shown = next.view;
  }
  return lines.slice(-maxLines);
}

/** The person whom code names, in any spelling. Returns `undefined` if the name means no person. */
function personIn({ people, persons }: View, name: string): PersonInfo | undefined {
  const others = persons.filter((each) => people.every((person) => person.name !== each));
  const known = [...people, ...others.map(unannounced)];
  return personNamed(known.length > 0 ? known : [unannounced("user")], name);
}

function unannounced(name: string): PersonInfo {
  return { name, displayName: name, streams: true };
}
