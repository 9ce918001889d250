import { callsIn, meaningOf } from "./calls.ts";
import { splitClauses, splitSentences } from "./clauses.ts";
import { type Control, readControl, readTrailingIf } from "./control.ts";
import type { Draft } from "./draft.ts";
import { translate } from "./expression.ts";
import { readClause } from "./phrases.ts";
import type { StepText } from "./reading.ts";
import type { ValuePlace } from "./scope.ts";
import { wordsOf } from "./words.ts";

/**
 * Writes the remaining steps, up to and including the first one that waits. Returns whether no step waits.
 *
 * An "Otherwise" at the start belongs to an "If" of an earlier turn, which was taken.
 */
export function writeRemaining(steps: readonly StepText[], draft: Draft): boolean {
  for (let at = skipOtherwise(steps, 0); at < steps.length;) {
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
  draft.line(`Step(${JSON.stringify(step.number)});`);
  const body = (rest: string) => writeBody(step, rest, draft, waitFollows(steps, at));
  switch (control.kind) {
    case "while":
      writeWhile(step, control, draft, body);
      break;
    case "each":
      writeEach(control, draft, body);
      break;
    case "times":
      draft.block(`for (let round = 1; round <= ${count(control.count, draft)}; round++) {`, "}", () => {
        draft.loops++;
        body(control.rest);
        draft.loops--;
      });
      break;
    case "parallel":
      writeParallel(step, control.rest, draft);
      break;
    default:
      body(control.kind === "plain" ? step.text : control.rest);
  }
  return at + 1;
}

/** A chain of If, Else if and Otherwise. A condition that cannot be computed counts as true, and the rest is left out. */
function writeIf(steps: readonly StepText[], at: number, draft: Draft): number {
  const next = skipOtherwise(steps, at + 1);
  const branches = steps.slice(at, next);
  const write = (index: number) => {
    const step = branches[index];
    if (!step) return;
    const control = readControl(step.text);
    const condition = control.kind === "if" || control.kind === "else-if"
      ? computed(control, draft)
      : undefined;
    const follows = waitFollows(steps, at + index);
    if (condition === undefined) {
      draft.line(`Step(${JSON.stringify(step.number)});`);
      if (control.kind !== "else" && "condition" in control) {
        draft.line(`// Taken once, as it cannot be computed: ${oneLine(control.condition)}`);
      }
      writeBody(step, control.rest, draft, follows);
      return;
    }
    draft.line(`Step(${JSON.stringify(step.number)});`);
    const more = index + 1 < branches.length;
    draft.block(
      `if (${condition}) {`,
      more ? "} else {" : "}",
      () => writeBody(step, control.rest, draft, follows),
    );
    if (!more) return;
    draft.inside(() => write(index + 1));
    draft.line("}");
  };
  write(0);
  return next;
}

function writeWhile(
  step: StepText,
  control: Control & { readonly kind: "while" },
  draft: Draft,
  body: (rest: string) => void,
): void {
  const condition = computed(control, draft);
  if (condition === undefined) {
    draft.line(`// One round, as it cannot be computed: ${oneLine(control.condition)}`);
    return body(control.rest);
  }
  draft.loop(condition, `step ${step.number}`, () => body(control.rest));
}

function writeEach(
  control: Control & { readonly kind: "each" },
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
  if (list === undefined || list === null) {
    draft.line(`// One round, as it cannot be computed: ${oneLine(control.list || "for each")}`);
    return body(control.rest);
  }
  const place: ValuePlace = control.variable.startsWith("$")
    ? { kind: "state", name: control.variable.slice(1) }
    : draft.scope.findPlace(wordsOf(control.variable)) ?? draft.scope.local(control.variable);
  draft.block(
    `for (const each of ${/^(\[|Array\.)/.test(list) ? list : `[${list} ?? []].flat()`}) {`,
    "}",
    () => {
      draft.loops++;
      draft.set(place, "each");
      body(control.rest);
      draft.loops--;
    },
  );
}

/** Writes concurrent work: each call of the line, or each clause, and each step below. */
function writeParallel(step: StepText, rest: string, draft: Draft): void {
  const calls = callsIn(rest, draft.context(step.code));
  const clauses = splitSentences(rest).flatMap(splitClauses);
  const branch = (write: () => void) => draft.block("(async () => {", "})(),", write);
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
  if (rest !== "") writeText(rest, step, draft, waitComes);
  for (let at = skipOtherwise(step.children, 0); at < step.children.length;) {
    at = writeStep(step.children, at, draft);
  }
}

/** Sentences in order. A sentence that begins with "If" governs only its own line. */
function writeText(text: string, step: StepText, draft: Draft, waitComes: boolean): void {
  const options = { code: step.code, waitFollows: waitComes };
  const sentences = splitSentences(text);
  const isPlain = (sentence: string) => readControl(sentence).kind === "plain";
  if (sentences.every(isPlain)) {
    const trailing = readTrailingIf(text);
    const condition = trailing && computed(trailing, draft);
    if (!trailing || condition === undefined) return draft.text(text, options);
    draft.block(
      `if (${condition}) {`,
      trailing.otherwise ? "} else {" : "}",
      () => draft.text(trailing.deed, options),
    );
    if (!trailing.otherwise) return;
    const verb = /^\w+/.exec(trailing.deed)?.[0] ?? "";
    const deed = /^(\w+)/.exec(trailing.otherwise)?.[1] ?? "";
    const other =
      readClause(trailing.otherwise, draft.context(step.code))[0]?.kind === "nothing" && deed !== verb
        ? `${verb} ${trailing.otherwise}`
        : trailing.otherwise;
    draft.inside(() => draft.text(other, options));
    return draft.line("}");
  }
  for (let at = 0; at < sentences.length;) {
    const end = sentences.findIndex((sentence, index) => index > at && !isPlain(sentence));
    if (isPlain(sentences[at]!)) {
      const part = sentences.slice(at, end < 0 ? undefined : end);
      draft.text(part.join(". "), options);
      at += part.length;
    } else {
      writeSentence(sentences[at]!, step, draft, options);
      at++;
    }
  }
}

function writeSentence(
  sentence: string,
  step: StepText,
  draft: Draft,
  options: { readonly code: string; readonly waitFollows: boolean },
): void {
  const control = readControl(sentence);
  const condition = "condition" in control ? computed(control, draft) : undefined;
  const body = () => control.rest === "" ? undefined : draft.text(control.rest, options);
  if (condition === undefined) {
    if ("condition" in control) {
      draft.line(`// Taken once, as it cannot be computed: ${oneLine(control.condition)}`);
    }
    body();
  } else if (control.kind === "while") draft.loop(condition, `step ${step.number}`, body);
  else draft.block(`if (${condition}) {`, "}", body);
}

function computed(
  control: { readonly condition: string; readonly negated: boolean },
  draft: Draft,
): string | undefined {
  const condition = translate(control.condition, meaningOf(draft.context("")));
  return condition === undefined ? undefined : control.negated ? `!(${condition})` : condition;
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
  return /^(?:then\s+)?wait(?:s|ing)?\b(?!.*\b(?:\d+|few|some)\s*(?:seconds?|minutes?|hours?|moments?))/i
    .test(next.text);
}

function count(text: string, draft: Draft): string {
  return text.startsWith("$") ? draft.scope.reference(text.slice(1)) : text;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
