import { readers, threw } from "./code.ts";
import { errorText, firstLost, namedError, phraseOf, seeError } from "./errors.ts";
import { codec } from "./guest_codec.ts";
import { noteTexts } from "./notes.ts";
import { primordials } from "./primordials.ts";
import { forgetOpen, requestTexts, takeOpen } from "./requests.ts";
import { closeTurn, codeEnd, isClosed, spend, spentCharacters } from "./turn.ts";

/*
 * The end of a turn: waits that the code left open, and the locals that the frame keeps.
 */

const { quote, parse, keys, mapGet, mapSet, mapDelete, thenOf, Promise: NewPromise } = primordials;

/** Locals that are promises without a value, and what is to be said of them. */
const unsettled = new Map<string, string>();
/** Waits were cancelled, and locals that are promises may be without a value. */
let isCancelled = false;
/** What a probe must leave as it is: the end of the code, and its locals. */
let endBefore = "";
let localsBefore = "";

/** Gives made-up results, a list of `[ordinal, value]`, to open waits; `isUnmoved` tells what comes of them. */
export function probe(text: string): void {
  endBefore = codeEnd;
  localsBefore = localsText();
  const results = parse(text) as readonly (readonly [ordinal: number, value: unknown])[];
  for (let i = 0; i < results.length; i++) {
    takeOpen(results[i]![0])?.resolve(codec.revive(results[i]![1]));
  }
}

/** Whether nothing came of the probe that anybody but the code itself could see, its patch aside. */
export function isUnmoved(): boolean {
  return !isClosed && codeEnd === endBefore && requestTexts === "" && noteTexts === "" &&
    localsText() === localsBefore;
}

/** The locals that the next turn would see, to compare: a promise stands for itself, with a value or without. */
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

/** Ends the turn though waits are open: none of them gets a result. */
export function cancelWaits(): void {
  isCancelled = true;
  forgetOpen();
}

/** Closes the turn, and looks into locals that are promises before `finish` takes them. */
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

/** Returns the locals that the frame keeps, or the error why it cannot. */
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
  // Of code that failed one error is enough to tell.
  const lost = threw ? undefined : firstLost();
  return lost === undefined ? `{"ok":true,"locals":{${text}}}` : `{"ok":false,"error":${lost}}`;
}
