import { createHash } from "node:crypto";
import { display, type Encoded } from "../../sandbox/mod.ts";
import { condensedTranscript } from "./condense_0_2.ts";
import type { Artifact, RequestEntry } from "./entry.ts";
import type { EndedTurn, Frame, State } from "./state.ts";

/**
 * A request of 0.1 or 0.2, with the facts that its entry lacks.
 *
 * Those versions derived the facts from the state: they condensed the frame's messages, made artifacts of long results,
 * and counted repeated turns. The text of the request names the artifacts and shows the results.
 */
export function upcastRequest(entry: RequestEntry, state: State): RequestEntry {
  const frame = state.frames[entry.frame];
  if (!frame) return entry;
  const transcript = condensedTranscript(frame.transcript, entry.text, state.settings.limits.contextTokens);
  const known = state.agents[frame.agent]?.artifacts ?? {};
  const artifacts = artifactsIn(entry.text, frame.endedTurn).filter(({ name }) => !(name in known));
  const repeats = repeatsBefore(entry.text, frame);
  return {
    ...entry,
    ...(transcript ? { transcript } : {}),
    ...(artifacts.length > 0 ? { artifacts } : {}),
    ...(repeats > 0 ? { repeats } : {}),
  };
}

/** A line of results: `- Big(70) → artifact a_0123abcd (910 characters; LoadArtifact("a_0123abcd") shows it all): …`. */
const artifactLine =
  /^- (.*) → artifact (a_[0-9a-f]{8}) \(\d+ characters; LoadArtifact\("\2"\) shows it all\): /gm;

function artifactsIn(text: string, ended: EndedTurn | undefined): Artifact[] {
  if (!ended || ended.lines || !text.includes(" → artifact a_")) return [];
  const contents = new Map(
    ended.history.slice(0).flatMap(({ outcome }) => outcome.ok ? [contentOf(outcome.value)] : [])
      .map((content) => [nameOf(content), content]),
  );
  const artifacts = new Map<string, Artifact>();
  for (const [, call, name] of text.matchAll(artifactLine)) {
    const content = contents.get(name!);
    if (content === undefined || artifacts.has(name!)) continue;
    artifacts.set(name!, { name: name!, summary: `Result of ${call}`, content });
  }
  return [...artifacts.values()];
}

function contentOf(value: Encoded): string {
  return typeof value === "string" ? value : display(value, { maxCharacters: Number.MAX_SAFE_INTEGER });
}

function nameOf(content: string): string {
  return `a_${createHash("sha256").update(content).digest("hex").slice(0, 8)}`;
}

/** Turns in a row with the same answer and results, up to the last one. A turn with a wait does not count. */
function repeatsBefore(text: string, { transcript, endedTurn, repeats }: Frame): number {
  if (!endedTurn || endedTurn.lines) return repeats;
  const [request, answer] = [transcript.at(-2), transcript.at(-1)];
  const before = transcript.slice(0, -2).findLast(({ role }) => role === "assistant");
  const { history } = endedTurn;
  const isRepeat = before !== undefined && before.text === answer?.text && history.length > 0 &&
    resultsIn(request?.text ?? "") === resultsIn(text) &&
    !Object.values(history.asked).some(({ name }) => waits.has(name));
  return isRepeat ? repeats + 1 : 0;
}

const waits: ReadonlySet<string> = new Set(["Yield", "WaitForMessage", "Sleep", "Fetch"]);

/** The lines about results in a request, without the headings that name the turn. */
function resultsIn(text: string): string {
  return /^Results of turn \d+:\n([^]*?)\nState: /m.exec(text)?.[1] ?? "";
}
