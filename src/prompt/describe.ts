import { display, type Encoded } from "../sandbox/mod.ts";
import { artifactNameOf } from "../engine/builtins/artifact.ts";
import { effectNamed, takesTime } from "../engine/builtins/table.ts";
import type { Asked } from "../engine/fold/entry.ts";
import type { Before, Frame, State, TurnExecution } from "../engine/fold/state.ts";

// What is said of a turn that has ended: results for the model, and whether the turn got anywhere.

/** What the next request says of a turn: results of its effects, and what it did if it failed. */
export function describeTurn(
  state: State,
  frame: Frame,
  running: TurnExecution,
): Pick<Before, "results" | "done"> {
  const results: string[] = [];
  const done: string[] = [];
  const ordered = running.history.slice(0).sort((a, b) => a.ordinal - b.ordinal);
  for (const result of ordered) {
    const asked = running.history.asked[result.ordinal];
    if (!asked) continue;
    const call = describeCall(asked);
    if (!result.outcome.ok) {
      results.push(`${call} failed: ${result.outcome.error.message}`);
      done.push(`${call} failed: ${result.outcome.error.message}`);
      continue;
    }
    const value = result.outcome.value;
    const summary = result.summary ? ` (${result.summary})` : "";
    if (isUndefined(value)) {
      if (summary) results.push(`${call} returned${summary}`);
      done.push(call);
      continue;
    }
    const shown = shownResult(state, frame, asked, value);
    const isSilent = effectNamed(asked.name)?.isSilent === true;
    if (!isSilent) results.push(`${call} → ${shown}${summary}`);
    done.push(isSilent ? call : `${call} → ${shown}`);
  }
  return { results, done };
}

/** The longest text of a file or an artifact that is shown whole: a tenth of a small model's window. */
const longestShown = 100_000;

function shownResult(state: State, frame: Frame, asked: Asked, value: Encoded): string {
  if (effectNamed(asked.name)?.showsWhole?.(asked.args)) {
    return display(value, { maxCharacters: longestShown });
  }
  const whole = display(value, { maxCharacters: Number.MAX_SAFE_INTEGER });
  const threshold = state.settings.limits.artifactResultThreshold;
  if (whole.length <= threshold) return whole;
  const content = typeof value === "string" ? value : whole;
  const name = artifactNameOf(content);
  state.agents[frame.agent]!.artifacts[name] ??= {
    name,
    summary: `Result of ${describeCall(asked)}`,
    content,
  };
  return `artifact ${name} (${content.length} characters; LoadArtifact("${name}") shows it all): ${
    display(value, { maxCharacters: Math.min(threshold, 200) })
  }`;
}

/** `Say("user", "Hello")`, as the code wrote it, shortened. */
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

/** Whether a turn was the one before over again: same answer, same results, and nobody was waited for in between. */
export function repeatsLast(frame: Frame, running: TurnExecution, results: readonly string[]): boolean {
  if (running.kind !== "turn" || running.history.length === 0) return false;
  if (Object.values(running.history.asked).some((asked) => takesTime(asked.name))) return false;
  if (!isSame(results, frame.lastResults ?? [])) return false;
  let last: string | undefined;
  for (let index = frame.transcript.length - 1; index >= 0; index--) {
    const { role, text } = frame.transcript[index]!;
    if (role !== "assistant") continue;
    if (last !== undefined) return text === last;
    last = text;
  }
  return last === undefined;
}

function isSame(first: readonly string[], second: readonly string[]): boolean {
  return first.length === second.length && first.every((line, index) => line === second[index]);
}

function isUndefined(value: Encoded): boolean {
  return typeof value === "object" && value !== null && "$type" in value && value["$type"] === "undefined";
}
