import { namePattern } from "../../src/language/variable_names.ts";
import { callsIn, meaningOf } from "./calls.ts";
import { splitClauses, splitSentences } from "./clauses.ts";
import { type Control, readControl, readTrailingIf } from "./control.ts";
import { type Draft, waitsForWords } from "./draft.ts";
import { type Condition, endWordsOf, exceptional, readCondition } from "./conditions.ts";
import { translate } from "./expression.ts";
import { pattern } from "./pattern.ts";
import { readClause } from "./phrases.ts";
import { stepMark, type StepText } from "./reading.ts";
import type { ValuePlace } from "./scope.ts";
import { maskQuoted, wordsOf } from "./words.ts";

/**
 * Writes the remaining steps, up to and including the first one that waits. Returns whether no step waits.
 *
 * An "Otherwise" at the start belongs to an "If" of an earlier turn, which was taken.
 */
export function writeRemaining(steps: readonly StepText[], draft: Draft): boolean {
  for (let at = skipOtherwise(steps, 0); at < steps.length;) {
    draft.atLastStep = at === steps.length - 1;
    at = writeStep(steps, at, draft);
    if (draft.waits) return false;
  }
  return true;
}

/** Writes a step with all its parts. Returns the index of the next one. */
function writeStep(steps: readonly StepText[], at: number, draft: Draft): number {
  const step = steps[at]!;
  const control = readControl(step.text);
  if (control.kind === "if" || control.kind === "else-if") return writeIf(steps, at, draft);
  draft.line(markOf(step));
  const body = (rest: string) => writeBody(step, rest, draft, waitFollows(steps, at));
  switch (control.kind) {
    case "while":
      writeWhile(control, step, step.text, draft, body);
      break;
    case "each":
      writeEach(control, step.text, draft, body);
      break;
    case "times":
      draft.rounds(
        `for (let round = 1; round <= ${count(control.count, draft)}; round++) {`,
        () => body(control.rest),
      );
      break;
    case "parallel":
      writeParallel(step, control.rest, draft);
      break;
    default:
      body(control.kind === "plain" ? step.text : control.rest);
  }
  return at + 1;
}

/** A chain of If, Else if and Otherwise. */
function writeIf(steps: readonly StepText[], at: number, draft: Draft): number {
  let next = skipOtherwise(steps, at + 1);
  // "If not, …" behind an If is its "Otherwise".
  if (/^if not\s*[,:]/i.test(steps[next]?.text ?? "")) next++;
  const write = (index: number): void => {
    const step = steps[index];
    if (!step || index === next) return;
    const control = readControl(step.text);
    const body = () => writeBody(step, control.rest, draft, waitFollows(steps, index));
    draft.line(markOf(step));
    if (!("otherwise" in control) || index > at && control.kind === "if") return body();
    const condition = guarded(readCondition(control, draft), control, step, next < steps.length, draft);
    if ("guess" in condition) {
      draft.note(`${condition.guess ? "took" : "skipped"} the branch: ${control.condition}`);
      if (condition.guess) return body();
      return control.otherwise === "" ? write(index + 1) : writeText(control.otherwise, step, draft, false);
    }
    const other = control.otherwise;
    const hasElse = other !== "" || index + 1 < next;
    draft.block(`if (${condition.code}) {`, hasElse ? "} else {" : "}", body);
    if (!hasElse) return;
    draft.inside(() => other === "" ? write(index + 1) : writeText(other, step, draft, false));
    draft.line("}");
  };
  write(at);
  return next;
}

/**
 * A branch that ends the program is not taken on a guess while steps follow it. "If they are not known, $x = …" is taken
 * while `$x` has no value.
 */
function guarded(
  condition: Condition,
  { rest, negated }: { readonly rest: string; readonly negated: boolean },
  step: StepText,
  isFollowed: boolean,
  draft: Draft,
): Condition {
  const gets = pattern.u`^\$(${namePattern})\s*=(?!=)`.exec(rest)?.[1];
  if ("guess" in condition && gets !== undefined && !draft.scope.knows(gets)) return { guess: true };
  const all = [rest, ...step.children.map(({ text }) => text)];
  const ends =
    /\b(?:end|exit|quit|terminate|stop)\b(?:\s+(?:the\s+)?(?:program|conversation|session|chat))?[.]?$/i;
  const isEnd = "guess" in condition && !negated && isFollowed && all.some((text) => ends.test(text));
  return isEnd ? { guess: false } : condition;
}

function writeWhile(
  control: Control & { readonly kind: "while" },
  step: StepText | undefined,
  what: string,
  draft: Draft,
  body: (rest: string) => void,
): void {
  const condition = readCondition(control, draft);
  const isReply = "code" in condition && /\bhasWord\(/.test(condition.code);
  if ("code" in condition && !isReply) draft.loop(condition.code, what, () => body(control.rest));
  else {
    // The rounds may set the variables that the condition names.
    const later = () => {
      const found = readCondition(control, draft);
      return "code" in found && !isReply ? found.code : undefined;
    };
    draft.openLoop(endWordsOf(control), what, () => body(control.rest), {
      isUnlikely: !control.negated && exceptional.test(control.condition),
      later,
      begins: /\b(?:more|another|else|again|continue|further|wants?|needs?|likes?)\b/i.test(
        control.condition,
      ),
      leaves: () => leavesOf(control, draft),
      isPatient: step !== undefined && answersReply(step),
      isUnread: control.condition.includes("$"),
    });
  }
}

/** Whether a step below tests what a person said. */
function answersReply(step: StepText): boolean {
  return step.children.some((child) =>
    /^if\b.*\b(?:says?|said|types?|typed|enters?|wants? to)\b/i.test(child.text) || answersReply(child)
  );
}

/** The parts of "until A or B", or of "while A and B", that can be computed: each leaves the loop. */
function leavesOf(
  { condition, negated }: { readonly condition: string; readonly negated: boolean },
  draft: Draft,
): string[] {
  const parts = condition.split(negated ? /\s+or\s+/i : /\s+and\s+/i);
  if (parts.length < 2) return [];
  return parts.map((part) => readCondition({ condition: part, negated: !negated }, draft))
    .flatMap((part) => "code" in part && !part.code.includes("hasWord(") ? [part.code] : []);
}

function writeEach(
  control: Control & { readonly kind: "each" },
  what: string,
  draft: Draft,
  body: (rest: string) => void,
): void {
  const range = /^(?:from\s+)?(\S+)\s+(?:to|and|through|\.\.)\s+(\S+)$/i.exec(control.list);
  const meaning = meaningOf(draft.context(""));
  const low = range && translate(range[1]!, meaning);
  const high = range && translate(range[2]!, meaning);
  const list = low && high
    ? `Array.from({ length: ${high} - ${low} + 1 }, (_, index) => ${low} + index)`
    : translate(control.list, meaning);
  if (list === undefined || list === null) return draft.once(what, () => body(control.rest));
  const place: ValuePlace = control.variable.startsWith("$")
    ? { kind: "state", name: control.variable.slice(1) }
    : draft.scope.findPlace(wordsOf(control.variable)) ?? draft.scope.local(control.variable);
  draft.rounds(
    `for (const each of ${/^(\[|Array\.)/.test(list) ? list : `[${list} ?? []].flat()`}) {`,
    () => {
      draft.set(place, "each");
      body(control.rest);
    },
  );
}

/** Writes concurrent work: each call of the line, or each clause, and each step below. */
function writeParallel(step: StepText, rest: string, draft: Draft): void {
  const calls = callsIn(rest, draft.context(step.code ?? ""));
  const clauses = splitSentences(rest).flatMap(splitClauses);
  const branch = (write: () => void) => draft.block("(async () => {", "})(),", () => draft.apart(write));
  draft.block("await Promise.all([", "]);", () => {
    if (calls.length > 1 && calls.length > clauses.length) {
      for (const call of calls) {
        branch(() => draft.text(rest.slice(call.start, call.end), { code: "", waitFollows: false }));
      }
    } else for (const clause of clauses) branch(() => draft.text(clause, { code: "", waitFollows: false }));
    for (let at = 0; at < step.children.length;) {
      branch(() => {
        at = writeStep(step.children, at, draft);
      });
    }
  });
}

/** Writes a step's own text, then the steps below it. */
function writeBody(step: StepText, rest: string, draft: Draft, waitComes: boolean): void {
  const [deed, condition] = step.children.length === 0 ? [] : headOfBranch(rest);
  if (deed !== undefined && condition !== undefined) {
    writeText(deed, step, draft, false);
    return writeHeadedBranch(step, deed, condition, draft);
  }
  if (rest !== "") writeText(rest, step, draft, waitComes);
  for (let at = skipOtherwise(step.children, 0); at < step.children.length;) {
    at = writeStep(step.children, at, draft);
  }
}

/** "Check the board. If a problem is found:": what to do first, and the condition of the steps below. */
function headOfBranch(text: string): [deed: string, condition: string] | [] {
  const last = [...maskQuoted(text).matchAll(/(?<=[.:;])\s+if\s+(?=[^.;]*$)/gi)].at(-1);
  if (!last) return [];
  const control = readControl(text.slice(last.index).trim());
  if (control.kind !== "if" || control.rest !== "" || control.otherwise !== "") return [];
  return [text.slice(0, last.index).replace(/[:;.]$/, ""), control.condition];
}

/** The steps below a step that ends with a condition. "If so" is about what the step checks. */
function writeHeadedBranch(step: StepText, deed: string, written: string, draft: Draft): void {
  const steps = () => writeBody(step, "", draft, false);
  const isAboutCheck = /^so$/i.test(written);
  const text = isAboutCheck ? deed : written;
  const condition = isAboutCheck
    ? { guess: !exceptional.test(deed) }
    : readCondition({ condition: text, negated: false }, draft);
  if ("code" in condition) return draft.block(`if (${condition.code}) {`, "}", steps);
  draft.note(`${condition.guess ? "took" : "skipped"} the branch: ${text}`);
  if (condition.guess) steps();
}

/** Sentences in order. A sentence that begins with "If" governs only its own line. */
function writeText(text: string, step: StepText, draft: Draft, waitComes: boolean): void {
  const options = { code: step.code ?? "", waitFollows: waitComes };
  const sentences = splitSentences(text);
  const isPlain = (sentence: string) => readControl(sentence).kind === "plain";
  if (sentences.every(isPlain)) {
    const trailing = readTrailingIf(text);
    const condition = trailing && trailingCondition(trailing, draft);
    if (!trailing || !condition) return draft.text(text, options);
    if ("guess" in condition) {
      draft.note(`${condition.guess ? "took" : "skipped"} the branch: ${trailing.condition}`);
      const part = condition.guess ? trailing.deed : otherwiseOf(trailing, draft);
      return part === "" ? undefined : draft.text(part, options);
    }
    draft.block(
      `if (${condition.code}) {`,
      trailing.otherwise ? "} else {" : "}",
      () => draft.text(trailing.deed, options),
    );
    if (!trailing.otherwise) return;
    draft.inside(() => draft.text(otherwiseOf(trailing, draft), options));
    return draft.line("}");
  }
  for (let at = 0; at < sentences.length;) {
    const end = sentences.findIndex((sentence, index) => index > at && !isPlain(sentence));
    if (isPlain(sentences[at]!)) {
      const part = sentences.slice(at, end < 0 ? undefined : end);
      draft.text(part.join(". "), options);
      at += part.length;
    } else {
      writeSentence(sentences[at]!, draft, options);
      at++;
    }
  }
}

/** The words after "otherwise". They may leave out the verb: "Return a if $x, else b". */
function otherwiseOf(
  { deed, otherwise }: { readonly deed: string; readonly otherwise: string },
  draft: Draft,
): string {
  const verb = /^\w+/.exec(deed)?.[0] ?? "";
  const isUnknown = readClause(otherwise, draft.context(""))[0]?.kind === "unknown";
  return otherwise !== "" && isUnknown && !otherwise.startsWith(verb) ? `${verb} ${otherwise}` : otherwise;
}

/** "if that information is available" is about the words before it. */
function trailingCondition(
  { deed, ...control }: { readonly deed: string; readonly condition: string; readonly negated: boolean },
  draft: Draft,
): Condition {
  if (
    !/^(?:that|this|the|it|you)\b.*\b(?:available|known|know|given|provided|have)\b/i.test(control.condition)
  ) {
    return readCondition(control, draft);
  }
  const isKnown = readClause(deed, draft.context("")).every(({ kind }) => kind !== "unknown");
  return { code: String(isKnown !== control.negated) };
}

function writeSentence(
  sentence: string,
  draft: Draft,
  options: { readonly code: string; readonly waitFollows: boolean },
): void {
  const control = readControl(sentence);
  const body = () => control.rest === "" ? undefined : draft.text(control.rest, options);
  if (control.kind === "while") return writeWhile(control, undefined, sentence, draft, body);
  if (!("condition" in control)) return body();
  const condition = readCondition(control, draft);
  const other = "otherwise" in control ? control.otherwise : "";
  if ("guess" in condition) {
    draft.note(`${condition.guess ? "took" : "skipped"} the branch: ${control.condition}`);
    return condition.guess ? body() : other === "" ? undefined : draft.text(other, options);
  }
  draft.block(`if (${condition.code}) {`, other === "" ? "}" : "} else {", body);
  if (other === "") return;
  draft.inside(() => draft.text(other, options));
  draft.line("}");
}

/** The line that begins a step. A top-level step is marked, so that the next turn finds it. */
function markOf(step: StepText): string {
  return step.number.includes(".") ? `Step(${JSON.stringify(step.number)});` : stepMark(step);
}

/** The index after all steps from `at` on that only continue an "If". */
function skipOtherwise(steps: readonly StepText[], at: number): number {
  let next = at;
  while (next < steps.length && /^else/.test(readControl(steps[next]!.text).kind)) next++;
  return next;
}

/** Whether the step after this one waits for the answer to it. */
function waitFollows(steps: readonly StepText[], at: number): boolean {
  const next = steps[at + 1];
  if (!next) return false;
  if (next.code === "YLD") return /\b(user|human|agent|meeting)\b/i.test(next.text);
  return waitsForWords.test(next.text);
}

function count(text: string, draft: Draft): string {
  return text.startsWith("$") ? draft.scope.reference(text.slice(1)) : text;
}
