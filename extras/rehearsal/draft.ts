import { namePattern } from "../../src/language/variable_names.ts";
import type { Action } from "./action.ts";
import { meaningOf } from "./calls.ts";
import { splitClauses, splitSentences } from "./clauses.ts";
import type { Context } from "./context.ts";
import { isValid, translate } from "./expression.ts";
import { joinedMentions, type Receiver } from "./names.ts";
import { pattern } from "./pattern.ts";
import { readClause } from "./phrases.ts";
import { onOneLine, type Reading } from "./reading.ts";
import { capitalised, helpers, nameText } from "./say_text.ts";
import { NameScope, referenceTo, type ValuePlace } from "./scope.ts";
import { toTarget } from "./speech.ts";
import { wordsOf } from "./words.ts";

/** A loop around the next line. */
interface Loop {
  /** Its variable that is true when a person was heard in the round. */
  readonly heard: string;
  /** The words of a person that end it at once, as a regular expression. */
  readonly endWords?: string;
  /** Whether its lines hear a person. */
  hears: boolean;
  /** References that its lines set. */
  readonly sets: Set<string>;
}

/** A receiver as a clause names it. */
type NamedReceiver = Receiver & { readonly name: string; readonly kind: "person" | "class" };

/** A turn's code while it is being written: its lines, and the facts about them that later lines need. */
export class Draft {
  readonly reading: Reading;
  readonly scope: NameScope;
  /** Whether any written line waits for a message or a person. */
  waits = false;
  /** Whether the last written line ends the turn. */
  ended = false;
  /** Whether the step that is being written is the last one of its playbook. */
  atLastStep = false;
  /** Whether the clause that is being written is the last one of its step. */
  #atLastClause = false;
  readonly #lines: string[] = [];
  readonly #loops: Loop[] = [];
  #loopCount = 0;
  #depth = 0;
  /** Loops whose bodies are being written. */
  #nested = 0;
  #lastResult: string | undefined;
  #lastCall: { readonly place: ValuePlace; readonly code: string } | undefined;
  #lastAsked: { readonly place: ValuePlace; readonly question: string | undefined } | undefined;
  /** The result of a call that the next step waits for. */
  #answer: string | undefined;
  /** Where the answers of several stand for which the next step waits. */
  #allAnswers: string | undefined;
  #addressed: Receiver | undefined;
  #pending: { readonly target: Receiver; readonly place: ValuePlace } | undefined;

  constructor(reading: Reading) {
    this.reading = reading;
    this.scope = new NameScope(reading);
    this.scope.expression = (text) => translate(text, meaningOf(this.context("")));
  }

  /** The code, after the helpers that it uses and the declarations that its blocks need. */
  code(): string {
    const { hoisted } = this.scope;
    const body = [...(hoisted.length > 0 ? [`let ${hoisted.join(", ")};`] : []), ...this.#lines, ""].join(
      "\n",
    );
    const used = Object.entries(helpers).filter(([name]) => body.includes(`${name}(`));
    return [...used.map(([name, text]) => `const ${name} = ${text};\n`), body].join("");
  }

  context(code: string): Context {
    return {
      reading: this.reading,
      scope: this.scope,
      code,
      lastResult: this.#lastResult,
      addressed: this.#addressed,
      lastAsked: this.#lastAsked?.place,
      asked: this.#pending !== undefined,
    };
  }

  line(text: string): void {
    this.#lines.push("  ".repeat(this.#depth) + text);
    this.ended = this.#depth + this.#nested === 0 && /^(Return|EndProgram)\(/.test(text);
  }

  /** Writes a line that tells what the rehearsal could not do. */
  note(text: string): void {
    const short = onOneLine(text);
    const shown = short.length > maxNoteLength ? `${short.slice(0, maxNoteLength).trimEnd()}…` : short;
    this.line(`console.log(${JSON.stringify(`rehearsal: ${shown}`)});`);
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

  /** Writes lines of a function of their own, which cannot end the loops around it. */
  apart(body: () => void): void {
    const loops = this.#loops.splice(0);
    body();
    this.#loops.push(...loops);
  }

  /** Sets a place, and declares it if needed. */
  set(place: ValuePlace, value: string): void {
    this.line(this.scope.assign(place, value, { nested: this.#depth + this.#nested > 0 }));
    for (const loop of this.#loops) loop.sets.add(referenceTo(place));
  }

  /** Writes all actions of a text. `waitFollows`: the next step waits for the answer to this one. */
  text(text: string, { code, waitFollows }: { readonly code: string; readonly waitFollows: boolean }): void {
    let from = 0;
    let unread: { readonly start: number; end: number } | undefined;
    const flush = () => {
      if (unread) {
        this.note(`left to a model: ${text.slice(unread.start, unread.end).replace(/[\s:,]+$/, "")}`);
      }
      unread = undefined;
    };
    const clauses = splitSentences(text).flatMap(splitClauses);
    for (const [index, clause] of clauses.entries()) {
      const next = clauses[index + 1];
      const isAwaited = next === undefined ? waitFollows : waitsForWords.test(next);
      const start = Math.max(text.indexOf(clause, from), from);
      from = start + clause.length;
      this.#atLastClause = next === undefined;
      const { actions, receivers } = this.#read(clause, code);
      if (actions.every(({ kind }) => kind === "unknown")) {
        unread ??= { start, end: from };
        unread.end = from;
        continue;
      }
      const made = unread;
      flush();
      for (const action of actions) {
        // "Summarize it and store the result in $x": the result is what a model would make.
        if (made && action.kind === "set" && action.value === this.#lastResult) {
          this.#write(
            { ...action, value: JSON.stringify(`the ${nameText(action.place.name)}`) },
            clause,
            isAwaited,
          );
        } else this.#write(action, clause, isAwaited, receivers);
      }
    }
    flush();
  }

  /** Reads a clause. Words for several people or agents have all of them as `receivers`. */
  #read(
    clause: string,
    code: string,
  ): { readonly actions: readonly Action[]; readonly receivers: readonly NamedReceiver[] } {
    const joined = joinedMentions(clause, this.reading);
    const actions = readClause(joined?.single ?? clause, this.context(code));
    const receivers = joined?.mentions.map((mention) => ({ ...toTarget(mention, this.scope), ...mention })) ??
      [];
    const [action] = actions;
    const isForAll = actions.length === 1 && (action?.kind === "say" || action?.kind === "ask") &&
      action.target.code === receivers[0]?.code;
    if (isForAll) return { actions, receivers };
    return { actions: joined ? readClause(clause, this.context(code)) : actions, receivers: [] };
  }

  #write(
    action: Action,
    clause: string,
    waitFollows: boolean,
    receivers: readonly NamedReceiver[] = [],
  ): void {
    if ("isStandIn" in action && action.isStandIn) this.note(`left to a model: ${clause}`);
    switch (action.kind) {
      case "say":
        if (receivers.length > 0) return this.#sayToAll(receivers, action.text);
        if (action.target.klass !== undefined) this.#addressed = action.target;
        if (this.reading.isInMeeting && action.target.code === '"meeting"') {
          return this.line(`await tellMeeting(${action.text});`);
        }
        return this.line(`await Say(${action.target.code}, ${action.text});`);
      case "ask":
        if (receivers.length > 0) return this.#askAll(receivers, action, clause, waitFollows);
        return this.#ask(action, clause, waitFollows);
      case "wait":
        return this.#wait(action);
      case "sleep":
        return this.line(`await Sleep(${action.seconds});`);
      case "run":
        return this.line(action.code);
      case "set":
        this.set(action.place, action.value);
        this.#lastResult = referenceTo(action.place);
        if (!action.value.startsWith("await ")) return;
        this.#lastCall = { place: action.place, code: action.value };
        if (waitFollows) this.#answer = referenceTo(action.place);
        return;
      case "create": {
        const args = [JSON.stringify(action.klass), action.properties].filter(Boolean).join(", ");
        this.set(action.place, `await CreateAgent(${args})`);
        this.#addressed = { code: referenceTo(action.place), klass: action.klass };
        return this.scope.noteAgent(referenceTo(action.place), action.klass);
      }
      case "retry":
        return this.#retry(clause);
      case "return":
        return this.line(`Return(${action.value});`);
      case "exit":
        return this.line("EndProgram();");
      case "stop":
        return this.line(this.#loops.length > 0 ? "break;" : "EndProgram();");
      case "break":
        return this.#loops.length > 0 ? this.line("break;") : undefined;
      case "unknown":
        return this.note(`left to a model: ${clause}`);
      case "nothing":
        return;
    }
  }

  #ask(
    { target, questions, places }: Action & { readonly kind: "ask" },
    clause: string,
    waitFollows: boolean,
  ): void {
    if (target.klass !== undefined) this.#addressed = target;
    for (const [index, place] of places.entries()) {
      const question = questions[index];
      if (question !== undefined) this.line(`await Say(${target.code}, ${question});`);
      else if (index === 0) this.note(`left to a model: ${clause}`);
      if (question !== undefined && this.#isOpenQuestion(target, place)) return;
      this.#lastAsked = { place, question };
      if (waitFollows && index === places.length - 1) this.#pending = { target, place };
      else this.#receive(target, place);
    }
  }

  #sayToAll(receivers: readonly NamedReceiver[], text: string): void {
    for (const { code } of receivers) this.line(`await Say(${code}, ${text});`);
  }

  /** Asks all, and waits for all. A place gets the answers with their names, one on a line. */
  #askAll(
    receivers: readonly NamedReceiver[],
    { questions, places }: Action & { readonly kind: "ask" },
    clause: string,
    waitFollows: boolean,
  ): void {
    for (const [index, place] of places.entries()) {
      const question = questions[index];
      if (question !== undefined) this.#sayToAll(receivers, question);
      else if (index === 0) this.note(`left to a model: ${clause}`);
      const answers = receivers.map(({ name, code }) =>
        `Yield(${code}).then((words) => ${JSON.stringify(`${name}: `)} + words)`
      );
      this.#hear(place, `(await Promise.all([${answers.join(", ")}])).join("\\n")`, {
        isPerson: receivers.some(({ kind }) => kind === "person"),
      });
      if (waitFollows) this.#answer = this.#allAnswers = referenceTo(place);
    }
  }

  /**
   * Whether the words that answer a question are for the triggers: "Ask how you can help" ends the playbook that begins
   * the program, and other playbooks begin when a person asks for something.
   */
  #isOpenQuestion(target: Receiver, place: ValuePlace): boolean {
    const { stack, triggers, isInMeeting } = this.reading;
    return this.atLastStep && this.#atLastClause && this.#depth + this.#nested === 0 &&
      target.klass === undefined && place.kind === "local" && stack.length === 1 && !isInMeeting &&
      triggers.some(({ text }) => /\b(?:users?|customers?|person|people|someone|guest|client)\b/i.test(text));
  }

  #wait(action: Action & { readonly kind: "wait" }): void {
    const answer = this.#answer;
    this.#answer = undefined;
    if (answer !== undefined && action.place) return this.set(action.place, answer);
    if (answer !== undefined && answer === this.#allAnswers) return;
    const target = action.target ?? this.#pending?.target ?? this.#addressed ?? { code: '"user"' };
    const pending = this.#pending?.target.code === target.code ? this.#pending.place : undefined;
    this.#pending = undefined;
    this.#receive(target, action.place ?? pending ?? this.scope.local("reply"), action.timeout);
  }

  #receive(target: Receiver, place: ValuePlace, timeout?: string): void {
    const options = timeout === undefined ? undefined : `{ timeout: ${timeout} }`;
    const words = this.reading.isInMeeting && target.code === '"meeting"'
      ? `await hearMeeting(${options ?? ""})`
      : `await Yield(${[target.code, options].filter(Boolean).join(", ")})`;
    const isPerson = target.klass === undefined;
    this.#hear(place, isPerson && !isText(place.name) ? `asValue(${words})` : words, { isPerson });
    if (isPerson) this.scope.replies.set(target.code.replaceAll('"', ""), referenceTo(place));
  }

  #hear(place: ValuePlace, words: string, { isPerson }: { readonly isPerson: boolean }): void {
    this.set(place, words);
    this.#lastResult = referenceTo(place);
    this.waits = true;
    if (!isPerson) return;
    this.scope.lastReply = referenceTo(place);
    if (this.#loops.length === 0) return;
    for (const loop of this.#loops) loop.hears = true;
    this.line(`${this.#loops.map(({ heard }) => `${heard} = `).join("")}true;`);
    const { endWords } = this.#loops.at(-1)!;
    if (endWords) this.line(`if (hasWord(${this.scope.lastReply}, ${JSON.stringify(endWords)})) break;`);
  }

  /** "keep asking until user provides a valid order id": asks and calls again until the call's result is valid. */
  #retry(clause: string): void {
    const call = this.#lastCall;
    const words = wordsOf(/\bvalid\s+(.+)$/i.exec(clause)?.[1] ?? "");
    const asked = this.#lastAsked?.place ?? this.scope.findPlaceLike(words, call?.place.name) ??
      this.scope.local("reply");
    const judged = call?.place ?? asked;
    const question = this.#lastAsked?.question ?? JSON.stringify(capitalised(`${nameText(asked.name)}?`));
    this.loop(`!${isValid(referenceTo(judged))}`, clause, () => {
      this.line(`await Say("user", ${question});`);
      this.#receive({ code: '"user"' }, asked);
      if (call) this.set(call.place, call.code);
    });
  }

  /** A loop with a condition. It is left when its rounds change nothing that could end it. */
  loop(condition: string, what: string, body: () => void): void {
    const heard = `heard${++this.#loopCount}`;
    this.#writeLoop(condition, what, this.#captured({ heard, hears: false, sets: new Set() }, body));
  }

  #writeLoop(condition: string, what: string, loop: Loop & { readonly lines: readonly string[] }): void {
    const stuck = loop.heard.replace("heard", "stuck");
    const words = pattern
      .gu`state(?:\.[\p{L}\p{M}\p{N}_]+|\["[^"]*"\])|(?<![.\p{L}\p{M}\p{N}_"'$])${namePattern}(?![\p{L}\p{M}\p{N}_"(])`;
    const own = new Set(
      [...condition.matchAll(words)].map(([reference]) => reference)
        .filter((reference) => this.scope.isReference(reference)),
    );
    const all = new Set(
      [...own, ...loop.sets].filter((reference) => this.scope.classOf(reference) === undefined),
    );
    const json = (references: Iterable<string>) => `JSON.stringify([${[...references].join(", ")}])`;
    this.line(`const ${stuck} = watch();`);
    this.block(
      `for (let round = 1, ${loop.heard} = false; ${condition}; round++) {`,
      "}",
      () => {
        this.line(`if (${stuck}(${loop.heard}, ${json(all)}, ${json(own)})) break;`);
        this.line(`${loop.heard} = false;`);
        this.line(
          `if (round > ${maxRounds}) throw new Error(${
            JSON.stringify(`More than ${maxRounds} rounds: ${what}`)
          });`,
        );
        for (const line of loop.lines) this.line(line);
      },
    );
  }

  /** A loop whose end only a model can tell: until a person says one of the words, or once if nobody is heard in it. */
  openLoop(
    endWords: string,
    what: string,
    body: () => void,
    { later, leaves, isPatient, begins, isUnlikely, isUnread }: {
      /** Whether its condition names a variable: then no one expects that a word of a person ends it. */
      readonly isUnread: boolean;
      /** Whether it is not entered unless a person is heard in it. */
      readonly isUnlikely: boolean;
      /** Whether the words that end it count before the first round as well. */
      readonly begins: boolean;
      /** Whether its own steps may answer the words that end it, so that it ends after the round. */
      readonly isPatient: boolean;
      /** The condition, if the body sets what it names. */
      readonly later: () => string | undefined;
      /** Conditions that leave the loop after a round. */
      readonly leaves: () => readonly string[];
    },
  ): void {
    const words = JSON.stringify(endWords);
    const before = begins && this.scope.lastReply ? `!hasWord(${this.scope.lastReply}, ${words})` : "true";
    const loop = this.#captured({
      heard: `heard${++this.#loopCount}`,
      ...(isPatient ? {} : { endWords }),
      hears: false,
      sets: new Set(),
    }, body);
    const condition = later();
    if (condition !== undefined && !condition.includes("hasWord(")) {
      return this.#writeLoop(condition, what, loop);
    }
    const known = leaves();
    if (!loop.hears && known.length > 0) return this.#writeLoop(`!(${known.join(" || ")})`, what, loop);
    if (!loop.hears) return isUnlikely ? this.note(`skipped the loop: ${what}`) : this.#writeOnce(what, loop);
    if (isUnread && known.length === 0) this.note(`goes on until a person says "done": ${what}`);
    this.block(`for (let ${loop.heard} = ${before}; ${loop.heard};) {`, "}", () => {
      this.line(`${loop.heard} = false;`);
      for (const line of loop.lines) this.line(line);
      for (const leave of known) this.line(`if (${leave}) break;`);
      if (isPatient) this.line(`if (hasWord(${this.scope.lastReply}, ${words})) break;`);
    });
  }

  /** One round of a loop that cannot be computed. */
  once(what: string, body: () => void): void {
    this.#writeOnce(
      what,
      this.#captured({ heard: `heard${++this.#loopCount}`, hears: false, sets: new Set() }, body),
    );
  }

  #writeOnce(what: string, loop: Loop & { readonly lines: readonly string[] }): void {
    this.note(`took one round: ${what}`);
    if (loop.hears) this.line(`let ${loop.heard};`);
    this.block("do {", "} while (false);", () => loop.lines.forEach((line) => this.line(line)));
  }

  /** A loop over a list or a number of rounds. */
  rounds(head: string, body: () => void): void {
    const loop = this.#captured({ heard: `heard${++this.#loopCount}`, hears: false, sets: new Set() }, body);
    if (loop.hears) this.line(`let ${loop.heard};`);
    this.block(head, "}", () => loop.lines.forEach((line) => this.line(line)));
  }

  /** The lines of a loop's body, one level deep. */
  #captured(loop: Loop, body: () => void): Loop & { readonly lines: readonly string[] } {
    this.#loops.push(loop);
    const start = this.#lines.length;
    const depth = this.#depth;
    this.#depth = 0;
    this.#nested++;
    body();
    this.#nested--;
    this.#depth = depth;
    this.#loops.pop();
    for (const outer of this.#loops) loop.sets.forEach((reference) => outer.sets.add(reference));
    return Object.assign(loop, { lines: this.#lines.splice(start) });
  }
}

/** A step or a clause that waits for what somebody says. */
export const waitsForWords =
  /^(?:(?:and|then)\s+)*wait(?:s|ing)?\b(?!.*\b(?:\d+|few|some)\s*(?:seconds?|minutes?|hours?|moments?))/i;

const maxNoteLength = 120;

/** A loop with more rounds waits for something that will not happen. */
const maxRounds = 1000;

/** Words that name a text even if it is all digits: a PIN may begin with zero, and order ids are not added. */
function isText(name: string): boolean {
  return /^(id|pin|code|password|phone|zip|postcode|name|email|ssn|date|dob|text|reply)$/.test(
    wordsOf(name).at(-1) ?? "",
  ) ||
    /(phone|account|card|order)_?number$/i.test(name);
}
