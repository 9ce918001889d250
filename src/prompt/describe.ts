import { display, type Encoded, fieldsOf, plainText } from "../sandbox/mod.ts";
import { effectNamed, takesTime } from "../engine/builtins/table.ts";
import { textNamed } from "../engine/builtins/named_text.ts";
import type { Asked } from "../engine/fold/entry.ts";
import type { Result, SpokenWords, TurnHistory } from "../engine/fold/history.ts";
import type { EndedTurn, Frame, State } from "../engine/fold/state.ts";
import { MessageTexts } from "./message_texts.ts";

// Describes the effects of a turn for the model, and whether a turn repeated the turn before.

/** Lines about the effects of a turn. A line may have further lines below it, which begin with two spaces. */
interface TurnLines {
  /** `GetTaxRate(80000) → 15`, for a turn that ended. */
  readonly results: readonly string[];
  /** Effects that took place, for a turn that failed or still runs: `Say("user", "Hello")`. */
  readonly done: readonly string[];
  /** Effects that failed, for such a turn: `GetTaxRate(-1) failed: too small`. */
  readonly failed: readonly string[];
  /** `Printed: 15` */
  readonly printed: readonly string[];
}

/** Describes an ended turn of a frame: its results, or the effects of code that failed. */
export function describeTurn(
  state: State,
  frame: Frame,
  { history, printed, lines, error }: EndedTurn,
  texts: MessageTexts,
): TurnLines {
  const shown = printed?.texts.map((text) => `Printed: ${texts.printed(text)}`) ?? [];
  const omitted = printed?.omitted ? [`(${printed.omitted} more texts were printed, and not kept)`] : [];
  const printedLines = [...shown, ...omitted];
  if (lines) return { ...lines, failed: [], printed: printedLines };
  const results = history.slice(0);
  const effects = error
    ? { results: [], ...describeEffects(state, frame, { history, results }, texts) }
    : { results: describeResults(state, frame, { history, results }, texts), done: [], failed: [] };
  return { ...effects, printed: printedLines };
}

/** Some results of a turn. */
interface SomeResults {
  readonly history: TurnHistory;
  readonly results: readonly Result[];
}

/** Describes results: each value, each call that ended and each failure. */
function describeResults(
  state: State,
  frame: Frame,
  { history, results }: SomeResults,
  texts: MessageTexts,
): readonly string[] {
  const lines: string[] = [];
  for (const result of newestFirst(results)) {
    const asked = history.asked[result.ordinal];
    if (!asked || isSaid(asked, result)) continue;
    const isShown = asked.name === "Call" || result.summary || !result.outcome.ok ||
      !isUndefined(result.outcome.value);
    if (isShown) lines.unshift(describeEffect(state, frame, { asked, result }, texts));
  }
  return lines;
}

/** Describes all effects, those that took place apart from those that failed. */
export function describeEffects(
  state: State,
  frame: Frame,
  { history, results }: SomeResults,
  texts: MessageTexts,
): Pick<TurnLines, "done" | "failed"> {
  const lines = { done: [] as string[], failed: [] as string[] };
  for (const result of newestFirst(results)) {
    const asked = history.asked[result.ordinal];
    if (!asked) continue;
    const line = describeEffect(state, frame, { asked, result }, texts);
    (result.outcome.ok ? lines.done : lines.failed).unshift(line);
  }
  return lines;
}

/** The newest results come first, because long values may be shown whole while there is room. */
function newestFirst(results: readonly Result[]): readonly Result[] {
  return [...results].sort((a, b) => b.ordinal - a.ordinal);
}

function describeEffect(
  state: State,
  frame: Frame,
  { asked, result }: { readonly asked: Asked; readonly result: Result },
  texts: MessageTexts,
): string {
  const { outcome, summary } = result;
  const call = describeCall(asked);
  const suffix = summary ? ` (${summary})` : "";
  const line = !outcome.ok
    ? `${call} failed: ${outcome.error.message}`
    : isSaid(asked, result)
    ? describeSilent(asked, texts)
    : !isUndefined(outcome.value)
    ? `${call} → ${describeValue(state, frame, asked, outcome.value, texts)}${suffix}`
    : asked.name === "Call" || summary
    ? `${call} returned${suffix}`
    : call;
  return [line, ...(result.said ?? []).map((words) => saidLine(words, texts))].join("\n");
}

function saidLine({ to, text }: SpokenWords, texts: MessageTexts): string {
  return `  said to ${to}: ${texts.words(text, `Words to ${to}`)}`;
}

/** A call without a result worth showing. Words that were said are shown as words. */
function describeSilent(asked: Asked, texts: MessageTexts): string {
  const [to, text] = asked.args;
  if (asked.name !== "Say" || typeof text !== "string") return describeCall(asked);
  return `Say(${displayArgs([to ?? null])}, ${texts.words(text, "Words that were said")})`;
}

function describeValue(
  state: State,
  frame: Frame,
  asked: Asked,
  value: Encoded,
  texts: MessageTexts,
): string {
  const summary = `Result of ${describeCall(asked)}`;
  const row = effectNamed(asked.name);
  switch (row?.shows?.(asked.args) ?? "value") {
    case "words":
      return texts.words(value, summary);
    case "page":
      return texts.page(value, summary);
    case "artifact": {
      const name = plainText(asked.args[0] ?? "");
      const content = plainText(value);
      const from = startOf(asked.args[1]);
      const total = textNamed(name, state, frame)?.content.length ?? from + content.length;
      return texts.loaded({ name, content, from, total });
    }
    case "value":
      return texts.value(value, summary);
  }
}

/** The option `from` of `LoadArtifact`. */
function startOf(options: Encoded | undefined): number {
  const from = fieldsOf(options)?.find(([key]) => key === "from")?.[1];
  return typeof from === "number" && from > 0 ? Math.floor(from) : 0;
}

/** A call in the form of the code, shortened: `Say("user", "Hello")`. */
export function describeCall(
  asked: Asked,
  { maxArgumentCharacters: max }: { readonly maxArgumentCharacters?: number } = {},
): string {
  if (asked.name !== "Call") return `${asked.name}(${displayArgs(asked.args, max)})`;
  const [target, playbook, args] = asked.args;
  const name = typeof playbook === "string" ? playbook : display(playbook ?? null, { maxCharacters: 60 });
  const owner = target === null || target === undefined
    ? ""
    : typeof target === "string"
    ? `${target}.`
    : `${display(target, { maxCharacters: 60 })}.`;
  return `${owner}${name}(${displayArgs(Array.isArray(args) ? args : [], max)})`;
}

function displayArgs(args: readonly Encoded[], maxCharacters = 120): string {
  const meant = [...args];
  while (meant.length > 0 && meant.at(-1) === null) meant.pop();
  return meant.map((arg) => display(arg, { maxCharacters })).join(", ");
}

/**
 * The number of turns in a row, up to the last one, that repeated the answer and results of the turn before. A turn
 * with a wait between ends the row.
 */
export function countRepeats(state: State, frame: Frame): number {
  const { endedTurn, toldTurn, repeats } = frame;
  if (!endedTurn || endedTurn.lines) return repeats;
  return isRepeat(state, frame, endedTurn, toldTurn) ? repeats + 1 : 0;
}

function isRepeat(state: State, frame: Frame, ended: EndedTurn, previous: EndedTurn | undefined): boolean {
  const answers = frame.transcript.filter(({ role }) => role === "assistant").slice(-2);
  if (answers.length < 2 || answers[0]!.text !== answers[1]!.text || ended.history.length === 0) return false;
  // The world may have changed during such an effect, so the same answer is no repetition.
  if (Object.values(ended.history.asked).some((asked) => takesTime(asked.name))) return false;
  return isSame(observed(state, frame, ended), previous ? observed(state, frame, previous) : []);
}

/** The lines about a turn. */
function observed(state: State, frame: Frame, turn: EndedTurn): readonly string[] {
  const texts = new MessageTexts(state.settings);
  const { results, done, failed, printed } = describeTurn(state, frame, turn, texts);
  // A checkpoint of 0.2 has both kinds of lines.
  return turn.lines ? results : [...results, ...done, ...failed, ...printed];
}

function isSame(first: readonly string[], second: readonly string[]): boolean {
  return first.length === second.length && first.every((line, index) => line === second[index]);
}

/** Whether the call of an effect says everything. Only a note about words that were not delivered says more. */
function isSaid({ name }: Asked, { outcome }: Result): boolean {
  return outcome.ok && effectNamed(name)?.isSilent === true && (name !== "Say" || isUndefined(outcome.value));
}

function isUndefined(value: Encoded): boolean {
  return typeof value === "object" && value !== null && "$type" in value && value["$type"] === "undefined";
}
