import { exitCodes, PlaybooksError } from "../../errors.ts";
import { HttpError } from "./problem.ts";
import { httpRoute, type Route, type RouteContext } from "./route.ts";
import { replayedHeader } from "./idempotency.ts";
import type { HttpSchemas } from "./schemas.ts";
import type { ChangedSession, MadeSession } from "./served_sessions.ts";
import { isFinal, readEventPlace, sessionLines } from "./session_lines.ts";

/** All routes of the API. `GET /v1/openapi.json` describes them. */
export function httpRoutes(schemas: HttpSchemas): readonly Route[] {
  return [...listRoutes(schemas), ...readRoutes(schemas), eventsRoute(schemas), ...actRoutes(schemas)];
}

function listRoutes(schemas: HttpSchemas): readonly Route[] {
  return [
    httpRoute({
      method: "get",
      path: "/v1/programs",
      id: "listPrograms",
      summary: "The programs that can be started, with their parameters",
      status: 200,
      answer: schemas.programs,
      handle: async (_, { sessions }) => ({ json: { programs: await sessions.programs() } }),
    }),
    httpRoute({
      method: "post",
      path: "/v1/sessions",
      id: "startSession",
      summary: "Start a program in a new session",
      detail:
        "The session is durable when this answers. It is queued while the server runs as many as it may.",
      body: schemas.start,
      takesKey: true,
      status: 201,
      answer: schemas.session,
      handle: async ({ body: { name, model, message, call, ...start }, key }, { actions }) => {
        const made = await actions.begin({
          ...start,
          ...(name === undefined ? {} : { name }),
          ...(model === undefined ? {} : { model }),
          ...(message === undefined ? {} : { message }),
          ...(call === undefined ? {} : { call }),
        }, key);
        return madeAnswer(made);
      },
    }),
    httpRoute({
      method: "get",
      path: "/v1/sessions",
      id: "listSessions",
      summary: "The sessions of the storage, the last run first",
      query: schemas.listQuery,
      status: 200,
      answer: schemas.list,
      handle: async ({ query }, { sessions }) => ({
        json: await sessions.list(query as Readonly<Record<string, string>>),
      }),
    }),
    httpRoute({
      method: "get",
      path: "/v1/search",
      id: "searchSessions",
      summary: "Search the words, variables and artifacts of all sessions",
      query: schemas.searchQuery,
      status: 200,
      answer: schemas.hits,
      handle: async ({ query }, { sessions }) => ({
        json: await sessions.search(query),
      }),
    }),
  ];
}

function readRoutes(schemas: HttpSchemas): readonly Route[] {
  const get = { method: "get", status: 200 } as const;
  const moment = {
    ...get,
    query: schemas.showQuery,
    answer: schemas.details,
    handle: async ({ session, query }: MomentRequest, { sessions }: RouteContext) => ({
      json: await sessions.show(session, withoutPosition(query)),
    }),
  };
  return [
    httpRoute({
      ...moment,
      path: "/v1/sessions/{session}",
      id: "showSession",
      summary: "Where a session stands: call stacks, variables, questions, waits, spend, uncertain effects",
    }),
    httpRoute({
      ...moment,
      path: "/v1/sessions/{session}/state",
      id: "showState",
      summary: "Where a session stood after its first entries",
    }),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/story",
      id: "readStory",
      summary: "Everything that happened, as sessions log prints it",
      query: schemas.storyQuery,
      answer: schemas.story,
      handle: async ({ session, query: { to, ...page } }, { sessions }) => ({
        json: await sessions.story(session, { ...page, ...(to === undefined ? {} : { to }) }),
      }),
    }),
    ...rowRoutes(schemas),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/source",
      id: "readSource",
      summary: "The program's text and its steps",
      query: schemas.positionQuery,
      answer: schemas.source,
      handle: async ({ session, query: { position } }, { sessions }) => ({
        json: await sessions.source(session, position),
      }),
    }),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/diff",
      id: "diffSessions",
      summary: "The differences between two moments of this session, or between this session and another",
      query: schemas.diffQuery,
      answer: schemas.diff,
      handle: async ({ session, query: { a, b, with: other = session } }, { sessions }) => ({
        json: await sessions.diff(momentOf(session, a), momentOf(other, b)),
      }),
    }),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/search",
      id: "searchSession",
      summary: "Search the words, variables and artifacts of a session",
      query: schemas.searchQuery,
      answer: schemas.hits,
      handle: async ({ session, query }, { sessions }) => ({
        json: await sessions.search({ ...query, session }),
      }),
    }),
  ];
}

/** The story by rows, for readers that jump. */
function rowRoutes(schemas: HttpSchemas): readonly Route[] {
  const get = { method: "get", status: 200 } as const;
  return [
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/tail",
      id: "readTail",
      summary: "The items of the last 300 entries, which a long session has at once, too",
      answer: schemas.tail,
      handle: async ({ session }, { sessions }) => ({ json: await sessions.tail(session) }),
    }),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/outline",
      id: "readOutline",
      summary: "The rows of the story in columns of numbers: times, entries, kinds, agents",
      detail:
        "Each column has the difference to the row before. If isWhole is false, ask for the rows from the last one on.",
      query: schemas.outlineQuery,
      answer: schemas.outline,
      handle: async ({ session, query: { from } }, { sessions }) => ({
        json: await sessions.outline(session, from),
      }),
    }),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/rows",
      id: "readRows",
      summary: "The items of some rows, as in the story",
      query: schemas.rowsQuery,
      answer: schemas.rows,
      handle: async ({ session, query: { kinds, ...range } }, { sessions }) => ({
        json: await sessions.rows(session, {
          ...range,
          ...(kinds === undefined ? {} : { kinds: kinds.split(",") }),
        }),
      }),
    }),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/turns",
      id: "listTurns",
      summary: "The turns of models: tokens, cost, time",
      query: schemas.outlineQuery,
      answer: schemas.turns,
      handle: async ({ session, query: { from } }, { sessions }) => ({
        json: await sessions.turns(session, from),
      }),
    }),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/turn",
      id: "readTurn",
      summary: "The code of a turn, and the new message of its prompt",
      query: schemas.turnQuery,
      answer: schemas.turnText,
      handle: async ({ session, query: { row } }, { sessions }) => ({
        json: await sessions.turnText(session, row),
      }),
    }),
    httpRoute({
      ...get,
      path: "/v1/sessions/{session}/writes",
      id: "readWrites",
      summary: "The history of a variable",
      query: schemas.writesQuery,
      answer: schemas.writes,
      handle: async ({ session, query }, { sessions }) => ({ json: await sessions.writes(session, query) }),
    }),
  ];
}

function eventsRoute(schemas: HttpSchemas): Route {
  return httpRoute({
    method: "get",
    path: "/v1/sessions/{session}/events",
    id: "watchSession",
    summary: "The events of a session as they happen: the lines of run --json, schema 1",
    detail:
      "Server-sent events. The id of an event is its position in the journal; send it as Last-Event-ID to continue " +
      "after it. An entry with several events has ids such as 12.1 before its last one. Events that are only told as " +
      "they happen, such as text of a model, have no id; a reader that comes later gets the text so far as one " +
      "event. The stream ends when the program has ended; a reader that connects again then gets 204.",
    query: schemas.eventsQuery,
    status: 200,
    isStream: true,
    handle: async ({ session, query, headers }, { sessions, streams }) => {
      const last = headers.get("last-event-id");
      const from = readEventPlace(last ?? query.from);
      if (!from) {
        throw new HttpError(
          "bad-request",
          `There is no position ${JSON.stringify(last ?? query.from)}; send a number`,
        );
      }
      const watched = await sessions.watch(session);
      const state = await watched.summary();
      // A browser connects again after the end of a stream, until it gets this status.
      if (last !== null && state && isFinal(state) && from.position >= state.position) {
        return new Response(null, { status: 204 });
      }
      return streams.open((signal) => sessionLines(watched, { from, signal }));
    },
  });
}

function actRoutes(schemas: HttpSchemas): readonly Route[] {
  const post = { method: "post", takesKey: true, status: 202 } as const;
  return [
    httpRoute({
      ...post,
      path: "/v1/sessions/{session}/messages",
      id: "postMessage",
      summary: "Say words to a session, or answer its question",
      detail:
        "The words are durable when this answers, and are delivered once. A session that waits is continued.",
      body: schemas.words,
      answer: schemas.posted,
      handle: async ({ session, body: { text, to, person }, key }, { actions }) => {
        const words = {
          text,
          ...(to === undefined ? {} : { to }),
          ...(person === undefined ? {} : { person }),
        };
        const { isNew, ...json } = await actions.post(session, words, key);
        return { json, headers: replayedHeader(isNew) };
      },
    }),
    httpRoute({
      ...post,
      path: "/v1/sessions/{session}/decisions",
      id: "decide",
      summary: "Decide about an effect that may have happened or not, and continue the session",
      body: schemas.decision,
      answer: schemas.session,
      handle: async ({ session, body: { effect, choice, result }, key }, { actions }) => {
        const decision = { effect, choice: choice === "done" ? { result } : choice };
        return changedAnswer(await actions.decide(session, decision, key));
      },
    }),
    httpRoute({
      ...post,
      path: "/v1/sessions/{session}/stop",
      id: "stopSession",
      summary: "Stop a session; it can be resumed",
      body: schemas.nothing,
      bodyIsOptional: true,
      answer: schemas.session,
      handle: async ({ session, key }, { actions }) => changedAnswer(await actions.stop(session, key)),
    }),
    httpRoute({
      ...post,
      path: "/v1/sessions/{session}/resume",
      id: "resumeSession",
      summary: "Continue a session in this server",
      body: schemas.nothing,
      bodyIsOptional: true,
      answer: schemas.session,
      handle: async ({ session, key }, { actions }) => changedAnswer(await actions.resume(session, key)),
    }),
    httpRoute({
      ...post,
      path: "/v1/sessions/{session}/fork",
      id: "forkSession",
      summary: "Make a session from the first entries of this one, perhaps with other values",
      body: schemas.fork,
      bodyIsOptional: true,
      status: 201,
      answer: schemas.session,
      handle: async ({ session, body: { position, name, ...fork }, key }, { actions }) => {
        const made = await actions.fork(session, {
          ...fork,
          ...(position === undefined ? {} : { position }),
          ...(name === undefined ? {} : { name }),
        }, key);
        return madeAnswer(made);
      },
    }),
    httpRoute({
      method: "patch",
      path: "/v1/sessions/{session}",
      id: "renameSession",
      summary: "Give a session a name, or take it away",
      body: schemas.rename,
      status: 200,
      answer: schemas.session,
      handle: async ({ session, body: { name } }, { actions }) => ({
        json: await actions.rename(session, name ?? undefined),
      }),
    }),
    httpRoute({
      method: "delete",
      path: "/v1/sessions/{session}",
      id: "removeSession",
      summary: "Move a session to the trash",
      detail: "playbooks sessions rm --restore brings it back.",
      status: 204,
      handle: async ({ session }, { actions }) => {
        await actions.remove(session);
        return {};
      },
    }),
  ];
}

function madeAnswer({ id, ...made }: MadeSession) {
  const { json, headers } = changedAnswer(made);
  return { json, headers: { ...headers, location: `/v1/sessions/${id}` } };
}

function changedAnswer({ session, isNew }: ChangedSession) {
  return { json: { session }, headers: replayedHeader(isNew) };
}

interface MomentRequest {
  readonly session: string;
  readonly query: {
    readonly position?: number | undefined;
    readonly maxCharacters: number;
    readonly past: "yes" | "no";
  };
}

function withoutPosition({ position, maxCharacters, past }: MomentRequest["query"]) {
  return { maxCharacters, withPast: past === "yes", ...(position === undefined ? {} : { position }) };
}

function momentOf(session: string, position: number | undefined): string {
  if (!session.includes("@")) return position === undefined ? session : `${session}@${position}`;
  if (position === undefined) return session;
  throw new PlaybooksError(`The session ${session} has a position already; leave one of the two out`, {
    exitCode: exitCodes.usage,
  });
}
