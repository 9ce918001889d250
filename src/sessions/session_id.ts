// @ts-types="#types/uuid_v7.d.ts"
import { generate } from "@std/uuid/v7";
import { exitCodes, PlaybooksError } from "../errors.ts";

/** The least that a prefix of an id must have to name a session. */
export const shortestPrefix = 4;

/** A new id, a UUID of version 7: ids sort by the time (ms since 1970) at which they were made. */
export function newSessionId(nowMs: number): string {
  return generate(nowMs);
}

/** Whether the text is the whole id of a session: any UUID, as sessions of other makers are kept too. */
export function isSessionId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** Whether the text can be the beginning of an id, and is long enough to name one. */
export function isIdPrefix(text: string): boolean {
  return text.length >= shortestPrefix && /^[0-9a-f-]{1,36}$/i.test(text);
}

/** Whether the text is a path, which never names a session. */
export function looksLikePath(text: string): boolean {
  return /[/\\\0]/.test(text) || /^\.{1,2}$/.test(text);
}

/** What a person wrote to name a session: an id, a prefix or a name, perhaps with `@N` for its checkpoint N. */
export interface SessionReference {
  readonly session: string;
  readonly position?: number;
}

/** Takes a reference apart. */
export function parseReference(text: string): SessionReference {
  const match = /^(.+)@(\d{1,15})$/.exec(text);
  return match === null ? { session: text } : { session: match[1]!, position: Number(match[2]) };
}

/** Gives back a name that can be told from ids, paths and `@N`; throws a `PlaybooksError` for others. */
export function checkName(name: string): string {
  const reason = name.trim() !== name || name === ""
    ? "it is empty or begins or ends with a space"
    : name.length > longestName
    ? `it is longer than ${longestName} characters`
    : isSessionId(name.toLowerCase())
    ? "it is the form of an id"
    : looksLikePath(name)
    ? "it looks like a path"
    // deno-lint-ignore no-control-regex
    : /[@\x00-\x1f\x7f]/.test(name)
    ? 'it has an "@" or a control character'
    : name.startsWith("-")
    ? 'it begins with a "-"'
    : undefined;
  if (reason === undefined) return name;
  throw new PlaybooksError(
    `Cannot name a session ${JSON.stringify(name)}: ${reason}; choose another name, such as "negotiation-2"`,
    { exitCode: exitCodes.usage },
  );
}

/** Names stand in one line of a listing. */
const longestName = 80;
