import { cleanText } from "../text/mod.ts";
import type { StoryItem } from "../session/mod.ts";
import { localDate, localTime } from "./local_time.ts";
import {
  headingOf,
  isOfCaller,
  isOfWords,
  type StoryDetail,
  type StoryLine,
  storyLines,
} from "./story_lines.ts";
import { ansi, joined, type TerminalText } from "./terminal_text.ts";
import { wrapWords } from "./wrap.ts";

/**
 * Prints a story. Each item begins with its position and its local time, where they differ from those of the item above:
 *
 *      9  14:03:22  Seller(1000) Main, turn 1
 *                     04 Tell the user "A camera is for sale"
 *                     Seller(1000) → user: A camera is for sale
 */
export class StoryPrinter {
  readonly #columns: number;
  readonly #colour: boolean;
  readonly #detail: StoryDetail;
  /** The call and the turn of the heading above. */
  #turn: string | undefined;
  #position = 0;
  #time = "";
  #date = "";

  constructor(
    { columns, colour, detail }: {
      readonly columns: number;
      readonly colour: boolean;
      readonly detail: StoryDetail;
    },
  ) {
    this.#columns = columns;
    this.#colour = colour;
    this.#detail = detail;
  }

  /** The text of an item, with line ends; empty for an item that this story leaves out. */
  print(item: StoryItem): TerminalText {
    if (this.#detail.words && !isOfWords(item)) return nothing;
    const lines = storyLines(item, this.#detail);
    // The heading of an item without lines says that a model is asked.
    if (lines.length === 0 && item.type !== "ask") return nothing;
    const heading = this.#detail.words || isOfCaller(item) ? undefined : headingOf(item);
    const turn = `${item.frame?.id} ${item.frame?.turn}`;
    const isNew = heading !== undefined && turn !== this.#turn;
    // Items outside of calls leave the heading as it is.
    if (isNew) this.#turn = turn;
    const indent = heading === undefined && !isOfCaller(item) ? 0 : 2;
    const all = [
      ...(isNew ? [{ style: "strong" as const, text: heading, indent: 0 }] : []),
      ...lines.map((line) => ({ ...line, indent })),
    ];
    return joined([...this.#dateLine(item), ...all.flatMap((line) => this.#rows(item, line))]);
  }

  /** A heading between two parts of a story: `Seller(1000)`. */
  section(title: string): TerminalText {
    const isFirst = this.#position === 0;
    this.#turn = undefined;
    this.#position = 0;
    this.#time = "";
    this.#date = "";
    return joined([isFirst ? "" : "\n", this.#styled("strong", title), "\n"]);
  }

  #dateLine({ atMs }: StoryItem): readonly (string | TerminalText)[] {
    const date = localDate(atMs);
    if (date === this.#date) return [];
    this.#date = date;
    return [" ".repeat(marginColumns), this.#styled("dim", date), "\n"];
  }

  #rows(item: StoryItem, { style, text, indent }: StoryLine & { readonly indent: number }): TerminalText[] {
    const space = " ".repeat(indent);
    const width = Math.max(minTextColumns, this.#columns - marginColumns - indent);
    return wrapped(cleanText(text), width).map((row, index) =>
      joined([
        this.#styled("dim", this.#margin(item)),
        // A wrapped line stands out from the next one by a deeper indentation.
        space + (index === 0 ? "" : "  "),
        this.#styled(style, row),
        "\n",
      ])
    );
  }

  #margin({ position, atMs }: StoryItem): string {
    const time = localTime(atMs);
    const [shownPosition, shownTime] = [position !== this.#position, time !== this.#time];
    this.#position = position;
    this.#time = time;
    return `${(shownPosition ? String(position) : "").padStart(6)}  ${(shownTime ? time : "").padEnd(8)}  `;
  }

  #styled(style: StoryLine["style"], text: string): string | TerminalText {
    if (!this.#colour || style === "plain") return text;
    switch (style) {
      case "dim":
        return ansi`\x1b[2m${text}\x1b[22m`;
      case "strong":
        return ansi`\x1b[1m${text}\x1b[22m`;
      case "wrong":
        return ansi`\x1b[31m${text}\x1b[39m`;
    }
  }
}

const nothing = ansi``;

/** Position, time and the blanks after each. */
const marginColumns = 18;

/** On a narrower terminal, the terminal itself wraps. */
const minTextColumns = 20;

/** Rows of a text. The library that wraps is slow, so a short plain line does not need it. */
function wrapped(text: string, columns: number): string[] {
  if (text.length <= columns && /^[ -~]*$/.test(text)) return [text];
  // A row after the first one has a deeper indentation.
  return wrapWords(text, columns - 2);
}
