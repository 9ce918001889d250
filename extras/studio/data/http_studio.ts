import type { SessionDiff, TurnRow, TurnText, VariableHistory } from "../../../src/session/mod.ts";
import { getJson, postJson, queryText } from "./http_client.ts";
import type {
  Failure,
  FoundText,
  ListedSession,
  LiveEvent,
  Moment,
  ProgramFile,
  StartableProgram,
  StoryRow,
  StudioActions,
  StudioReader,
} from "./studio_api.ts";

function pathOf(id: string, rest = ""): string {
  return `/v1/sessions/${encodeURIComponent(id)}${rest}`;
}

async function listed(
  query: { readonly text?: string; readonly limit: number },
): Promise<readonly ListedSession[]> {
  return (await getJson<{ readonly sessions: readonly ListedSession[] }>("/v1/sessions", query)).sessions;
}

/** Reads sessions from the server of the page. */
export const httpReader: StudioReader = {
  list: () => listed({ limit: 0 }),
  nameOf: async (id) => (await listed({ text: id, limit: 1 })).find((session) => session.id === id)?.name,
  moment: (id, position) => getJson<Moment>(pathOf(id, "/state"), { position, maxCharacters, past: "no" }),
  failure: async (id) =>
    (await getJson<{ readonly failure?: Failure }>(pathOf(id), { maxCharacters: 1 })).failure,
  outline: (id, from) => getJson(pathOf(id, "/outline"), { from }),
  rows: async (id, { from, limit, kinds }) =>
    (await getJson<{ readonly rows: readonly StoryRow[] }>(pathOf(id, "/rows"), {
      from,
      limit,
      kinds: kinds?.join(","),
    })).rows,
  turns: async (id, from) =>
    (await getJson<{ readonly turns: readonly TurnRow[] }>(pathOf(id, "/turns"), { from })).turns,
  turnText: (id, row) => getJson<TurnText>(pathOf(id, "/turn"), { row }),
  writes: (id, agent, name) => getJson<VariableHistory>(pathOf(id, "/writes"), { agent, name }),
  program: async (id, position) =>
    (await getJson<{ readonly files: readonly ProgramFile[] }>(pathOf(id, "/source"), { position })).files,
  diff: (a, b) => getJson<SessionDiff>(pathOf(a.id, "/diff"), { a: a.position, with: b.id, b: b.position }),
};

/** Longer values are cut. */
const maxCharacters = 20_000;

const watch: StudioActions["watch"] = (id, from, onEvent) => {
  const source = new EventSource(`${pathOf(id, "/events")}${queryText({ from })}`);
  source.addEventListener("message", ({ data }) => onEvent(JSON.parse(data) as LiveEvent));
  // After an error the browser connects again by itself, until the program has ended.
  for (const type of ["open", "error"]) source.addEventListener(type, () => onEvent(undefined));
  return () => source.close();
};

interface SessionAnswer {
  readonly session: { readonly id: string };
}

/** Changes sessions through the server of the page. */
export const httpActions: StudioActions = {
  programs: async () =>
    (await getJson<{ readonly programs: readonly StartableProgram[] }>("/v1/programs")).programs,
  start: async (program, options) =>
    (await postJson<SessionAnswer>("/v1/sessions", { program, ...options })).session.id,
  post: (id, words) => postJson(pathOf(id, "/messages"), words),
  decide: (id, effect, choice) =>
    postJson(pathOf(id, "/decisions"), {
      effect,
      ...(typeof choice === "object" ? { choice: "done", ...choice } : { choice }),
    }),
  stop: (id) => postJson(pathOf(id, "/stop"), {}),
  resume: (id) => postJson(pathOf(id, "/resume"), {}),
  rename: (id, name) => postJson(pathOf(id), { name: name === "" ? null : name }, { method: "PATCH" }),
  remove: (id) => postJson(pathOf(id), undefined, { method: "DELETE" }),
  fork: async (id, request) => (await postJson<SessionAnswer>(pathOf(id, "/fork"), request)).session.id,
  search: (text) =>
    getJson<{ readonly hits: readonly FoundText[]; readonly isCut: boolean }>("/v1/search", { text }),
  watch,
};
