import { type Action, nothing } from "./action.ts";
import { splitClauses, splitSentences } from "./clauses.ts";
import { isValid } from "./predicates.ts";
import type { Receiver } from "./names.ts";
import type { Context } from "./context.ts";
import { readClause } from "./phrases.ts";
import type { Reading } from "./reading.ts";
import { textLiteral } from "./say_text.ts";
import { NameScope, referenceTo, type ValuePlace } from "./scope.ts";
import { wordsOf } from "./words.ts";

/** A turn's code while it is being written: its lines, and the facts about them that later lines need. */
export class Draft {
  readonly reading: Reading;
  readonly scope: NameScope;
  /** Whether any written line waits for a message or a person. */
  waits = false;
  /** Whether the last written line ends the turn. */
  ended = false;
  /** Number of open loops around the next line. `break` needs at least one. */
  loops = 0;
  readonly #lines: string[] = [];
  #depth = 0;
  #lastResult: string | undefined;
  #lastCall: { readonly place: ValuePlace; readonly code: string } | undefined;
  #lastAsked: ValuePlace | undefined;
  #addressed: Receiver | undefined;
  #pending: { readonly target: Receiver; readonly places: readonly ValuePlace[] } | undefined;

  constructor(reading: Reading) {
    this.reading = reading;
    this.scope = new NameScope(reading);
  }

  /** The code, after the declarations that its blocks need. */
  code(): string {
    const hoisted = this.scope.hoisted;
    return [...(hoisted.length > 0 ? [`let ${hoisted.join(", ")};`] : []), ...this.#lines, ""].join("\n");
  }

  context(code: string): Context {
    const asked = this.#pending !== undefined;
    return { reading: this.reading, scope: this.scope, code, lastResult: this.#lastResult, asked };
  }

  line(text: string): void {
    this.#lines.push("  ".repeat(this.#depth) + text);
    this.ended = this.#depth === 0 && /^(Return|EndProgram)\(/.test(text);
  }

  /** Writes `head`, then the body one level deeper, then `tail`. */
  block(head: string, tail: string, body: () => void): void {
    this.line(head);
    this.inside(body);
    this.line(tail);
  }

  /** Writes one level deeper. */
  inside(body: () => void): void {
    this.#depth++;
    body();
    this.#depth--;
  }

  /** Sets a place, and declares it if needed. */
  set(place: ValuePlace, value: string): void {
    this.line(this.scope.assign(place, value, { nested: this.#depth > 0 }));
  }

  /** Writes all actions of a text. `waitFollows`: the next step waits for the answer to this one. */
  text(text: string, { code, waitFollows }: { readonly code: string; readonly waitFollows: boolean }): void {
    const clauses = splitSentences(text).flatMap(splitClauses);
    let from = 0;
    const read = clauses.map((clause) => {
      const start = text.indexOf(clause, from);
      from = Math.max(from, start + clause.length);
      return { start, end: start + clause.length, clause };
    });
    for (let index = 0; index < read.length;) {
      const first = read[index]!;
      const actions = readClause(first.clause, this.context(code));
      let end = index + 1;
      let action = actions[0] ?? nothing;
      if (actions.length === 1 && action.kind === "say" && !action.quoted) {
        while (end < read.length) {
          const next = readClause(read[end]!.clause, this.context(code))[0] ?? nothing;
          if (
            next.kind === "say" && !next.quoted &&
            (next.target.implied || next.target.code === action.target.code)
          ) {
            action = { ...action, asks: joined(action.asks, next.asks) };
          } else if (next.kind !== "nothing") break;
          end++;
        }
        // A clause alone in its step is said with the step's own words.
        const said = index === 0 && end === read.length ? text : text.slice(first.start, read[end - 1]!.end);
        this.#write({ ...action, said }, waitFollows);
      } else for (const each of actions) this.#write(each, waitFollows);
      index = end;
    }
  }

  #write(action: Action, waitFollows: boolean): void {
    switch (action.kind) {
      case "say":
        return this.#say(action, waitFollows);
      case "wait":
        return this.#wait(action);
      case "sleep":
        return this.line(`await Sleep(${action.seconds});`);
      case "run":
        return this.line(action.code);
      case "set":
        this.set(action.place, action.value);
        this.#lastResult = referenceTo(action.place);
        if (action.value.startsWith("await ")) this.#lastCall = { place: action.place, code: action.value };
        return;
      case "create":
        this.set(
          action.place,
          `await CreateAgent(${
            [JSON.stringify(action.klass), action.properties].filter(Boolean).join(", ")
          })`,
        );
        return this.scope.noteAgent(referenceTo(action.place), action.klass);
      case "retry":
        return this.#retry(action.said);
      case "return":
        return this.line(`Return(${action.value});`);
      case "exit":
        return this.line("EndProgram();");
      case "break":
        return this.loops > 0 ? this.line("break;") : undefined;
      case "nothing":
        return;
    }
  }

  #say(action: Action & { readonly kind: "say" }, waitFollows: boolean): void {
    const { target } = action;
    if (target.klass !== undefined) this.#addressed = target;
    const asks = action.asks ?? [];
    const except = asks.map((place) => place.name);
    const say = (text: string) =>
      this.line(`await Say(${target.code}, ${textLiteral(text, this.scope, { except })});`);
    if (asks.length > 0) this.#lastAsked = asks[0];
    if (action.asks === undefined || waitFollows) {
      say(action.said);
      if (action.asks !== undefined) this.#pending = { target, places: asks };
      return;
    }
    if (asks.length < 2) {
      say(action.said);
      return this.#receive(target, asks[0] ?? this.scope.local("reply"));
    }
    for (const place of asks) {
      say(`${action.said} ($${place.name})`);
      this.#receive(target, place);
    }
  }

  #wait(action: Action & { readonly kind: "wait" }): void {
    const target = action.target ?? this.#pending?.target ?? this.#addressed ?? { code: '"user"' };
    const pending = this.#pending?.target.code === target.code ? this.#pending.places : [];
    const places = action.place ? [action.place] : pending.length > 0 ? pending : [this.scope.local("reply")];
    for (const place of places) this.#receive(target, place, action.timeout);
    this.#pending = undefined;
  }

  #receive(target: Receiver, place: ValuePlace, timeout?: string): void {
    const options = timeout === undefined ? "" : `, { timeout: ${timeout} }`;
    const words = `await Yield(${target.code}${options})`;
    const value = target.klass === undefined && !isText(place.name)
      ? `((reply) => /^-?(0|[1-9]\\d{0,14})(\\.\\d+)?$/.test(reply.trim()) ? Number(reply) : reply)(${words})`
      : words;
    this.set(place, value);
    this.#lastResult = referenceTo(place);
    this.waits = true;
  }

  /** "keep asking until user provides a valid order id": asks and calls again until the call's result is valid. */
  #retry(said: string): void {
    const words = wordsOf(/\bvalid\s+(.+)$/i.exec(said)?.[1] ?? "");
    const call = this.#lastCall;
    const asked = this.scope.findPlaceLike(words, call?.place.name) ?? this.#lastAsked ??
      this.scope.local("reply");
    const judged = call?.place ?? asked;
    const user = { code: '"user"' };
    this.loop(`!${isValid(referenceTo(judged))}`, said, () => {
      this.line(`await Say("user", ${textLiteral(said, this.scope)});`);
      this.#receive(user, asked);
      if (call) this.set(call.place, call.code);
    });
  }

  /** A loop with a condition. It throws after {@linkcode maxRounds}. */
  loop(condition: string, what: string, body: () => void): void {
    this.block(`for (let round = 1; ${condition}; round++) {`, "}", () => {
      this.line(
        `if (round > ${maxRounds}) throw new Error(${
          JSON.stringify(`More than ${maxRounds} rounds: ${what}`)
        });`,
      );
      this.loops++;
      body();
      this.loops--;
    });
  }
}

/** A loop with more rounds waits for something that will not happen. */
const maxRounds = 1000;

/** Words that name a text even if it is all digits: a PIN may begin with zero, and order ids are not added. */
function isText(name: string): boolean {
  return /^(id|pin|code|password|phone|zip|postcode|name|email|ssn|date|dob|text|reply)$/.test(
    wordsOf(name).at(-1) ?? "",
  ) ||
    /(phone|account|card|order)_?number$/i.test(name);
}

function joined(
  one: readonly ValuePlace[] | undefined,
  other: readonly ValuePlace[] | undefined,
): readonly ValuePlace[] | undefined {
  return one === undefined ? other : other === undefined ? one : [...one, ...other];
}
