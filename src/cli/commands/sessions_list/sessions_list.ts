import { type ExitCode, exitCodes } from "../../../errors.ts";
import { ageOf, type SessionFile, type SessionStore } from "../../../store/mod.ts";
import { cutText, jsonText } from "../../../text/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { tell } from "../../../frontends/tell.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { filterOf, nearestProgram, programNames } from "../../session_filter.ts";
import { hasColour, statusText, widthOf } from "../../session_columns.ts";
import { shortIds } from "../../short_ids.ts";
import {
  bytesInWords,
  costInWords,
  newestSessions,
  otherStorages,
  printNotices,
  storedSessions,
} from "../../stored_sessions.ts";
import { tableWidth, terminalTable } from "../../table.ts";
import type { World } from "../../world.ts";
import type { ListOptions } from "./options.ts";

type Listed = SessionFile & { readonly bytes?: number };

/** `playbooks sessions list`: prints one line a session, the last run first. */
export async function sessionsList(command: ListOptions, world: World): Promise<ExitCode> {
  const sessions = storedSessions(command, world);
  const limit = limitOf(command, world);
  const { all, ids: allIds } = await listed(command, limit, sessions);
  const chosen = await chosenSessions(command, all, sessions, world);
  const shown = chosen.slice(0, limit);
  const count = all.length < allIds.length ? allIds.length : chosen.length;
  printNotices(sessions, world);
  if (command.json) {
    const sized = await withSizes(shown, sessions);
    writeAll(world.stdout, `${jsonText(sized.map(withoutSealed), 2)}\n`);
  } else if (shown.length === 0) {
    writeAll(
      world.stdout,
      `${emptyText(all, command, sessions)}${all.length > 0 ? "" : elsewhere(sessions, world)}\n`,
    );
  } else {
    const ids = shortIds(allIds);
    writeAll(world.stdout, await asTable(shown, ids, { sessions, world }));
  }
  if (shown.length < count) {
    tell(
      world.stderr,
      `ℹ ${thousands(shown.length)} of ${thousands(count)} sessions; --limit 0 shows all\n`,
    );
  }
  await sessions.completeIndexes?.();
  return exitCodes.ok;
}

/** The sessions to choose from, and all ids. A plain list of the newest needs no others. */
async function listed(
  { text, filter, sort = "age" }: ListOptions,
  limit: number,
  sessions: SessionStore,
): Promise<{ readonly all: readonly SessionFile[]; readonly ids: readonly string[] }> {
  if (text === undefined && filter === undefined && sort === "age") {
    const { sessions: all, ids } = await newestSessions(sessions, limit);
    return { all, ids };
  }
  const all = await sessions.list();
  return { all, ids: all.map(({ id }) => id) };
}

/** The sessions that the options choose, in their order. */
export function chosenSessions(
  command: ListOptions,
  all: readonly SessionFile[],
  sessions: SessionStore,
  world: World,
): Promise<readonly Listed[]> {
  return inOrder(chosenOf(all, command, world), command.sort, sessions);
}

function chosenOf(
  all: readonly SessionFile[],
  { text, filter = {} }: ListOptions,
  world: World,
): readonly SessionFile[] {
  const matches = filterOf(filter, { nowMs: world.now(), cwd: world.cwd });
  const wanted = text?.normalize("NFC").toLowerCase();
  return all.filter((session) =>
    matches(session) &&
    (wanted === undefined ||
      [session.id, session.name?.normalize("NFC") ?? "", programNames(session)]
        .some((each) => each.toLowerCase().includes(wanted)))
  );
}

async function inOrder(
  list: readonly SessionFile[],
  order: ListOptions["sort"] = "age",
  sessions: SessionStore,
): Promise<readonly Listed[]> {
  switch (order) {
    case "age":
      return list;
    case "started":
      return list.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
    case "cost":
      return list.toSorted((a, b) => b.costUsd - a.costUsd);
    case "size":
      return (await withSizes(list, sessions)).toSorted((a, b) => b.bytes - a.bytes);
    case "name":
      return list.toSorted((a, b) => compareNames(a.name, b.name));
    case "status":
      return list.toSorted((a, b) => a.status < b.status ? -1 : a.status > b.status ? 1 : 0);
  }
}

async function withSizes(list: readonly Listed[], sessions: SessionStore) {
  const sized = [];
  for (const session of list) {
    sized.push({ ...session, bytes: session.bytes ?? await sessions.sizeOf(session.id) });
  }
  return sized;
}

/** The encrypted part is of no use to a reader. */
function withoutSealed({ sealed: _, ...session }: Listed): Listed {
  return session;
}

/** Sessions without a name come last. */
function compareNames(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const [first, second] = [a.toLowerCase(), b.toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}

function limitOf({ limit, json }: ListOptions, world: World): number {
  if (limit === 0) return Infinity;
  // A script that reads the list must not miss a session.
  return limit ?? (json || !world.stdout.isTerminal() ? Infinity : terminalLimit);
}

/** Enough for a glance at the last days. */
const terminalLimit = 50;

/** Where else this user has sessions. */
function elsewhere(sessions: SessionStore, world: World): string {
  const folders = otherStorages(sessions, world).map(({ location }) => location);
  if (folders.length === 0) return "";
  const rest = folders.length > maxFolders ? `, and ${folders.length - maxFolders} more` : "";
  return `; your sessions are in ${folders.slice(0, maxFolders).join(", ")}${rest}`;
}

const maxFolders = 3;

function emptyText(
  all: readonly SessionFile[],
  { text, filter = {} }: ListOptions,
  sessions: SessionStore,
): string {
  if (all.length === 0) return `There are no sessions in ${sessions.location}`;
  const { program } = filter;
  const hint = program === undefined ? "" : nearestProgram(program, all);
  const search = text === undefined ? "" : "; playbooks sessions search looks into the sessions";
  return `No session of ${thousands(all.length)} in ${sessions.location} fits${hint}${search}`;
}

async function asTable(
  list: readonly Listed[],
  shortId: (id: string) => string,
  { sessions, world }: { readonly sessions: SessionStore; readonly world: World },
): Promise<ReturnType<typeof terminalTable>> {
  const nowMs = world.now();
  const hasSizes = list.some(({ bytes }) => bytes !== undefined);
  const width = widthOf(world);
  const colour = hasColour(world);
  const hasTurns = width >= wideColumns;
  const headings = ["ID", "NAME", "STATUS", "PROGRAM", "AGE", "COST"];
  if (hasTurns) headings.push("TURNS", "TOKENS");
  if (hasSizes) headings.push("SIZE");
  const rows = list.map((session) => {
    const { turns, tokens, bytes = 0 } = session;
    return [
      shortId(session.id),
      session.name ?? (session.locked ? "(encrypted)" : keptMark(session)),
      session.newer ? `newer (format ${session.newer.format})` : statusText(session.status, { colour }),
      programNames(session),
      ageOf(session.runAt, nowMs),
      costInWords(session.costUsd),
      ...hasTurns ? [String(turns), thousands(tokens)] : [],
      ...hasSizes ? [bytesInWords(bytes)] : [],
    ];
  });
  const shrinks = ["PROGRAM", "NAME"];
  const isWide = width < Infinity && width - tableWidth(headings, rows) >= minWordsColumns;
  if (!isWide) return terminalTable(headings, rows, { width, shrinks });
  const words = await lastWordsOf(list, sessions);
  return terminalTable(
    [...headings, "LAST WORDS"],
    rows.map((row, index) => [...row, words[index] ?? ""]),
    { width, shrinks: ["LAST WORDS"] },
  );
}

/** The last words in each session. What takes too long is left out: a list must come at once. */
async function lastWordsOf(list: readonly Listed[], sessions: SessionStore): Promise<readonly string[]> {
  // A list in a pipe does not need this, and loading it takes time.
  const { lastWordsIn } = await import("../../../session/mod.ts");
  const untilMs = performance.now() + maxWordsMs;
  const all: string[] = [];
  for (const { id, position, locked, newer } of list) {
    if (performance.now() > untilMs) break;
    const isQuick = !locked && !newer && position <= maxWordsEntries;
    // A damaged session has no words here; `sessions verify` says why.
    const words = isQuick ? await lastWordsIn(sessions, id, 1).catch(() => []) : [];
    all.push(
      words.map(({ who, text }) => cutText(`${who}: ${text}`, { maxCharacters: maxWordsLength })).join(""),
    );
  }
  return all;
}

/** Fewer say nothing; with the gap before the column. */
const minWordsColumns = 24;
/** A pause that a person does not notice. */
const maxWordsMs = 100;
/** Reading so many takes a few milliseconds. */
const maxWordsEntries = 2000;
/** Wider than any terminal needs. */
const maxWordsLength = 300;

/** Marks a session that keeps what another one was before its rewind. */
function keptMark({ forkedFrom }: SessionFile): string {
  return forkedFrom?.rewoundTo === undefined ? "" : "(before rewind)";
}

/** From here on, all counts fit beside a name and a program. */
const wideColumns = 100;
