import { host } from "./support.ts";

type Fields = Readonly<Record<(typeof parts)[number] | "origin", string>>;
type Pair = [string, string];

const parts = [
  ...["href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"],
] as const;

export class URL {
  #fields: Fields;
  #params: URLSearchParams | undefined;

  constructor(address: unknown, base?: unknown) {
    const fields = parsed(address, base);
    if (fields === null) {
      const shown = JSON.stringify(`${address}`.slice(0, 200));
      throw new TypeError(
        `Invalid URL: ${shown}${base === undefined ? " needs a whole address, or a base" : ""}`,
      );
    }
    this.#fields = fields;
  }

  static canParse(address: unknown, base?: unknown): boolean {
    return parsed(address, base) !== null;
  }

  static parse(address: unknown, base?: unknown): URL | null {
    return parsed(address, base) === null ? null : new URL(address, base);
  }

  /** Reads or changes one part. `URL.prototype` has an accessor for each. */
  static part(url: URL, name: keyof Fields, value?: string): string {
    if (value !== undefined) {
      const changed = host("urlWith", [url.#fields.href, name, value]) as Fields | null;
      if (changed === null) throw new TypeError(`Invalid URL: ${JSON.stringify(value.slice(0, 200))}`);
      url.#fields = changed;
      if (name === "href" || name === "search") url.#params?.reread(changed.search);
    }
    return url.#fields[name];
  }

  get origin(): string {
    return this.#fields.origin;
  }

  get searchParams(): URLSearchParams {
    return this.#params ??= URLSearchParams.of(this.#fields.search, (text) => {
      this.#fields = host("urlWith", [this.#fields.href, "search", text]) as Fields;
    });
  }

  toString(): string {
    return this.#fields.href;
  }

  toJSON(): string {
    return this.#fields.href;
  }
}

for (const name of parts) {
  Object.defineProperty(URL.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: URL) {
      return URL.part(this, name as keyof Fields);
    },
    set(this: URL, value: unknown) {
      URL.part(this, name as keyof Fields, `${value}`);
    },
  });
}

function parsed(address: unknown, base: unknown): Fields | null {
  return host("url", base === undefined ? [`${address}`] : [`${address}`, `${base}`]) as Fields | null;
}

export class URLSearchParams {
  #pairs: Pair[];
  #changed: ((text: string) => void) | undefined;

  constructor(init: unknown = "") {
    this.#pairs = pairsOf(init);
  }

  /** The parameters of an address, which hears of their changes. */
  static of(search: string, changed: (text: string) => void): URLSearchParams {
    const params = new URLSearchParams(search);
    params.#changed = changed;
    return params;
  }

  /** Reads the parameters anew, after the address was changed. */
  reread(search: string): void {
    this.#pairs = pairsOf(search);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: unknown, value: unknown): void {
    this.#set([...this.#pairs, [`${name}`, `${value}`]]);
  }

  delete(name: unknown, value?: unknown): void {
    this.#set(
      this.#pairs.filter((pair) => pair[0] !== `${name}` || (value !== undefined && pair[1] !== `${value}`)),
    );
  }

  get(name: unknown): string | null {
    return this.#pairs.find((pair) => pair[0] === `${name}`)?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    return this.#pairs.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]);
  }

  has(name: unknown, value?: unknown): boolean {
    return this.#pairs.some((pair) =>
      pair[0] === `${name}` && (value === undefined || pair[1] === `${value}`)
    );
  }

  set(name: unknown, value: unknown): void {
    const index = this.#pairs.findIndex((pair) => pair[0] === `${name}`);
    if (index < 0) return this.append(name, value);
    const rest = this.#pairs.filter((pair, i) => i === index || pair[0] !== `${name}`);
    this.#set(rest.map((pair): Pair => pair[0] === `${name}` ? [pair[0], `${value}`] : pair));
  }

  sort(): void {
    this.#set([...this.#pairs].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => unknown, self?: unknown): void {
    for (const [name, value] of this.#pairs) callback.call(self, value, name, this);
  }

  *entries(): Generator<Pair> {
    for (const [name, value] of this.#pairs) yield [name, value];
  }

  *keys(): Generator<string> {
    for (const [name] of this.#pairs) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this.#pairs) yield value;
  }

  [Symbol.iterator](): Generator<Pair> {
    return this.entries();
  }

  toString(): string {
    return host("queryText", [this.#pairs]) as string;
  }

  #set(pairs: Pair[]): void {
    this.#pairs = pairs;
    this.#changed?.(this.toString());
  }
}

function pairsOf(init: unknown): Pair[] {
  if (typeof init !== "object" || init === null) return host("query", [`${init ?? ""}`]) as Pair[];
  const isList = typeof (init as Iterable<unknown>)[Symbol.iterator] === "function";
  const entries = isList
    ? [...init as Iterable<Iterable<unknown>>].map((pair) => [...pair])
    : Object.entries(init);
  return entries.map((pair): Pair => {
    if (pair.length !== 2) throw new TypeError("URLSearchParams needs pairs of a name and a value");
    return [`${pair[0]}`, `${pair[1]}`];
  });
}
