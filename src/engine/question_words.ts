import type { FieldValue, FormField, ToolQuestion } from "../tools/mod.ts";

// The words with which a person is asked for a tool server, and how a person's words are read.

/** The first words of a question: the server's message, and the first field. */
export function firstWords(klass: string, { message, fields }: ToolQuestion): string {
  const asks = `${klass} asks: ${message}`;
  const [first] = fields;
  return first
    ? `${asks}\n${nextWords(first)}\n(Say "decline" to refuse.)`
    : `${asks}\n(Say "yes" to accept, or "decline".)`;
}

/** The words that ask for a field: `Name, your full name (a text)`. */
export function nextWords(field: FormField): string {
  const { name, title, description, required } = field;
  const about = description === undefined ? "" : `, ${description}`;
  const skip = required
    ? ""
    : field.default === undefined
    ? '; optional, say "skip"'
    : `; say "skip" for ${JSON.stringify(field.default)}`;
  return `${title ?? name}${about} (${kindOf(field)}${skip})`;
}

function kindOf({ type, options = [], minimum, maximum, format }: FormField): string {
  switch (type) {
    case "boolean":
      return "yes or no";
    case "choice":
      return `one of ${options.map(({ title }) => title).join(", ")}`;
    case "choices":
      return `any of ${options.map(({ title }) => title).join(", ")}, with commas between`;
    case "string":
      return format === undefined ? "a text" : `a text: ${format}`;
    case "number":
    case "integer": {
      const kind = type === "integer" ? "a whole number" : "a number";
      const least = minimum === undefined ? "" : ` from ${minimum}`;
      return `${kind}${least}${maximum === undefined ? "" : ` up to ${maximum}`}`;
    }
  }
}

/** Whether words answer the whole question. */
export function readWhole(
  { fields }: ToolQuestion,
  text: string,
): { readonly action: "accept" | "decline" | "cancel" } | { readonly text: string } | undefined {
  const word = text.trim().toLowerCase();
  if (word === "decline" || word === "cancel") return { action: word };
  if (fields.length > 0) return undefined;
  if (isYes(word)) return { action: "accept" };
  return isNo(word) ? { action: "decline" } : { text: 'Say "yes" to accept, or "decline".' };
}

/** Reads the value of a field. No value: a field that is left out. */
export function readField(
  field: FormField,
  text: string,
): { readonly value?: FieldValue } | { readonly fault: string } {
  const words = text.trim();
  if (!field.required && (words === "" || words.toLowerCase() === "skip")) {
    return field.default === undefined ? {} : { value: field.default };
  }
  const value = valueOf(field, words);
  const fault = value === undefined ? `This must be ${kindOf(field)}` : faultOf(field, value);
  return fault === undefined ? { value: value! } : { fault: `${fault}. ${nextWords(field)}` };
}

function valueOf(field: FormField, words: string): FieldValue | undefined {
  switch (field.type) {
    case "string":
      return words;
    case "boolean":
      return isYes(words.toLowerCase()) ? true : isNo(words.toLowerCase()) ? false : undefined;
    case "number":
    case "integer": {
      const number = words === "" ? NaN : Number(words.replace(",", "."));
      return Number.isFinite(number) && (field.type === "number" || Number.isInteger(number))
        ? number
        : undefined;
    }
    case "choice":
      return optionOf(field, words);
    case "choices": {
      const chosen = words.split(",").map((word) => word.trim()).filter((word) => word !== "")
        .map((word) => optionOf(field, word));
      return chosen.includes(undefined) ? undefined : chosen as string[];
    }
  }
}

function optionOf({ options = [] }: FormField, words: string): string | undefined {
  const plain = (text: string) => text.trim().toLowerCase();
  const named = options.find(({ value }) => value === words) ??
    options.find(({ value, title }) => plain(value) === plain(words) || plain(title) === plain(words));
  const number = Number(words);
  return named?.value ?? (Number.isInteger(number) ? options[number - 1]?.value : undefined);
}

function faultOf(field: FormField, value: FieldValue): string | undefined {
  const { minimum, maximum, minLength, maxLength } = field;
  if (typeof value === "number") {
    if (minimum !== undefined && value < minimum) return `This must be at least ${minimum}`;
    if (maximum !== undefined && value > maximum) return `This must be at most ${maximum}`;
  }
  if (typeof value === "string" && field.type === "string") {
    if (minLength !== undefined && value.length < minLength) {
      return `This needs at least ${minLength} characters`;
    }
    if (maxLength !== undefined && value.length > maxLength) {
      return `This may have at most ${maxLength} characters`;
    }
    if (field.required && value === "") return "This must not be empty";
  }
  return undefined;
}

function isYes(word: string): boolean {
  return ["yes", "y", "true", "ok", "accept", "1"].includes(word);
}

function isNo(word: string): boolean {
  return ["no", "n", "false", "0"].includes(word);
}
