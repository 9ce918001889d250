import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { counted } from "../../../frontends/counted.ts";
import { tell } from "../../../frontends/tell.ts";
import { ansi, joined, type TerminalText } from "../../../frontends/terminal_text.ts";
import { fit, fitEnd, textWidth } from "../../../frontends/text_width.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { cleanLine, cutText, jsonText } from "../../../text/mod.ts";
import { hasColour, widthOf } from "../../session_columns.ts";
import { filterOf } from "../../session_filter.ts";
import { sessionLabel } from "../../session_label.ts";
import type { SessionFile } from "../../../store/mod.ts";
import { shortIds } from "../../short_ids.ts";
import { newestSessions, printNotices, storedSessions } from "../../stored_sessions.ts";
import { terminalTable } from "../../table.ts";
import type { World } from "../../world.ts";
import { matcherOf } from "./matcher.ts";
import { hitInJson, hitsIn, type SearchHit } from "./hits.ts";
import type { SearchOptions } from "./options.ts";

/** `playbooks sessions search`: prints the lines of all sessions that match, the newest session first. */
export async function sessionsSearch(command: SearchOptions, world: World): Promise<ExitCode> {
  const sessions = storedSessions(command, world);
  const { sessions: all } = await newestSessions(sessions, Infinity);
  const matches = filterOf(command.filter, { nowMs: world.now(), cwd: world.cwd });
  const limit = command.limit === 0
    ? Infinity
    : command.limit ?? (command.json || !world.stdout.isTerminal() ? Infinity : terminalLimit);
  const hits: SearchHit[] = [];
  let isCut = false;
  const chosen = all.filter(matches);
  const locked = chosen.filter((session) => session.locked);
  let unread = locked.length;
  const matcher = matcherOf(command);
  for (const session of chosen) {
    if (session.locked) continue;
    const onFault = (reason: string) => {
      unread++;
      const isWhole = reason.startsWith("Cannot ");
      tell(
        world.stderr,
        `⚠️  ${isWhole ? "" : `Cannot search session ${sessionLabel(session)}: `}${cleanLine(reason)}\n`,
      );
    };
    for await (const hit of hitsIn(sessions, session, { matcher, onFault })) {
      isCut = hits.length === limit;
      if (isCut) break;
      hits.push(hit);
    }
    if (isCut) break;
  }
  if (!isCut) tellLocked(locked, world);
  printNotices(sessions, world);
  if (command.json) writeAll(world.stdout, `${jsonText(hits.map(hitInJson), 2)}\n`);
  else if (hits.length > 0) writeAll(world.stdout, asTable(hits, shortIds(all.map(({ id }) => id)), world));
  else {
    const counts = { searched: chosen.length - unread, unread };
    tell(world.stderr, `ℹ ${nothingFound(command, counts, sessions.location)}\n`);
  }
  if (isCut) {
    tell(world.stderr, `ℹ Stopped after ${counted(limit, "match", "matches")}; --limit 0 shows all\n`);
  }
  await sessions.completeIndexes?.();
  return unread === 0 ? exitCodes.ok : exitCodes.storage;
}

function nothingFound(
  command: SearchOptions,
  { searched, unread }: { readonly searched: number; readonly unread: number },
  location: string,
): string {
  if (searched + unread === 0) return `There is no session to search in ${location}`;
  if (searched === 0) return `No session in ${location} could be searched`;
  const rest = unread === 0 ? "" : `; ${counted(unread, "session")} could not be searched`;
  return `No session of ${thousands(searched)} in ${location} has ${quoted(command)}${rest}`;
}

/** One line for all sessions that another key opens, because they have one reason. */
function tellLocked(locked: readonly SessionFile[], world: World): void {
  if (locked.length === 0) return;
  const hasKey = locked.every((session) => session.locked !== "no key");
  const reason = hasKey
    ? "PLAYBOOKS_KEY is not the key that encrypted them; set that key"
    : "encrypted sessions need PLAYBOOKS_KEY; set it in the shell (a .env file cannot set it)";
  tell(world.stderr, `⚠️  Cannot search ${counted(locked.length, "session")}: ${reason}\n`);
}

/** A screen and a half. */
const terminalLimit = 50;

function asTable(
  hits: readonly SearchHit[],
  shortId: (id: string) => string,
  world: World,
): ReturnType<typeof terminalTable> {
  const width = widthOf(world);
  const colour = hasColour(world);
  const places = hits.map(({ session, position }) =>
    position === undefined ? shortId(session.id) : `${shortId(session.id)}@${position}`
  );
  const people = hits.map(({ who, kind }) => who || kind);
  const widest = (cells: readonly string[]) => Math.max(...cells.map((cell) => textWidth(cell)));
  const whoColumns = Math.min(widest(people), maxWhoColumns);
  const rest = width - Math.max(widest(places), "SESSION@N".length) - whoColumns - 4;
  const rows = hits.map((hit, index) => [
    places[index]!,
    fit(people[index]!, whoColumns),
    marked(hit, { columns: Math.max(minLineColumns, rest), colour }),
  ]);
  return terminalTable(["SESSION@N", "WHO", "TEXT"], rows, { width, shrinks: [] });
}

/** The part of the line around the match that fits, with the match marked on a terminal. */
function marked(
  { line, start, end }: SearchHit,
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): string | TerminalText {
  const [before, match, after] = [line.slice(0, start), line.slice(start, end), line.slice(end)].map(
    cleanLine,
  );
  const spare = Math.max(0, columns - textWidth(match!));
  const head = textWidth(before!) + textWidth(after!) <= spare
    ? before!
    : fitEnd(before!, Math.max(spare - textWidth(after!), Math.floor(spare / 3)));
  const tail = fit(after!, spare - textWidth(head));
  if (!colour) return `${head}${match}${tail}`;
  return joined([head, ansi`\x1b[1;33m${match!}\x1b[22;39m`, tail]);
}

function quoted({ text, regex }: SearchOptions): string {
  const shown = cleanLine(cutText(text, { maxCharacters: maxShownText }));
  return regex ? `a match of /${shown}/` : `"${shown}"`;
}

/** Enough to recognise the text. */
const maxShownText = 200;
const maxWhoColumns = 24;
const minLineColumns = 20;
