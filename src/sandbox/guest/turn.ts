import { errorText, namedError } from "./errors.ts";
import { primordials } from "./primordials.ts";
import type { GuestSetup } from "./protocol.ts";

/*
 * How the turn stands: what the scope started from, whether the code may still have an effect, and how much it has put out.
 */

const { Error: NewError } = primordials;

/** What the scope started from. Until `beginTurn` the guest has none. */
export let setup = { classes: {} } as GuestSetup;
/** After this nothing that the code does has an effect. */
export let isClosed = false;
/** The text of the code's end, once it has come. */
export let codeEnd = "";
/** The module is being evaluated, which may ask for no effects. */
export let isLoading = false;
/** Characters put out since the host collected last. */
let output = 0;

export function beginTurn(given: GuestSetup): void {
  setup = given;
}

export function setLoading(loading: boolean): void {
  isLoading = loading;
}

/** Sets how the code ends, unless something else comes before the host knows. */
export function setEnd(text: string): void {
  codeEnd = text;
}

/** Takes all effect from the code. */
export function closeTurn(): void {
  isClosed = true;
}

/** Ends the turn at once: nothing after this has an effect. */
export function endTurn(text: string): never {
  codeEnd = text;
  isClosed = true;
  halt();
  throw new NewError("the turn has ended");
}

/** Ends the turn with an error of the code, unless it has ended. */
export function failTurn(error: unknown): void {
  if (!isClosed) codeEnd = threwText(error);
  isClosed = true;
}

/** Makes the text of an end with an error. */
export function threwText(error: unknown): string {
  return `{"kind":"threw","error":${errorText(error)}}`;
}

/** Counts characters that are put out. Throws, and ends the turn, beyond the bound. */
export function spend(characters: number): void {
  output += characters;
  if (output > setup.outputCharacters) {
    throw limitError(`put out more than ${setup.outputCharacters} characters without waiting`);
  }
}

/** Counts from the start again: the host has collected. */
export function resetOutput(): void {
  output = 0;
}

/** Characters put out since the host collected last. */
export function spentCharacters(): number {
  return output;
}

/** Makes the error of a bound, and ends the turn with it. */
export function limitError(message: string): Error {
  const error = namedError("LimitError", message);
  if (!isClosed) {
    isClosed = true;
    codeEnd = threwText(error);
    halt();
  }
  return error;
}
