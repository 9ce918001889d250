/** The API over HTTP, and the server of the page. `http_library.ts` is loaded only when a server starts. */
export { type AccessOptions, isFitToken, newToken } from "./access.ts";
export { httpApp } from "./http_app.ts";
export { httpBounds } from "./http_bounds.ts";
export { serveHttp } from "./http_server.ts";
export { HttpError } from "./problem.ts";
export type { PageAssets } from "./page_assets.ts";
export type {
  ChangedSession,
  MadeSession,
  RowRange,
  ServedActions,
  ServedProgram,
  ServedSessions,
  SessionFork,
  SessionSearch,
  SessionStart,
  StoryPage,
} from "./served_sessions.ts";
export type { WatchedSession } from "./session_lines.ts";
