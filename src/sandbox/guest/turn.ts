import { errorText, namedError } from "./errors.ts";
import { primordials } from "./primordials.ts";
import type { GuestSetup } from "./protocol.ts";

/*
 * The state of the turn: the data of the scope, whether the code may still have an effect, and the size of its output.
 */

const { Error: NewError } = primordials;

/** The data of the scope. It is empty before `beginTurn`. */
export let setup = { classes: {} } as GuestSetup;
/** Whether the turn is closed: the code can have no further effect. */
export let isClosed = false;
/** The text of the code's end; `""` before the end. */
export let codeEnd = "";
/** Whether the module is being evaluated. It may request no effects. */
export let isLoading = false;
/** Characters of output since the last collection by the host. */
let output = 0;

export function beginTurn(given: GuestSetup): void {
  setup = given;
}

export function setLoading(loading: boolean): void {
  isLoading = loading;
}

/** Sets the code's end. A later end can still replace it until the host collects. */
export function setEnd(text: string): void {
  codeEnd = text;
}

/** Closes the turn: the code can have no further effect. */
export function closeTurn(): void {
  isClosed = true;
}

/** Ends the turn at once and closes it. */
export function endTurn(text: string): never {
  codeEnd = text;
  isClosed = true;
  halt();
  throw new NewError("the turn has ended");
}

/** Ends the turn with an error of the code, unless the turn has ended. */
export function failTurn(error: unknown): void {
  if (!isClosed) codeEnd = threwText(error);
  isClosed = true;
}

/** The text of an end with an error. */
export function threwText(error: unknown): string {
  return `{"kind":"threw","error":${errorText(error)}}`;
}

/** Counts characters of output. Beyond the bound it ends the turn and throws. */
export function spend(characters: number): void {
  output += characters;
  if (output > setup.outputCharacters) {
    throw limitError(`put out more than ${setup.outputCharacters} characters without waiting`);
  }
}

/** Restarts the count. To be called when the host has collected. */
export function resetOutput(): void {
  output = 0;
}

/** Characters of output since the last collection by the host. */
export function spentCharacters(): number {
  return output;
}

/** Makes the error of a bound and ends the turn with it. */
export function limitError(message: string): Error {
  const error = namedError("LimitError", message);
  if (!isClosed) {
    isClosed = true;
    codeEnd = threwText(error);
    halt();
  }
  return error;
}
