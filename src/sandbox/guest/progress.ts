import { shownText } from "./errors.ts";
import { codec } from "./guest_codec.ts";
import { clearNotes, noteTexts } from "./notes.ts";
import { primordials } from "./primordials.ts";
import { clearRequests, openCount, requestTexts } from "./requests.ts";
import { takeStatePatch } from "./state.ts";
import { codeEnd, endTurn, failTurn, isClosed, isLoading, resetOutput, spend } from "./turn.ts";

/*
 * The data that the host collects: requests, the patch of the state, notes, and the end.
 */

const { quote, Error: NewError } = primordials;

/** Whether the host knows the end. */
let isEndSent = false;
/** The patch at the time when the code returned. Later writes do not count. */
let lastPatch = "";
/** The requests from before the latest replayed delivery. */
let earlierTexts = "";

/** Ends the turn with a value. */
export function returnFrom(value: unknown, summary: unknown): never {
  if (isClosed) throw new NewError("the turn has ended");
  if (isLoading) throw new NewError("Return: effects can be used only inside functions");
  const valueText = codec.encodeText(value, "the value returned");
  const summaryText = summary === undefined || summary === null
    ? ""
    : `,"summary":${quote(typeof summary === "string" ? summary : shownText(summary))}`;
  return leave(`{"kind":"returned","value":${valueText}${summaryText}}`);
}

/** Ends the program. */
export function exitProgram(): never {
  return leave('{"kind":"exited"}');
}

function leave(end: string): never {
  if (isClosed) throw new NewError("the turn has ended");
  if (isLoading) throw new NewError("EndProgram: effects can be used only inside functions");
  const patch = takeStatePatch();
  spend(end.length + patch.length);
  lastPatch = patch;
  return endTurn(end);
}

/** Takes the patch of the state. A value that cannot be kept ends the turn. */
export function takePatch(): string {
  if (lastPatch !== "") return lastPatch;
  try {
    const patch = takeStatePatch();
    if (patch !== "{}") spend(patch.length);
    return patch;
  } catch (error) {
    failTurn(error);
    return "{}";
  }
}

/** Whether to report the end now. Code at its end waits for open effects, since one of them may lead to `Return`. */
export function isEndDue(): boolean {
  return codeEnd !== "" && !isEndSent && (isClosed || openCount === 0);
}

/** Whether the code ran to its end and effects that it did not await are still open. */
export function hasEnded(): boolean {
  return codeEnd !== "" && !isClosed && !isEndSent;
}

/** Returns the text of a `GuestProgress`. If it has only requests, returns the requests without brackets. */
export function collect(): string {
  const patch = takePatch();
  let text = requestTexts;
  if (isEndDue()) {
    text = "[[" + text + "]," + patch + ",[" + noteTexts + "]," + codeEnd + (isClosed ? ",true]" : ",false]");
    isEndSent = true;
  } else if (patch !== "{}" || noteTexts !== "") {
    text = "[[" + text + "]," + patch + ",[" + noteTexts + "]]";
  }
  lastPatch = "";
  earlierTexts = "";
  clearRequests();
  clearNotes();
  resetOutput();
  return text;
}

/** Keeps the requests so far, in case the host must stop the code in the next step. */
export function keepEarlier(): void {
  earlierTexts = requestTexts;
}

/** Returns the requests that `keepEarlier` kept. */
export function salvage(): string {
  return earlierTexts;
}
