import { type Frame, type State, variablesSeenBy } from "../engine/fold/state.ts";
import { namePattern, variablesIn } from "../language/variable_names.ts";
import type { Encoded } from "../sandbox/mod.ts";
import type { MessageTexts } from "./message_texts.ts";
import { artifactText } from "../engine/builtins/words.ts";

// Artifacts in variables and arguments. A record shows their names; what names one also shows its text, once.

/** The texts of the artifacts that a playbook gets as arguments, or that its text names: `$report`. */
export function artifactsOfPlaybook(
  state: State,
  frame: Frame,
  playbook: string,
  texts: MessageTexts,
): string[] {
  const named = new Set(variablesIn(playbook));
  const variables = Object.entries(variablesOf(state, frame)).filter(([name]) =>
    named.has(name) && !Object.hasOwn(frame.args, name)
  );
  return loadedLines("Artifacts that the playbook names, as data", [
    ...artifactsIn("arguments", Object.entries(frame.args)),
    ...artifactsIn("state", variables),
  ], texts);
}

/** The texts of the artifacts whose variables the last answer names: `state.report`, `{$report}`. */
export function artifactsOfCode(state: State, frame: Frame, texts: MessageTexts): string[] {
  const code = frame.transcript.findLast(({ role }) => role === "assistant")?.text ?? "";
  const saved = new Set([...code.matchAll(/\bSaveArtifact\(\s*["'`]([^"'`]+)/g)].map((match) => match[1]!));
  const named = new Set([...code.matchAll(variableInCode)].map(([, name]) => name!));
  const variables = Object.entries(variablesOf(state, frame)).filter(([name]) =>
    named.has(name) && !saved.has(name)
  );
  return loadedLines("Artifacts that the code names, as data", artifactsIn("state", variables), texts);
}

const variableInCode = new RegExp(String.raw`(?:\bstate\.\$?|\$)(${namePattern})`, "gu");

function loadedLines(
  heading: string,
  artifacts: readonly (readonly [name: string, content: string])[],
  texts: MessageTexts,
): string[] {
  const lines = artifacts.flatMap(([name, content]) => texts.named(name, content) ?? []);
  return lines.length === 0 ? [] : [`${heading}:`, ...lines];
}

/** The artifacts among values, with the names under which `LoadArtifact` gives them. */
function artifactsIn(
  owner: "arguments" | "state",
  entries: readonly (readonly [string, Encoded])[],
): (readonly [name: string, content: string])[] {
  return entries.flatMap(([key, value]) => {
    const content = artifactText(value);
    return content === undefined ? [] : [[`${owner}.${key}`, content] as const];
  });
}

function variablesOf(state: State, frame: Frame): Readonly<Record<string, Encoded>> {
  const agent = state.agents[frame.agent];
  return agent ? variablesSeenBy(agent, frame) : {};
}
