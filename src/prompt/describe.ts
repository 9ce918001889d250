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
  /** Effects that failed: `GetTaxRate(-1) failed: too small`. They are among `results`, too. */
  readonly failed: readonly string[];
  /** `Printed: 15` */
  readonly printed: readonly string[];
}

/** Describes an ended turn of a frame. */
export function describeTurn(
  state: State,
  frame: Frame,
  { history, printed, lines }: EndedTurn,
  texts = new MessageTexts(state.settings),
): TurnLines {
  const shown = printed?.texts.map((text) => `Printed: ${texts.printed(text)}`) ?? [];
  const omitted = printed?.omitted ? [`(${printed.omitted} more texts were printed, and not kept)`] : [];
  const printedLines = [...shown, ...omitted];
  if (lines) return { ...lines, failed: [], printed: printedLines };
  return { ...describeResults(state, frame, history, history.slice(0), texts), printed: printedLines };
}

/** Describes the given results of a turn. */
export function describeResults(
  state: State,
  frame: Frame,
  history: TurnHistory,
  results: readonly Result[],
  texts: MessageTexts,
): Pick<TurnLines, "results" | "done" | "failed"> {
  const lines = { results: [] as string[], done: [] as string[], failed: [] as string[] };
  // The newest come first, because they may be shown whole.
  for (const result of [...results].sort((a, b) => b.ordinal - a.ordinal)) {
    const asked = history.asked[result.ordinal];
    if (!asked) continue;
    const call = describeCall(asked);
    const said = result.said?.map((words) => saidLine(words, texts)) ?? [];
    const { outcome, summary } = result;
    if (!outcome.ok) {
      const line = [`${call} failed: ${outcome.error.message}`, ...said].join("\n");
      lines.results.unshift(line);
      lines.failed.unshift(line);
      continue;
    }
    const suffix = summary ? ` (${summary})` : "";
    if (effectNamed(asked.name)?.isSilent) {
      lines.done.unshift(describeSilent(asked, texts));
    } else if (isUndefined(outcome.value)) {
      const isCall = asked.name === "Call";
      if (isCall || suffix) lines.results.unshift([`${call} returned${suffix}`, ...said].join("\n"));
      lines.done.unshift([isCall ? `${call} returned${suffix}` : call, ...said].join("\n"));
    } else {
      const value = describeValue(state, frame, asked, outcome.value, texts);
      const line = [`${call} → ${value}${suffix}`, ...said].join("\n");
      lines.results.unshift(line);
      lines.done.unshift(line);
    }
  }
  return lines;
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
export function describeCall(asked: Asked): string {
  if (asked.name !== "Call") return `${asked.name}(${displayArgs(asked.args)})`;
  const [target, playbook, args] = asked.args;
  const name = typeof playbook === "string" ? playbook : display(playbook ?? null, { maxCharacters: 60 });
  const owner = target === null || target === undefined
    ? ""
    : typeof target === "string"
    ? `${target}.`
    : `${display(target, { maxCharacters: 60 })}.`;
  return `${owner}${name}(${displayArgs(Array.isArray(args) ? args : [])})`;
}

function displayArgs(args: readonly Encoded[]): string {
  const meant = [...args];
  while (meant.length > 0 && meant.at(-1) === null) meant.pop();
  return meant.map((arg) => display(arg, { maxCharacters: 120 })).join(", ");
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

/** The lines of a turn that its model has to react to. */
function observed(state: State, frame: Frame, turn: EndedTurn): readonly string[] {
  const { results, printed } = describeTurn(state, frame, turn);
  return [...results, ...printed];
}

function isSame(first: readonly string[], second: readonly string[]): boolean {
  return first.length === second.length && first.every((line, index) => line === second[index]);
}

function isUndefined(value: Encoded): boolean {
  return typeof value === "object" && value !== null && "$type" in value && value["$type"] === "undefined";
}
