import { createHash } from "node:crypto";
import type { SessionFile, SessionRequest } from "../../../store/mod.ts";

/** The mark of the sessions that calls of tools began: the key of their request begins so. */
const mark = "mcp:";

/** The request that a call of a tool is. Without a key from the client, it is unlike all others. */
export function requestOfCall(
  tool: string,
  given: Readonly<Record<string, unknown>>,
  key: string | undefined,
): SessionRequest {
  return {
    key: `${mark}${tool}:${key ?? crypto.randomUUID()}`,
    hash: sha256(JSON.stringify(sorted(given))),
  };
}

/** The tool whose call began a session; `undefined` for other sessions. */
export function toolOfSession({ request }: Pick<SessionFile, "request">): string | undefined {
  return request?.key.startsWith(mark) ? request.key.slice(mark.length).split(":")[0] : undefined;
}

/** The name of a call's session. Only one session of a storage can have it, so a key makes one session. */
export function sessionNameOf(tool: string, program: string, { key }: SessionRequest): string {
  return `${tool.slice(0, maxToolCharacters)}-${sha256(`${program} ${key}`).slice(0, 16)}`;
}

const maxToolCharacters = 60;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The same value with the keys of all objects in order: their order means nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, each]) => [key, sorted(each)]);
}
