import { generate } from "@std/uuid/v7";
import { exitCodes, PlaybooksError } from "../errors.ts";
import { cutText } from "../text/mod.ts";

/** The fewest characters of an id that refer to a session. */
export const minPartLength = 4;

/** A new id, a UUID of version 7: ids sort by their creation time (ms since 1970). */
export function newSessionId(nowMs: number): string {
  return generate(nowMs);
}

/** Whether the text is a full session id. Any UUID is valid, because other programs' sessions are kept too. */
export function isSessionId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** Whether the text can be the start or the end of an id, and is long enough to refer to a session. */
function isIdPart(text: string): boolean {
  return text.length >= minPartLength && /^[0-9a-f-]{1,36}$/i.test(text);
}

/** Whether an id starts or ends with the text, ignoring case. The first characters of a UUID 7 are its time. */
export function hasIdPart(id: string, text: string): boolean {
  const part = text.toLowerCase();
  return isIdPart(text) && (id.startsWith(part) || id.endsWith(part));
}

/** Whether the text is a path, which never means a session. */
export function looksLikePath(text: string): boolean {
  return /[/\\\0]/.test(text) || /^\.{1,2}$/.test(text);
}

/** A reference to a session: an id, part of an id, or a name. `@N` adds a position. */
interface SessionReference {
  readonly session: string;
  readonly position?: number;
}

export function parseReference(text: string): SessionReference {
  const match = /^(.+)@(\d{1,15})$/.exec(text);
  return match === null ? { session: text } : { session: match[1]!, position: Number(match[2]) };
}

/** Returns the name in normal form (NFC). Throws a `PlaybooksError` if it reads like an id, a path, a flag or `@N`. */
export function checkName(given: string): string {
  const name = given.normalize("NFC");
  const reason = name.trim() !== name || name === ""
    ? "it is empty or begins or ends with a space"
    : name.length > maxNameLength
    ? `it is longer than ${maxNameLength} characters`
    : isSessionId(name.toLowerCase())
    ? "it is the form of an id"
    : looksLikePath(name)
    ? "it looks like a path"
    : name.includes("@")
    ? 'it has an "@", which marks a position, as in monday@12'
    : invisible.test(name)
    ? "it has an invisible character"
    : name.startsWith("-")
    ? 'it begins with a "-"'
    : undefined;
  if (reason === undefined) return name;
  throw new PlaybooksError(
    `Cannot name a session ${quoted(cut(name))}: ${reason}; choose another name, such as "negotiation-2"`,
    { exitCode: exitCodes.usage },
  );
}

/** A long name would hide the reason. */
function cut(name: string): string {
  return cutText(name, { maxCharacters: maxNameLength });
}

/** The name in quotes, with invisible characters escaped. */
function quoted(name: string): string {
  const escape = (character: string) => `\\u{${character.codePointAt(0)!.toString(16)}}`;
  return JSON.stringify(name).replaceAll(new RegExp(invisible, "gu"), escape);
}

/** Controls, line separators, bidi controls, zero-width characters, and halves of surrogate pairs. */
const invisible =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}]/u;

/** A name must fit in one line of a listing. */
export const maxNameLength = 80;
