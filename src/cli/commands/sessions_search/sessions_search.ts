import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { counted } from "../../../frontends/counted.ts";
import { tell } from "../../../frontends/tell.ts";
import { ansi, joined, type TerminalText } from "../../../frontends/terminal_text.ts";
import { fit, fitEnd, textWidth } from "../../../frontends/text_width.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { cleanLine, jsonText } from "../../../text/mod.ts";
import { hasColour, widthOf } from "../../session_columns.ts";
import { filterOf } from "../../session_filter.ts";
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
  let unread = 0;
  const matcher = matcherOf(command);
  for (const session of all.filter(matches)) {
    for await (
      const hit of hitsIn(sessions, session, {
        matcher,
        onFault: (text) => {
          unread++;
          tell(world.stderr, `⚠️  ${text}\n`);
        },
      })
    ) {
      isCut = hits.length === limit;
      if (isCut) break;
      hits.push(hit);
    }
    if (isCut) break;
  }
  printNotices(sessions, world);
  if (command.json) writeAll(world.stdout, `${jsonText(hits.map(hitInJson), 2)}\n`);
  else if (hits.length > 0) writeAll(world.stdout, asTable(hits, shortIds(all.map(({ id }) => id)), world));
  else {
    tell(
      world.stderr,
      `ℹ No session of ${thousands(all.length - unread)} in ${sessions.location} has ${quoted(command)}` +
        `${unread === 0 ? "" : `; ${counted(unread, "session")} could not be read`}\n`,
    );
  }
  if (isCut) {
    tell(world.stderr, `ℹ Stopped after ${counted(limit, "match", "matches")}; --limit 0 shows all\n`);
  }
  await sessions.completeIndexes?.();
  return unread === 0 ? exitCodes.ok : exitCodes.storage;
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
  return regex ? `a match of /${cleanLine(text)}/` : `"${cleanLine(text)}"`;
}

const maxWhoColumns = 24;
const minLineColumns = 20;
