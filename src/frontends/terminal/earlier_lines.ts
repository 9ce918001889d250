import { cleanText } from "../../text/mod.ts";
import type { PersonInfo, SessionEvent } from "../../session/mod.ts";
import { shownName } from "../addressed.ts";
import { fit, textWidth } from "../text_width.ts";
import { wrapWords } from "../wrap.ts";

/** Words of an earlier run. */
type EarlierWords = Extract<SessionEvent, { readonly type: "say" | "heard" }>;

/** The words among events: those of agents to people, and those of people. */
export function earlierWords(events: readonly SessionEvent[]): readonly EarlierWords[] {
  return events.filter((event) => event.type === "say" || event.type === "heard");
}

/** The last words of the runs before, between two marks, at most `maxRows` rows. */
export function earlierLines(
  words: readonly EarlierWords[],
  { people, columns, maxRows, render }: {
    readonly people: readonly PersonInfo[];
    /** Shows the Markdown of words. */
    readonly render: (text: string) => string;
    readonly columns: number;
    readonly maxRows: number;
  },
): readonly string[] {
  if (words.length === 0) return [];
  const isSeveral = people.length > 1 || new Set(words.map(({ agent }) => agent)).size > 1;
  const blocks = words.slice(-maxWords).map((each) => {
    const agent = isSeveral ? `${each.klass}(${each.agent})` : each.klass;
    const person = shownName(people, each.type === "say" ? each.to : each.from);
    const [from, to] = each.type === "say" ? [agent, person] : [person, agent];
    const label = cleanText(isSeveral ? `${from} → ${to}: ` : `${from}: `);
    const text = each.type === "say" ? render(cleanText(each.text)) : cleanText(each.text);
    const rows = wrapWords(label + text.trim(), columns).filter((row) => row !== "");
    if (rows.length <= maxRowsOfWords) return rows;
    return [...rows.slice(0, maxRowsOfWords - 1), fit(`${rows[maxRowsOfWords - 1]} …`, columns)];
  });
  while (blocks.length > 1 && blocks.flat().length + 2 > maxRows) blocks.shift();
  return [rule("earlier", columns), ...blocks.flat().slice(-Math.max(1, maxRows - 2)), rule("now", columns)];
}

function rule(title: string, columns: number): string {
  const width = Math.min(columns - 1, maxRuleColumns);
  const start = `── ${title} `;
  return fit(start + "─".repeat(Math.max(0, width - textWidth(start))), columns - 1);
}

const maxWords = 5;
const maxRowsOfWords = 4;
const maxRuleColumns = 40;
