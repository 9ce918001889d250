import { createHash } from "node:crypto";
import { display, type Encoded, plainText } from "../sandbox/mod.ts";
import type { Artifact } from "../engine/fold/entry.ts";
import type { RuntimeSettings } from "../engine/fold/settings.ts";
import { bytesPerToken } from "./condense.ts";

/** Bounds on the texts of one message, in characters. */
interface TextBounds {
  /** A longer result or variable is shown by its beginning, with a name for the rest. */
  readonly value: number;
  /** Words of a person or an agent, and words to them, are shown whole up to this length. */
  readonly words: number;
  /** Long values that are shown whole, together; the newest come first. */
  readonly newest: number;
  /** A part of an artifact or a file; also all long arguments together, and all printed texts. */
  readonly page: number;
  /** All lines of one list. */
  readonly list: number;
  /** All variables of one record, without the long ones. */
  readonly record: number;
}

/** The bounds in a large window, in characters. */
export const maxTextBounds = {
  words: 4_000,
  newest: 2_000,
  page: 100_000,
  list: 40_000,
  record: 8_000,
} as const;

function boundsFor({ artifactResultThreshold: value, contextTokens }: RuntimeSettings["limits"]): TextBounds {
  const window = contextTokens > 0 ? contextTokens * bytesPerToken : Infinity;
  const { words, newest, page, list, record } = maxTextBounds;
  const part = (share: number, most: number) => Math.floor(Math.min(window * share, most));
  return {
    value,
    words: Math.max(value, part(1 / 12, words)),
    newest: part(1 / 16, newest),
    page: part(1 / 6, page),
    list: part(1 / 10, list),
    record: part(1 / 14, record),
  };
}

/** Characters of the beginning of a text that is not shown whole. */
const beginningLength = 200;

/**
 * Writes the values of one message within its bounds. It cuts no text without a name: a long text becomes an artifact,
 * or has the name of its variable, and `LoadArtifact` shows the rest.
 */
export class MessageTexts {
  readonly bounds: TextBounds;
  /** Artifacts that the message names, by name. */
  readonly #artifacts = new Map<string, Artifact>();
  #newestLeft: number;
  #pageLeft: number;
  /** Long texts that the message shows whole. */
  readonly #shown = new Set<string>();

  /** Texts of earlier messages that the model still has before it. */
  readonly #earlier: readonly string[];

  constructor(settings: RuntimeSettings, earlier: readonly string[] = []) {
    this.#earlier = earlier;
    this.bounds = boundsFor(settings.limits);
    this.#newestLeft = this.bounds.newest;
    this.#pageLeft = this.bounds.page;
  }

  get artifacts(): readonly Artifact[] {
    return [...this.#artifacts.values()];
  }

  /** A result. A long one is shown whole if it is among the newest, so write the newest results first. */
  value(value: Encoded, summary: string): string {
    return this.#text(value, summary, (content) => this.#takeNewest(content.length));
  }

  /** Words of a person or an agent. */
  words(value: Encoded, summary: string): string {
    return this.#text(value, summary, (content) => content.length <= this.bounds.words);
  }

  /** A text that the code asked to see. */
  page(value: Encoded, summary: string): string {
    return this.#text(value, summary, (content) => this.#takePage(content.length));
  }

  #text(value: Encoded, summary: string, isWhole: (content: string) => boolean): string {
    const whole = display(value, unbounded);
    const content = plainText(value);
    if (whole.length <= this.bounds.value || content.length <= this.bounds.value) return whole;
    const name = this.#keep(content, summary);
    if (isWhole(content)) {
      this.#shown.add(content);
      return `artifact ${name} (${content.length} characters): ${whole}`;
    }
    const beginning = display(value, { maxCharacters: Math.min(this.bounds.value, beginningLength) });
    return `artifact ${name} (${content.length} characters; ${loadCall(name)} shows it all): ${beginning}`;
  }

  /** The text of an artifact or a variable that `LoadArtifact` gave: `content` from `from` on, of `total` characters. */
  loaded(
    { name, content, from, total }: {
      readonly name: string;
      readonly content: string;
      readonly from: number;
      readonly total: number;
    },
  ): string {
    const isAll = from === 0 && content.length === total;
    if (isAll && this.#isShown(content)) {
      return `already loaded: its ${content.length} characters are shown above`;
    }
    const text = beginningOf(content, Math.max(this.bounds.value, this.#pageLeft));
    this.#pageLeft -= text.length;
    const end = from + text.length;
    if (from === 0 && end >= total) {
      this.#shown.add(content);
      return JSON.stringify(text);
    }
    const next = `; LoadArtifact(${JSON.stringify(name)}, { from: ${end} }) shows the next`;
    return `characters ${from} to ${end} of ${total}${end < total ? next : ""}: ${JSON.stringify(text)}`;
  }

  /** Whether the model has a long text before it, in this message or in an earlier one. */
  #isShown(content: string): boolean {
    if (content.length <= this.bounds.value) return false;
    if (this.#shown.has(content)) return true;
    const quoted = JSON.stringify(content);
    return this.#earlier.some((text) => text.includes(quoted));
  }

  /** The line of an artifact that the code or the steps name; `undefined` if the model has its text. */
  named(name: string, content: string): string | undefined {
    if (this.#isShown(content)) return undefined;
    const line = `- ${loadCall(name)} → ${this.loaded({ name, content, from: 0, total: content.length })}`;
    return this.#earlier.some((text) => text.includes(line)) ? undefined : line;
  }

  /** A text that code printed, raw if it is one line. Lines of it must not look like lines of the message. */
  printed(text: string): string {
    if (text.length <= this.bounds.value) return text.replaceAll("\n", "\n  ");
    if (text.includes("\n")) return this.page(text, "Printed");
    const name = this.#keep(text, "Printed");
    if (this.#takePage(text.length)) {
      this.#shown.add(text);
      return `artifact ${name} (${text.length} characters): ${text}`;
    }
    const beginning = beginningOf(text, Math.min(this.bounds.value, beginningLength));
    return `artifact ${name} (${text.length} characters; ${loadCall(name)} shows it all): ${beginning}…`;
  }

  /**
   * A record like `{"x":1}`, and a line for each long value in it. `owner` is `state`, `locals`, `arguments` or `sharedState`:
   * `LoadArtifact("state.x")` shows `state.x`. Long values of a `caller` become artifacts.
   */
  record(record: Readonly<Record<string, Encoded>>, owner: Owner): string[] {
    const parts: string[] = [];
    const long: string[] = [];
    const left: string[] = [];
    let length = 2;
    for (const [key, value] of Object.entries(record)) {
      const isLong = this.#isLong(value);
      const part = `${JSON.stringify(key)}:${isLong ? preview(value) : display(value, unbounded)}`;
      if (length + part.length > Math.max(this.bounds.record, this.bounds.value) && parts.length > 0) {
        left.push(`${owner}.${key}`);
        continue;
      }
      length += part.length + 1;
      parts.push(part);
      if (isLong) long.push(this.#longValue(key, value, owner));
    }
    if (left.length > 0) parts.push(`… ${left.length} more`);
    const names = left.length > 0 ? [`- ${this.#names(left)}: LoadArtifact shows each by its name`] : [];
    return [`{${parts.join(",")}}`, ...long, ...names];
  }

  #isLong(value: Encoded): boolean {
    const most = this.bounds.value;
    return display(value, { maxCharacters: most + 1 }).length > most && plainText(value).length > most;
  }

  #longValue(key: string, value: Encoded, owner: Owner): string {
    const content = plainText(value);
    const count = `${content.length} characters`;
    const name = owner === "caller" ? key : `${owner}.${key}`;
    if (this.#shown.has(content)) return `- ${name} (${count}, shown above)`;
    if (owner === "caller") return `- ${name}: ${this.value(value, `Local ${name} of a caller`)}`;
    const isWhole = owner === "arguments" ? this.#takePage(content.length) : this.#takeNewest(content.length);
    if (!isWhole) {
      const beginning = typeof value === "string"
        ? ""
        : `: ${display(value, { maxCharacters: beginningLength })}`;
      return `- ${name} (${count}; ${loadCall(name)} shows it all)${beginning}`;
    }
    this.#shown.add(content);
    return `- ${name} (${count}): ${display(value, unbounded)}`;
  }

  #names(names: readonly string[]): string {
    const text = names.join(", ");
    if (text.length <= this.bounds.list) return text;
    const name = this.#keep(text, "Names of variables");
    return `artifact ${name} (${names.length} names; ${loadCall(name)} shows them all)`;
  }

  /** The newest lines of a list, within the bound. The earlier ones become an artifact. */
  list(lines: readonly string[], what: string): readonly string[] {
    let first = lines.length;
    for (let length = 0; first > 0; first--) {
      length += lines[first - 1]!.length;
      if (length > Math.max(this.bounds.list, this.bounds.words) && first < lines.length) break;
    }
    if (first === 0) return lines;
    const content = lines.slice(0, first).join("\n");
    const name = this.#keep(content, `Earlier ${what}`);
    return [
      `- artifact ${name} (${first} earlier ${what}, ${content.length} characters; ${
        loadCall(name)
      } shows them all)`,
      ...lines.slice(first),
    ];
  }

  #keep(content: string, summary: string): string {
    const name = `a_${createHash("sha256").update(content).digest("hex").slice(0, 8)}`;
    if (!this.#artifacts.has(name)) this.#artifacts.set(name, { name, summary, content });
    return name;
  }

  #takeNewest(length: number): boolean {
    if (length > this.#newestLeft) return false;
    this.#newestLeft -= length;
    return true;
  }

  #takePage(length: number): boolean {
    if (length > this.#pageLeft) return false;
    this.#pageLeft -= length;
    return true;
  }
}

/** The owner of the values of a record. */
type Owner = "state" | "locals" | "arguments" | "caller" | "sharedState";

const unbounded = { maxCharacters: Number.MAX_SAFE_INTEGER };

/** Characters of a long text in a record. */
const previewLength = 80;

/** A long value in a record. Quotes and brackets are closed, so that the record can be read. */
function preview(value: Encoded): string {
  return typeof value === "string" ? JSON.stringify(`${beginningOf(value, previewLength)}…`) : "…";
}

function loadCall(name: string): string {
  return `LoadArtifact(${JSON.stringify(name)})`;
}

/** The beginning of a text, cut between two characters. */
function beginningOf(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
}
