/**
 * Removes the matches of patterns from the records of a session: from every text, and in values of the program also from
 * numbers and names of fields. Ids, hashes and words of the format stay, because they hold the entries together.
 */
export class Redaction {
  readonly #patterns: readonly RegExp[];
  /** The number of matches that were replaced. */
  replaced = 0;
  /** Ids and words of the format that match a pattern and stay. */
  readonly kept = new Set<string>();

  /** The patterns have the flag `g`, and do not match the empty text. */
  constructor(patterns: readonly RegExp[]) {
    this.#patterns = patterns;
  }

  text(text: string): string {
    let result = text;
    for (const pattern of this.#patterns) {
      result = result.replace(pattern, () => {
        this.replaced++;
        return mark;
      });
    }
    return result;
  }

  /** An entry, or another record of the format. */
  entry(value: unknown, key = ""): unknown {
    if (typeof value === "string") {
      return this.#isStructure(key, value) ? this.#keep(value) : this.text(value);
    }
    if (Array.isArray(value)) {
      return dataKeys.has(key) ? this.#data(value) : value.map((item) => this.entry(item, key));
    }
    if (typeof value !== "object" || value === null) return dataKeys.has(key) ? this.#data(value) : value;
    if (key === "in") return mapValues(value, (item) => this.#data(item));
    if (dataKeys.has(key)) return this.#data(value);
    return mapValues(value, (item, name) => this.entry(item, name));
  }

  /** A value of the program. */
  #data(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") {
      const text = this.text(String(value));
      return text === String(value) ? value : text;
    }
    if (Array.isArray(value)) return value.map((item) => this.#data(item));
    if (typeof value !== "object" || value === null) return value;
    const { $type: type, value: inner } = value as { readonly $type?: unknown; readonly value?: unknown };
    if (scalarTypes.has(type) && this.#matches(String(inner))) return this.text(String(inner));
    const fields: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      const name = formatKeys.has(key) ? key : this.text(key);
      fields[unusedName(fields, name)] = key === "$type" ? item : this.#data(item);
    }
    return { ...fields };
  }

  #isStructure(key: string, value: string): boolean {
    return wordKeys.has(key) || (idKeys.has(key) && idPattern.test(value)) || hashPattern.test(value);
  }

  #keep(value: string): string {
    if (this.#matches(value)) this.kept.add(value);
    return value;
  }

  #matches(text: string): boolean {
    return this.#patterns.some((pattern) => text.search(pattern) >= 0);
  }
}

const mark = "[redacted]";

function mapValues(value: object, map: (item: unknown, key: string) => unknown): unknown {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, key)]));
}

/** A name that the object does not have: two names may differ only in what was removed. */
function unusedName(fields: object, name: string): string {
  let unused = name;
  for (let count = 2; unused in fields; count++) unused = `${name} ${count}`;
  return unused;
}

/** Fields of entries that hold values of the program. */
const dataKeys: ReadonlySet<string> = new Set([
  ...[
    "after",
    "args",
    "arguments",
    "before",
    "locals",
    "parameters",
    "patch",
    "properties",
    "value",
    "writes",
  ],
]);
/** Words of the format. */
const wordKeys: ReadonlySet<string> = new Set([
  ...["as", "finish", "kind", "mode", "playbooks", "status", "type"],
]);
/** Ids of agents, frames, messages and meetings, and lists of them. */
const idKeys: ReadonlySet<string> = new Set([
  ...[
    "agent",
    "by",
    "ended",
    "frame",
    "from",
    "hearers",
    "id",
    "meeting",
    "message",
    "messages",
    "name",
    "pauses",
  ],
  ...["question", "sources", "takes", "to"],
]);
const idPattern = /^([a-z]|meeting )?\d{1,9}$/;
const hashPattern = /^[0-9a-f]{64}$/;
/** Fields of encoded values and of changes. */
const formatKeys: ReadonlySet<string> = new Set(["$type", "append", "value"]);
/** Encoded values whose `value` is one scalar that has another meaning if it is changed. */
const scalarTypes: ReadonlySet<unknown> = new Set(["bigint", "date", "number"]);
