import { personsAsked, type RunFact, type RunResult } from "../session/mod.ts";
import { nameInWords } from "./addressed.ts";
import type { RunEnd, RunUi } from "./run_ui.ts";
import { cutText } from "../text/mod.ts";
import { counted } from "./counted.ts";

// Scripts read these lines, so they must not change.

/** Prints a fact about a run to standard error. */
export function printFact(ui: Pick<RunUi, "note" | "tell" | "canDecide">, fact: RunFact): void {
  const [notes, lines] = linesOf(fact, ui.canDecide);
  for (const line of notes) ui.note(line);
  for (const line of lines) ui.tell(line);
}

/** Tells scripts how a run ended. */
export function endRun(
  ui: Pick<RunUi, "end">,
  end: Omit<RunEnd, "message" | "next">,
  result: RunResult,
): void {
  const message = endingMessage(result);
  const next = end.session === null ? undefined : decidedCommand(result, end.session);
  ui.end({ ...end, ...(message === undefined ? {} : { message }), ...(next === undefined ? {} : { next }) });
}

/** The next command where a plain resume would stop at the same place. It never repeats an effect. */
function decidedCommand({ kind }: RunResult, session: string): string | undefined {
  if (kind === "uncertain") return `playbooks sessions show ${session}`;
  return kind === "diverged" ? `playbooks resume ${session} --pin` : undefined;
}

/** The last lines of a process that was ended because it did not stop in time after a signal. `silent` did not answer. */
export function unresponsiveLines(session: string | undefined, silent = "playbooks"): readonly string[] {
  const fault = silent === "playbooks" ? "did not react" : "did not answer";
  const ended = `⏸️  Interrupted: ${silent} ${fault}, so the process was ended`;
  return session === undefined ? [ended] : [`${ended}; nothing is lost`, ...resumeHint(session)];
}

/** `--quiet` hides `notes` and keeps `lines`. */
type Lines = readonly [notes: readonly string[], lines: readonly string[]];

/** `hasPerson`: a person at a terminal sees the lines. */
function linesOf(fact: RunFact, hasPerson: boolean): Lines {
  switch (fact.type) {
    case "durability-off":
      return [[], [
        "⚠️  Resume requested but durability not enabled",
        "   Set durability.enabled=true in playbooks.toml",
      ]];
    case "no-session":
      return [
        ["⚠️  No previous session found for these playbooks"],
        [
          ...fact.notices.map((notice) => `   ${notice}`),
          ...(fact.isMessageGiven ? ["   The --message becomes the first words in a new session"] : []),
        ],
      ];
    case "others-wait": {
      const ids = fact.sessions.join(", ");
      return [[], [
        `ℹ Other sessions wait here: ${ids}; to answer one of them: playbooks resume ID --message TEXT`,
      ]];
    }
    case "nothing-to-plan":
      return [[], ["There is no session to plan for: a run would begin a new one"]];
    case "warning":
      return [[], [`⚠️  ${fact.text}`]];
    case "changes":
      return [[], fact.lines.map((line) => line.startsWith(" ") ? line : `⚠️  ${line}`)];
    case "message-unread":
      return [[], ["⚠️  The --message was not read: no agent waited for a person"]];
    case "ended":
      return [[], endingLines(fact, hasPerson)];
    case "can-resume":
      return [[], resumeHint(fact.session, fact.flags)];
    default:
      return [noteLines(fact, hasPerson), []];
  }
}

type Loud =
  | "durability-off"
  | "no-session"
  | "others-wait"
  | "nothing-to-plan"
  | "warning"
  | "changes"
  | "message-unread"
  | "ended"
  | "can-resume";

function noteLines(
  fact: Exclude<RunFact, { readonly type: Loud }>,
  hasPerson: boolean,
): readonly string[] {
  switch (fact.type) {
    case "loading":
      return [`ℹ Loading playbooks from: ${quotedList(fact.paths)}`];
    case "configuration":
      return [`   Configuration: ${fact.path}`];
    case "rehearsal":
      return ["ℹ No model is configured, so this is a rehearsal: it follows the steps literally"];
    case "model":
      return [`ℹ Model: ${fact.model}`];
    case "other-model":
      return [`⚠️  --model names ${fact.model}; ${fact.before} answered so far`];
    case "model-kept":
      return [
        `⚠️  The configuration names ${fact.configured}; the session goes on with its own model, ${fact.model}`,
        `   Take another one with: --model ${fact.configured.split(" ")[0]}`,
      ];
    case "model-not-kept":
      return [
        `⚠️  An older version began this session, so it does not keep its model: ${fact.before} answered so far, ` +
        `and ${fact.model} goes on`,
      ];
    case "found":
      return [
        fact.isExplicit
          ? `📂 Resuming explicit session: ${fact.session}`
          : `📂 Found previous session: ${fact.session}`,
      ];
    case "relinked":
      return [`📂 Re-linked to ${quotedList(fact.now)}: its files were ${quotedList(fact.before)}`];
    case "already-completed":
      return [
        `✅ Session ${fact.session} completed at ${new Date(fact.completedAtMs).toISOString()}; ` +
        "there is nothing to resume",
        momentBeforeLine(fact.session, fact.position),
      ];
    case "begins-anew":
      return ["ℹ The session stopped before it had done anything: it begins now"];
    case "restoring":
      return [
        fact.checkpoint === undefined
          ? "🔄 No checkpoint: read from the journal"
          : `🔄 Found program checkpoint: ${fact.session}_program_ckpt_${fact.checkpoint}`,
        `   Session: ${fact.session}`,
        `   Agents to restore: ${quotedList(fact.agents.map(({ id }) => id))}`,
      ];
    case "queued":
      return ["ℹ Queued: playbooks worker runs it"];
    case "restored":
      return restoredLines(fact, hasPerson);
    case "spent":
      return [totalLine(fact)];
  }
}

type Of<Type extends RunFact["type"]> = Extract<RunFact, { readonly type: Type }>;

function restoredLines(
  { agents, checkpoint, spent, questions, people = [] }: Of<"restored">,
  hasPerson: boolean,
): readonly string[] {
  const { answers, tokens, costUsd } = spent;
  const cost = costUsd === 0 ? "" : `, $${costUsd.toFixed(4)}`;
  return [
    ...agents.map(({ id, entries }) => `✅ Agent ${id} restored from ${id}_ckpt_${entries}`),
    "✅ Program restored successfully",
    `   All agents resumed from ${checkpoint === undefined ? "the journal" : "checkpoint"}`,
    ...(answers > 0
      ? [`   Not spent again: ${counted(answers, "model call")}, ${counted(tokens, "token")}${cost}`]
      : []),
    ...questions.map(({ agent, klass, said, ...question }) => {
      const person = personsAsked(question).map((name) => waitedName(people, name)).join(" or ");
      // A terminal shows the last words itself.
      const last = said === undefined || hasPerson
        ? ""
        : `; it said last: ${said.replace(/\s+/g, " ").trim()}`;
      return `   ${klass} (agent ${agent}) waits for ${person}${last}`;
    }),
  ];
}

function totalLine({ calls, tokens, costUsd, unpriced }: Of<"spent">): string {
  const known = costUsd > 0 ? `$${costUsd.toFixed(4)}` : "";
  const cost = unpriced > 0
    ? `, cost unknown for ${unpriced}${known === "" ? "" : ` and ${known} for the others`}`
    : known === ""
    ? ""
    : `, ${known}`;
  return `ℹ Spent: ${counted(calls, "model call")}, ${counted(tokens, "token")}${cost}`;
}

/** Maximum characters of an error that a person is shown. An error may contain values of the program. */
const maxMessageCharacters = 4000;

function endingLines(
  { result, session, position, people = [], flags = [] }: Of<"ended">,
  hasPerson: boolean,
): readonly string[] {
  const hint = session === undefined ? [] : resumeHint(session, flags);
  const message = cutText(endingMessage(result) ?? "", {
    maxCharacters: maxMessageCharacters,
    ...(session === undefined ? {} : { rest: `playbooks sessions dump ${session} --json shows them all` }),
  });
  switch (result.kind) {
    case "completed":
      return [];
    case "failed": {
      const line = `❌ The program failed: ${message}`;
      if (session === undefined) return [line];
      return [line, `   Session: ${session}`, momentBeforeLine(session, position)];
    }
    case "waiting": {
      const names = result.for.map((name) => waitedName(people, name));
      if (hasPerson) {
        return [`⏸️  Suspended while it waits for ${names.join(", ")}; nothing is lost`, ...hint];
      }
      const line = `⏸️  Waiting for ${names.join(", ")}; no person can be asked here`;
      if (session === undefined) return [line];
      const text = people.length < 2 ? "TEXT" : `'@${result.for[0]} TEXT'`;
      const answer = `   Answer with: ${["playbooks resume", session, ...flags].join(" ")} --message ${text}`;
      return [line, `   Session: ${session}`, answer];
    }
    case "interrupted":
      return session === undefined ? ["⏸️  Interrupted"] : ["⏸️  Interrupted; nothing is lost", ...hint];
    case "model":
    case "limit":
    case "input":
    case "tools":
      return [`❌ ${message}`, ...hint];
    case "uncertain":
      return [
        `⚠️  ${message}`,
        "   Do it again with: --on-uncertain retry",
        "   Go on with an error in place of its result with: --on-uncertain skip",
        ...hint,
      ];
    case "diverged":
      return [
        `⚠️  ${message}`,
        "   Finish this call on the old source with: --pin",
        "   Run the new source from that call on with: --redo",
        ...hint,
      ];
  }
}

/** Why a run ended, if its status does not say enough. */
export function endingMessage(result: RunResult): string | undefined {
  switch (result.kind) {
    case "completed":
    case "interrupted":
      return undefined;
    case "failed":
      return result.reason;
    case "waiting":
      return waitingMessage(result);
    case "model":
    case "limit":
    case "input":
    case "tools":
      return result.message;
    case "uncertain": {
      const { what, klass, playbook, startedAtMs } = result.effect;
      return `${what} of ${klass}.${playbook} was begun at ${
        new Date(startedAtMs).toISOString()
      } and its result is not known`;
    }
    case "diverged": {
      const { playbook, ordinal, before, now, line } = result;
      const place = line === undefined ? "" : ` (line ${line})`;
      const after = now === undefined ? "no longer makes it" : `now makes ${now}${place}`;
      return `${playbook} was edited in flight: its call ${ordinal} was ${before}, and the new code ${after}`;
    }
  }
}

function waitingMessage({ for: names, untilMs }: Extract<RunResult, { readonly kind: "waiting" }>): string {
  const until = untilMs === undefined ? [] : [`until ${new Date(untilMs).toISOString()}`];
  return ["waits", ...(names.length > 0 ? [`for ${names.join(", ")}`] : []), ...until].join(" ");
}

/** A person who is waited for: with the name to write, if there are several persons. */
function waitedName(people: NonNullable<Of<"ended">["people"]>, name: string): string {
  const person = people.length < 2 ? undefined : people.find((each) => each.name === name);
  return person === undefined ? name : nameInWords(person);
}

/** How to resume a session that stopped before its end. */
function resumeHint(session: string, flags: readonly string[] = []): readonly string[] {
  const command = ["playbooks resume", session, ...flags].join(" ");
  return [`   Session: ${session}`, `   Resume with: ${command}`];
}

function momentBeforeLine(session: string, position: number): string {
  const last = position - 1;
  return `   Go on from a moment before with: playbooks resume ${session}@${last} --fork (or from an earlier one, down to @2)`;
}

/** `['a', 'b']`. */
function quotedList(items: readonly string[]): string {
  return `[${items.map((item) => `'${item}'`).join(", ")}]`;
}
