import { isVariableName } from "../../src/language/variable_names.ts";
import type { Reading } from "./reading.ts";
import { wordsOf } from "./words.ts";

/** The place of a value: `$x` in the agent's state, a bare name in the frame's locals. */
export interface ValuePlace {
  readonly kind: "state" | "local";
  readonly name: string;
}

/** The variables that a turn's code can use, while it is being written. */
export class NameScope {
  readonly #state: Set<string>;
  readonly #locals: Set<string>;
  readonly #classes = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #hoisted = new Set<string>();

  /** Translates an expression between braces in a text. */
  expression: (text: string) => string | undefined = () => undefined;
  /** The reference to what a person said last. */
  lastReply: string | undefined;
  /** The variable with the last reply of each person. */
  readonly replies: Map<string, string>;

  constructor(reading: Reading) {
    this.lastReply = reading.lastReply;
    this.replies = new Map(reading.replies);
    this.#state = new Set(Object.keys(reading.state));
    this.#locals = new Set(
      [...Object.keys(reading.args), ...Object.keys(reading.locals)].filter(isIdentifier),
    );
    for (const [name, value] of Object.entries(reading.state)) this.#noteClass(`state.${name}`, value);
    for (const [name, value] of Object.entries(reading.locals)) this.#noteClass(name, value);
    this.#taken = new Set([
      ...reserved,
      ...reading.playbooks.map((playbook) => playbook.name),
      ...reading.others.map((other) => other.klass),
    ]);
  }

  /** Locals that are first set inside a block. They are declared at the start of the turn. */
  get hoisted(): readonly string[] {
    return [...this.#hoisted];
  }

  /** `$name` in a step: the agent's variable, or a parameter that exists only as a local. */
  reference(name: string): string {
    if (!this.#state.has(name) && this.#locals.has(name)) return name;
    return member("state", name);
  }

  /** Whether a part of written code names a variable. */
  isReference(code: string): boolean {
    return this.#locals.has(code) || code.startsWith("state") && code !== "state";
  }

  knows(name: string): boolean {
    return this.#state.has(name) || this.#locals.has(name);
  }

  /** The known variable that matches these words, `order_id` for `order id`. */
  findPlace(words: readonly string[]): ValuePlace | undefined {
    const wanted = words.join("");
    return wanted === "" ? undefined : this.#place((name) => wordsOf(name).join("") === wanted);
  }

  /** The reference of {@linkcode findPlace}. */
  find(words: readonly string[]): string | undefined {
    const place = this.findPlace(words);
    return place && referenceTo(place);
  }

  /**
   * Like {@linkcode findPlace}. If nothing matches, the newest variable whose name ends with the same word and is not
   * `except`.
   */
  findPlaceLike(words: readonly string[], except?: string): ValuePlace | undefined {
    return this.findPlace(words) ??
      this.#place((name) => name !== except && wordsOf(name).at(-1) === words.at(-1));
  }

  /** A name for a new local that hides no other name. */
  local(name: string): ValuePlace {
    const safe = isVariableName(name) ? name : `value_${name.replace(/\W/g, "_")}`;
    return { kind: "local", name: this.#taken.has(safe) ? `${safe}_value` : safe };
  }

  /** Returns the statement that sets a place. Later lines know the place. */
  assign(place: ValuePlace, value: string, options: { readonly nested: boolean }): string {
    if (place.kind === "state") {
      this.#state.add(place.name);
      return `${member("state", place.name)} = ${value};`;
    }
    const known = this.#locals.has(place.name);
    this.#locals.add(place.name);
    if (known) return `${place.name} = ${value};`;
    if (!options.nested) return `let ${place.name} = ${value};`;
    this.#hoisted.add(place.name);
    return `${place.name} = ${value};`;
  }

  /** The class of the agent behind a reference, if it is a known agent. */
  classOf(reference: string): string | undefined {
    return this.#classes.get(reference);
  }

  /** The reference to an agent of this class, the newest if there are several. */
  agentOf(klass: string): string | undefined {
    return [...this.#classes].findLast(([, found]) => found === klass)?.[0];
  }

  noteAgent(reference: string, klass: string): void {
    this.#classes.delete(reference);
    this.#classes.set(reference, klass);
  }

  #place(fits: (name: string) => boolean): ValuePlace | undefined {
    const local = [...this.#locals].findLast(fits);
    if (local !== undefined) return { kind: "local", name: local };
    const variable = [...this.#state].findLast(fits);
    return variable === undefined ? undefined : { kind: "state", name: variable };
  }

  #noteClass(reference: string, value: unknown): void {
    const klass =
      typeof value === "object" && value !== null && "$type" in value && value["$type"] === "agent" &&
        "klass" in value && typeof value.klass === "string"
        ? value.klass
        : undefined;
    if (klass !== undefined) this.#classes.set(reference, klass);
  }
}

/** The place of `$name`. */
export function statePlace(name: string): ValuePlace {
  return { kind: "state", name };
}

/** The reference of a place. */
export function referenceTo(place: ValuePlace): string {
  return place.kind === "state" ? member("state", place.name) : place.name;
}

/** `object.name`, or brackets if the name is not an identifier. */
function member(object: string, name: string): string {
  return isIdentifier(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`;
}

function isIdentifier(name: string): boolean {
  return /^[\p{L}_$][\p{L}\p{M}\p{N}_$]*$/u.test(name);
}

const reserved =
  ("arguments await break case catch class const continue debugger default delete do else enum eval export " +
    "extends false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield " +
    "state self agents meeting console globalThis asText asValue orName hasWord isValid tellMeeting hearMeeting watch")
    .split(
      " ",
    );
