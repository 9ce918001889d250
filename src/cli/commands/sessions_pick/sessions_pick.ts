import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import {
  type ActionOutcome,
  openPicker,
  type PickerPreview,
  type PickerRow,
  type ReturningAction,
  runPicker,
} from "../../../frontends/picker/mod.ts";
import type { Input, Output } from "../../../frontends/streams.ts";
import { previewSession, searchedTexts } from "../../../session/mod.ts";
import { ageOf, type SessionFile, type SessionStore, shortId } from "../../../store/mod.ts";
import { cleanLine } from "../../../text/mod.ts";
import type { Command } from "../../command.ts";
import { perform } from "../../perform.ts";
import { hasColour } from "../../session_columns.ts";
import { programNames } from "../../session_filter.ts";
import { shortIds } from "../../short_ids.ts";
import { costInWords, storedSessions } from "../../stored_sessions.ts";
import { terminalColumns } from "../../terminal_columns.ts";
import { patternInJson } from "../../text_patterns.ts";
import type { World } from "../../world.ts";
import { listenForInterrupts } from "../run/interrupts.ts";
import type { ListOptions } from "../sessions_list/options.ts";
import { chosenSessions, sessionsList } from "../sessions_list/sessions_list.ts";

/** `playbooks sessions` on a terminal: chooses a session, and does what a person asks. Elsewhere: the list. */
export async function sessionsPick(
  command: ListOptions & { readonly isPicker: boolean },
  world: World,
  commands: readonly Command[],
): Promise<ExitCode> {
  if (!command.isPicker || command.json || !canPick(world)) return await sessionsList(command, world);
  const sessions = storedSessions(command, world);
  const first = await rowsOf(command, sessions, world);
  if (first.length === 0) return await sessionsList(command, world);
  const end = await pick(first, { command, sessions, world, commands });
  switch (end.kind) {
    case "left":
      return exitCodes.ok;
    case "interrupted":
      return exitCodes.interrupted;
    case "terminated":
      return exitCodes.terminated;
    case "resume":
      return await perform(["resume", end.id, ...configOf(command)], commands, world);
  }
}

interface PickContext {
  readonly command: ListOptions;
  readonly sessions: SessionStore;
  readonly world: World;
  readonly commands: readonly Command[];
}

type PickEnd =
  | { readonly kind: "left" | "interrupted" | "terminated" }
  | { readonly kind: "resume"; readonly id: string };

async function pick(first: readonly PickerRow[], context: PickContext): Promise<PickEnd> {
  const { sessions, world } = context;
  using interrupts = listenForInterrupts();
  const end = await runPicker(openPicker(first), {
    stdin: world.stdin,
    stdout: world.stdout,
    size: () => ({ ...sizeOf(world), hasColour: hasColour(world) }),
    signal: interrupts.signal,
    preview: (id) => preview(id, sessions, world),
    findWords: (text) => idsWithWords(text, sessions),
    perform: (action) => performed(action, context),
  });
  if (end.kind === "resume") return end;
  if (end.kind !== "signal") return { kind: end.kind };
  return { kind: interrupts.signalName() === "SIGTERM" ? "terminated" : "interrupted" };
}

function canPick({ stdin, stdout, environment }: World): boolean {
  return stdin.isTerminal() && stdout.isTerminal() && environment["TERM"] !== "dumb";
}

/** A terminal that does not tell its size is taken for one of the usual size. */
function sizeOf(world: World): { readonly columns: number; readonly rows: number } {
  return { columns: terminalColumns(world), rows: rowsOfTerminal(world) };
}

function rowsOfTerminal({ rows }: World): number {
  try {
    return rows?.() || usualRows;
  } catch {
    return usualRows;
  }
}

const usualRows = 24;

async function rowsOf(
  command: ListOptions,
  sessions: SessionStore,
  world: World,
): Promise<readonly PickerRow[]> {
  const all = await sessions.list();
  const shortId = shortIds(all.map(({ id }) => id));
  const nowMs = world.now();
  const chosen = await chosenSessions(command, all, sessions, world);
  return chosen.slice(0, command.limit || Infinity).map((session) => {
    const { id, name, runAt, costUsd, newer } = session;
    const program = cleanLine(programNames(session));
    return {
      id,
      shortId: shortId(id),
      title: name === undefined ? program : `${cleanLine(name)} · ${program}`,
      status: newer ? "newer" : session.status,
      age: ageOf(runAt, nowMs),
      cost: costInWords(costUsd),
      searched: searchedOf(session),
    };
  });
}

async function preview(id: string, sessions: SessionStore, world: World): Promise<PickerPreview> {
  const session = await sessions.get(id);
  if (!session) return { facts: ["This session was removed"] };
  try {
    const found = await previewSession(sessions, id, { maxWords: maxPreviewWords });
    return { facts: factsOf(session, found?.spent ?? session, world), ...(found && { session: found }) };
  } catch (error) {
    return { facts: factsOf(session, session, world), problem: `⚠️  ${messageOf(error)}` };
  }
}

/** More than a screen shows. */
const maxPreviewWords = 30;

function factsOf(
  session: SessionFile,
  { turns, tokens, costUsd }: Pick<SessionFile, "turns" | "tokens" | "costUsd">,
  world: World,
): readonly string[] {
  const { id, name, status, runAt, programPaths, locked } = session;
  return [
    `${name === undefined ? "" : `${name}: `}${status}, last run ${ageOf(runAt, world.now())} ago`,
    `${counted(turns, "turn")}, ${counted(tokens, "token")}, ${costInWords(costUsd)} · ${id}`,
    programPaths.join(" ") || (locked ? "encrypted; set PLAYBOOKS_KEY" : "its program is not known"),
  ];
}

/** The texts of a session that the filter looks into at once. */
function searchedOf(session: SessionFile): string {
  const { name = "", id, status } = session;
  return lowerCase([name, programNames(session), id, status].join(" "));
}

function lowerCase(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** The sessions that have each part of `text` in their words, or in `searchedOf`. Gives way to keys every few milliseconds. */
async function* idsWithWords(text: string, sessions: SessionStore): AsyncGenerator<string | undefined> {
  const parts = text.split(/\s+/);
  let sinceMs = performance.now();
  for (const session of await sessions.list()) {
    if (performance.now() - sinceMs > sliceMs) {
      await new Promise((resolve) => setTimeout(resolve));
      yield undefined;
      sinceMs = performance.now();
    }
    const searched = searchedOf(session);
    const inWords = parts.filter((part) => !searched.includes(lowerCase(part)));
    if (await hasWords(session.id, inWords, sessions)) yield session.id;
  }
}

const sliceMs = 15;

async function hasWords(id: string, parts: readonly string[], sessions: SessionStore): Promise<boolean> {
  try {
    for (const part of parts) {
      if (!await sessions.mayContain(id, patternInJson(part, "i"))) return false;
    }
    const missing = new Set(parts.map(lowerCase));
    if (missing.size === 0) return true;
    for (const { kind, text } of searchedTexts(await sessions.read(id))) {
      if (kind !== "words") continue;
      const words = lowerCase(text);
      for (const part of missing) if (words.includes(part)) missing.delete(part);
      if (missing.size === 0) return true;
    }
  } catch {
    // `sessions verify` reports a damaged session. Its preview shows the error, too.
  }
  return false;
}

/** Does an action as the command line does it, and shows its output in the picker. */
async function performed(action: ReturningAction, context: PickContext): Promise<ActionOutcome> {
  const { command, sessions, world, commands } = context;
  const args = argumentsOf(action);
  if (!commands.some(({ name }) => name === args.slice(0, 2).join(" "))) {
    return { message: `There is no command ${args.slice(0, 2).join(" ")} in this version` };
  }
  const output = new Captured();
  try {
    await perform([...args.slice(0, 2), ...configOf(command), ...args.slice(2)], commands, {
      ...world,
      stdin: noInput,
      stdout: output,
      stderr: output,
    });
  } catch (error) {
    if (!(error instanceof PlaybooksError)) throw error;
    return { message: cleanLine(messageOf(error)) };
  }
  const text = output.text.trimEnd();
  if (action.kind === "show" || action.kind === "log") {
    return { text: { title: `sessions ${action.kind} ${shortId(action.id)}`, text } };
  }
  const rows = await rowsOf(command, sessions, world);
  const [made = ""] = text.split("\n");
  const isFork = action.kind === "fork";
  return {
    rows,
    message: cleanLine(isFork ? `Forked ${shortId(action.id)} as ${shortId(made)}` : made),
    ...(isFork && { select: made }),
  };
}

function argumentsOf(action: ReturningAction): readonly string[] {
  const { kind, id } = action;
  switch (kind) {
    case "rename":
      return ["sessions", "rename", "--", id, action.name];
    case "fork":
      return ["sessions", "fork", ...(action.name === "" ? [] : [`--name=${action.name}`]), id];
    case "remove":
      return ["sessions", "rm", "--yes", id];
    case "show":
    case "log":
      return ["sessions", kind, id];
  }
}

function configOf({ config }: ListOptions): readonly string[] {
  return config === undefined ? [] : [`--config=${config}`];
}

/** An output that keeps the text. */
class Captured implements Output {
  readonly #decoder = new TextDecoder();
  text = "";

  writeSync(bytes: Uint8Array): number {
    this.text += this.#decoder.decode(bytes, { stream: true });
    return bytes.length;
  }

  isTerminal(): boolean {
    return false;
  }
}

/** An action of the picker asks nothing on the command line. */
const noInput: Input = { read: () => Promise.resolve(null), isTerminal: () => false, setRaw: () => {} };
