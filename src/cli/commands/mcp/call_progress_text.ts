import type { SessionEvent } from "../../../session/mod.ts";
import { cleanLine, cutText } from "../../../text/mod.ts";

/** What an event says about the progress of a session, in one line; `undefined` for an event that says nothing. */
export function callProgressText(event: SessionEvent): string | undefined {
  const text = textOf(event);
  return text === undefined ? undefined : cutText(cleanLine(text), { maxCharacters: maxProgressCharacters });
}

const maxProgressCharacters = 500;

function textOf(event: SessionEvent): string | undefined {
  switch (event.type) {
    case "step":
      return `${event.playbook} ${event.step}${event.text === undefined ? "" : `: ${event.text}`}`;
    case "say":
      return `${event.klass}: ${event.text}`;
    case "progress": {
      const { tool, progress, total, message } = event;
      const count = progress === undefined ? "" : ` ${progress}${total === undefined ? "" : ` of ${total}`}`;
      return `${tool}${count}${message === undefined ? "" : `: ${message}`}`;
    }
    case "retrying":
      return `The model is asked again in ${Math.ceil(event.waitMs / 1000)} s: ${event.reason}`;
    case "sleep":
      return `${event.klass} sleeps until ${new Date(event.untilMs).toISOString()}`;
    default:
      return undefined;
  }
}
