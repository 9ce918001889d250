import { isOffline, isSameOrigin, maskedAddress, type ModelSettings, providerInfo } from "../model/mod.ts";
import { thousands } from "../frontends/thousands.ts";
import type { Config } from "./config.ts";

// What `run` and `resume` tell people about sessions, on standard error. Scripts read these lines: they change no more.

/** `ℹ Loading playbooks from: ['examples/negotiation.pb']` */
export function loadingLine(paths: readonly string[]): string {
  return `ℹ Loading playbooks from: ${quotedList(paths)}`;
}

/** The file that a resumed session is configured by, if it is not the one of the current folder. */
export function configurationLine(path: string): string {
  return `   Configuration: ${path}`;
}

/** A resume without an id, and a session was found. */
export function foundLine(session: string): string {
  return `📂 Found previous session: ${session}`;
}

/** A resume with an id. */
export function explicitLine(session: string): string {
  return `📂 Resuming explicit session: ${session}`;
}

/** The session's files are at another place than before, and it is theirs from now on. */
export function relinkedLine(before: readonly string[], now: readonly string[]): string {
  return `📂 Re-linked to ${quotedList(now)}: its files were ${quotedList(before)}`;
}

/** A resume without an id, and there is nothing to resume: a new session starts. */
export function noSessionLine(): string {
  return "⚠️  No previous session found for these playbooks";
}

/** What is about to be restored; `checkpoint` is the position of the one that was read, if one was. */
export function checkpointLines(
  session: string,
  checkpoint: number | undefined,
  agents: readonly { readonly id: string }[],
): readonly string[] {
  return [
    checkpoint === undefined
      ? "🔄 No checkpoint: read from the journal"
      : `🔄 Found program checkpoint: ${session}_program_ckpt_${checkpoint}`,
    `   Session: ${session}`,
    `   Agents to restore: ${quotedList(agents.map(({ id }) => id))}`,
  ];
}

/** What was restored; `entries` counts the entries of the journal that are the agent's own. */
export function restoredLines(
  agents: readonly { readonly id: string; readonly entries: number }[],
  { checkpoint }: { readonly checkpoint: number | undefined },
): readonly string[] {
  return [
    ...agents.map(({ id, entries }) => `✅ Agent ${id} restored from ${id}_ckpt_${entries}`),
    "✅ Program restored successfully",
    `   All agents resumed from ${checkpoint === undefined ? "the journal" : "checkpoint"}`,
  ];
}

/** How to go on with a session that stopped before its end: interrupted, waiting or failed. */
export function resumeHint(session: string): readonly string[] {
  return [`   Session: ${session}`, `   Resume with: playbooks resume ${session}`];
}

/** Ctrl+C or SIGTERM stopped the run. */
export function interruptedLines(session: string): readonly string[] {
  return ["⏸️  Interrupted; nothing is lost", ...resumeHint(session)];
}

/** Somebody must answer, and nobody can be asked here. */
export function waitingLines(session: string, persons: readonly string[]): readonly string[] {
  return [
    `⏸️  Waiting for ${persons.join(", ")}, and nobody can be asked here`,
    `   Session: ${session}`,
    `   Answer with: playbooks resume ${session} --message TEXT`,
  ];
}

/** The session to resume has ended long ago: nothing is repeated. */
export function completedLines(session: string, completedAtMs: number, position: number): readonly string[] {
  return [
    `✅ Session ${session} completed at ${new Date(completedAtMs).toISOString()}; there is nothing to resume`,
    momentBeforeLine(session, position),
  ];
}

/** The program failed, which is its end: an earlier moment is all that one can go on from. */
export function failedLines(session: string, reason: string, position: number): readonly string[] {
  return [`❌ The program failed: ${reason}`, `   Session: ${session}`, momentBeforeLine(session, position)];
}

function momentBeforeLine(session: string, position: number): string {
  const last = position - 1;
  return `   Go on from a moment before with: playbooks resume ${session}@N --fork (N from 2 to ${last})`;
}

/** The question that is still open, so that who answers need not scroll back. */
export function openQuestionLine(
  question: {
    readonly agent: string;
    readonly klass: string;
    readonly person: string;
    readonly said?: string;
  },
): string {
  const { agent, klass, person, said } = question;
  const last = said === undefined ? "" : `; it said last: ${said.replace(/\s+/g, " ").trim()}`;
  return `   ${klass} (agent ${agent}) waits for ${person}${last}`;
}

/** What a session has used of models in all its runs. */
export function totalLine(
  spent: {
    readonly calls: number;
    readonly tokens: number;
    readonly costUsd: number;
    readonly unpriced: number;
  },
): string {
  const calls = spent.calls === 1 ? "1 model call" : `${spent.calls} model calls`;
  const cost = spent.unpriced > 0
    ? `, cost unknown for ${spent.unpriced}${
      spent.costUsd > 0 ? ` and $${spent.costUsd.toFixed(4)} for the others` : ""
    }`
    : spent.costUsd > 0
    ? `, $${spent.costUsd.toFixed(4)}`
    : "";
  return `ℹ Spent: ${calls}, ${thousands(spent.tokens)} tokens${cost}`;
}

/** What the resumed session need not pay for again. */
export function spentLine(
  spent: { readonly calls: number; readonly tokens: number; readonly costUsd: number },
): string {
  const calls = spent.calls === 1 ? "1 model call" : `${spent.calls} model calls`;
  const cost = spent.costUsd === 0 ? "" : `, $${spent.costUsd.toFixed(4)}`;
  return `   Not spent again: ${calls}, ${thousands(spent.tokens)} tokens${cost}`;
}

/** Sessions are not kept, so nothing can be resumed. */
export function durabilityOffLines(): readonly string[] {
  return [
    "⚠️  Resume requested but durability not enabled",
    "   Set durability.enabled=true in playbooks.toml",
  ];
}

/** That no model was configured, and so none is asked; `undefined` when one was chosen. */
export function rehearsalLine(
  { model, modelFrom }: Pick<Config, "modelFrom"> & { readonly model: ModelSettings },
):
  | string
  | undefined {
  if (modelFrom !== "default" || !isOffline(model.provider)) return undefined;
  return "ℹ No model is configured, so this is a rehearsal: it follows the steps by the letter";
}

/** The models that are asked; `undefined` if nobody chose one. */
export function modelLine(config: Pick<Config, "model" | "rawModel" | "modelFrom">): string | undefined {
  return config.modelFrom === "default" ? undefined : `ℹ Model: ${modelInWords(config)}`;
}

/** `openai:gpt-5 at http://…`: the models, each with its address where that is not the provider's own. */
export function modelInWords({ model, rawModel }: {
  readonly model: ModelPlace;
  readonly rawModel?: ModelPlace;
}): string {
  const raw = rawModel === undefined || placeInWords(rawModel) === placeInWords(model)
    ? ""
    : `; for raw playbooks ${placeInWords(rawModel)}`;
  return placeInWords(model) + raw;
}

type ModelPlace = Pick<ModelSettings, "provider" | "name" | "baseUrl">;

function placeInWords({ provider, name, baseUrl }: ModelPlace): string {
  const id = name === "" ? provider : `${provider}:${name}`;
  const isOwn = baseUrl === "" || isSameOrigin(baseUrl, providerInfo(provider)?.baseUrl ?? "");
  return isOwn ? id : `${id} at ${maskedAddress(baseUrl)}`;
}

/** `['a', 'b']`. */
function quotedList(items: readonly string[]): string {
  return `[${items.map((item) => `'${item}'`).join(", ")}]`;
}
