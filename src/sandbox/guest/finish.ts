import { threw } from "./code.ts";
import { errorText, firstLost, namedError, phraseOf, seeError } from "./errors.ts";
import { codec } from "./guest_codec.ts";
import { noteTexts } from "./notes.ts";
import { primordials } from "./primordials.ts";
import { readers } from "./readers.ts";
import { forgetOpen, requestTexts, takeOpen } from "./requests.ts";
import { closeTurn, codeEnd, isClosed, spend, spentCharacters } from "./turn.ts";

/*
 * The end of a turn: open waits, and the locals that the frame keeps.
 */

const { quote, parse, keys, mapGet, mapSet, mapDelete, thenOf, Promise: NewPromise } = primordials;

/** Locals that are promises without a value, each with the end of its error message. */
const unsettled = new Map<string, string>();
/** Whether waits were cancelled. Then a local may be a pending promise. */
let isCancelled = false;
/** The end of the code and its locals before a probe, to compare with. */
let endBefore = "";
let localsBefore = "";

/** Gives made-up results, as a list of `[ordinal, value]`, to open waits. `isUnmoved` then compares. */
export function probe(text: string): void {
  endBefore = codeEnd;
  localsBefore = localsText();
  const results = parse(text) as readonly (readonly [ordinal: number, value: unknown])[];
  for (let i = 0; i < results.length; i++) {
    takeOpen(results[i]![0])?.resolve(codec.revive(results[i]![1]));
  }
}

/** Whether the probe had no effect that is visible outside the code. It ignores the patch. */
export function isUnmoved(): boolean {
  return !isClosed && codeEnd === endBefore && requestTexts === "" && noteTexts === "" &&
    localsText() === localsBefore;
}

/** The locals that the next turn would get, as a text to compare. Every promise has the same text. */
function localsText(): string {
  let text = "";
  const names = keys(readers);
  for (let i = 0; i < names.length; i++) {
    let item;
    try {
      const value = readers[names[i]!]!();
      item = value instanceof NewPromise || typeof value === "function"
        ? ""
        : codec.encodeText(value, names[i]!);
    } catch {
      item = "?";
    }
    text += names[i]! + ":" + item + ";";
  }
  return text;
}

/** Ends the turn although waits are open. They get no result. */
export function cancelWaits(): void {
  isCancelled = true;
  forgetOpen();
}

/** Closes the turn, and reads the values of locals that are promises, for `finish`. */
export function settle(): void {
  closeTurn();
  const names = keys(readers);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const value = readers[name]!();
    if (!(value instanceof NewPromise)) continue;
    let outcome: unknown;
    readers[name] = () => outcome;
    if (!isCancelled) mapSet(unsettled, name, "is a promise that is still pending; await it");
    thenOf(value, (fulfilled: unknown) => {
      outcome = fulfilled;
      mapDelete(unsettled, name);
    }, (error: unknown) => {
      seeError(error);
      mapSet(unsettled, name, `is a promise that failed: ${phraseOf(error)}`);
    });
  }
}

/** Returns the locals that the frame keeps, or the error that prevents it. */
export function finish(): string {
  let text = "";
  const names = keys(readers);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const value = readers[name]!();
    let item;
    try {
      if (typeof value === "function") item = '{"$type":"gone","what":"function"}';
      else if (mapGet(unsettled, name) !== undefined) {
        throw namedError("DataError", `"${name}" ${mapGet(unsettled, name)}`);
      } else item = codec.encodeText(value, name);
      text += (text === "" ? "" : ",") + quote(name) + ":" + item;
      spend(text.length - spentCharacters());
    } catch (error) {
      return `{"ok":false,"local":${quote(name)},"error":${errorText(error)}}`;
    }
  }
  // If the code threw, report only that error.
  const lost = threw ? undefined : firstLost();
  return lost === undefined ? `{"ok":true,"locals":{${text}}}` : `{"ok":false,"error":${lost}}`;
}
