import type { TraceValue } from "./trace_span.ts";

type Attribute = Readonly<Record<string, TraceValue>>;

/** Prompts, words, arguments and results, as attributes. Nothing, unless the user asks for them. */
export class TraceContent {
  readonly #isOn: boolean;

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** A value as JSON. */
  of(key: string, value: unknown): Attribute {
    return this.#isOn && value !== undefined ? { [key]: cut(JSON.stringify(value) ?? "") } : {};
  }

  text(key: string, text: string): Attribute {
    return this.#isOn ? { [key]: cut(text) } : {};
  }

  /** One message in the form of the conventions. */
  message(key: string, role: "user" | "assistant", text: string): Attribute {
    if (!this.#isOn) return {};
    return { [key]: JSON.stringify([{ role, parts: [{ type: "text", content: cut(text) }] }]) };
  }
}

const maxCharacters = 16_384;

function cut(text: string): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}… (${text.length} characters)` : text;
}
