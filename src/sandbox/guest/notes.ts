import { shownText } from "./errors.ts";
import { codec } from "./guest_codec.ts";
import { primordials } from "./primordials.ts";
import { isReplay } from "./replay_queue.ts";
import { isClosed, spend } from "./turn.ts";

const { quote } = primordials;

/** Notes that the host has not collected yet, as the text of a list without brackets. */
export let noteTexts = "";

/** Adds a note of the code about itself. */
export function note(kind: "step" | "trigger" | "log", values: unknown[]): void {
  if (isClosed) return;
  let texts = "";
  for (let i = 0; i < values.length; i++) {
    let text;
    try {
      text = codec.encodeText(values[i], "value");
    } catch {
      text = quote(shownText(values[i]));
    }
    texts += (i === 0 ? "" : ",") + text;
  }
  const text = `{"kind":"${kind}","values":[${texts}]}`;
  spend(text.length);
  if (!isReplay) noteTexts += (noteTexts === "" ? "" : ",") + text;
}

/** To be called when the host has collected the notes. */
export function clearNotes(): void {
  noteTexts = "";
}
