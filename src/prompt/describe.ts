import { createHash } from "node:crypto";
import { display, type Encoded } from "../sandbox/mod.ts";
import { effectNamed, takesTime } from "../engine/builtins/table.ts";
import type { Artifact, Asked } from "../engine/fold/entry.ts";
import type { EndedTurn, Frame, State } from "../engine/fold/state.ts";

// Describes an ended turn: its results for the model, and whether it repeated the turn before.

/** The lines about a turn for the next request, and the artifacts made from long results. */
export interface TurnLines {
  /** `GetTaxRate(80000) → 15` */
  readonly results: readonly string[];
  /** Effects that took place, for a turn that failed: `Say("user", "Hello")`. */
  readonly done: readonly string[];
  readonly artifacts: readonly Artifact[];
}

export function describeTurn(state: State, { history, lines }: EndedTurn): TurnLines {
  if (lines) return { ...lines, artifacts: [] };
  const results: string[] = [];
  const done: string[] = [];
  const artifacts: Artifact[] = [];
  for (const { ordinal, outcome, summary } of history.slice(0).sort((a, b) => a.ordinal - b.ordinal)) {
    const asked = history.asked[ordinal];
    if (!asked) continue;
    const call = describeCall(asked);
    if (!outcome.ok) {
      results.push(`${call} failed: ${outcome.error.message}`);
      done.push(`${call} failed: ${outcome.error.message}`);
      continue;
    }
    const suffix = summary ? ` (${summary})` : "";
    if (isUndefined(outcome.value)) {
      if (suffix) results.push(`${call} returned${suffix}`);
      done.push(call);
    } else if (effectNamed(asked.name)?.isSilent) {
      done.push(call);
    } else {
      const { text, artifact } = showResult(state, asked, outcome.value);
      if (artifact) artifacts.push(artifact);
      results.push(`${call} → ${text}${suffix}`);
      done.push(`${call} → ${text}`);
    }
  }
  return { results, done, artifacts };
}

/** Bound on the characters of a file or an artifact that are shown whole: a tenth of a small model's window. */
const maxShownCharacters = 100_000;

function showResult(
  state: State,
  asked: Asked,
  value: Encoded,
): { readonly text: string; readonly artifact?: Artifact } {
  if (effectNamed(asked.name)?.showsWhole?.(asked.args)) {
    return { text: display(value, { maxCharacters: maxShownCharacters }) };
  }
  const whole = display(value, { maxCharacters: Number.MAX_SAFE_INTEGER });
  const threshold = state.settings.limits.artifactResultThreshold;
  if (whole.length <= threshold) return { text: whole };
  const content = typeof value === "string" ? value : whole;
  const name = artifactNameOf(content);
  const beginning = display(value, { maxCharacters: Math.min(threshold, 200) });
  return {
    text:
      `artifact ${name} (${content.length} characters; LoadArtifact("${name}") shows it all): ${beginning}`,
    artifact: { name, summary: `Result of ${describeCall(asked)}`, content },
  };
}

/** `a_` and eight hexadecimal digits of the content's SHA-256, so that equal results share an artifact. */
function artifactNameOf(content: string): string {
  return `a_${createHash("sha256").update(content).digest("hex").slice(0, 8)}`;
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
  const { results } = describeTurn(state, ended);
  // The world may have changed during such an effect, so the same answer is no repetition.
  if (Object.values(ended.history.asked).some((asked) => takesTime(asked.name))) return false;
  return isSame(results, previous ? describeTurn(state, previous).results : []);
}

function isSame(first: readonly string[], second: readonly string[]): boolean {
  return first.length === second.length && first.every((line, index) => line === second[index]);
}

function isUndefined(value: Encoded): boolean {
  return typeof value === "object" && value !== null && "$type" in value && value["$type"] === "undefined";
}
