import { openQuestions, type Programs, type State } from "../../engine/mod.ts";
import { messageOf } from "../../errors.ts";
import { endingMessage } from "../../frontends/mod.ts";
import type { RunResult } from "../../session/mod.ts";
import type { SessionNotification } from "../../store/mod.ts";
import { cutText } from "../../text/mod.ts";

/** The session of a notification. */
interface NotificationdSession {
  readonly id: string;
  readonly state: State;
  readonly programs: Programs;
  readonly nowMs: number;
}

/** The notification about a run that ended. Returns `undefined` if no person needs to know, as after Ctrl+C. */
export function notificationAtEnd(
  result: RunResult,
  session: NotificationdSession,
): SessionNotification | undefined {
  switch (result.kind) {
    case "interrupted":
      return undefined;
    case "waiting":
      return result.for.length === 0 ? undefined : questionNotification(session);
    case "completed":
    case "failed":
      return ending(session, result.kind, endingMessage(result));
    case "uncertain":
    case "diverged":
      return ending(session, "decision", endingMessage(result));
    case "model":
    case "limit":
    case "input":
    case "tools":
      return ending(session, "failed", endingMessage(result));
  }
}

/** The notification about a run that threw an error. */
export function notificationAtError(error: unknown, session: NotificationdSession): SessionNotification {
  return ending(session, "failed", messageOf(error));
}

/**
 * The notification about the newest open question; `undefined` if there is none. Its key has the question's id, so a run that
 * ends at the same question makes no other notification.
 */
export function questionNotification(
  { id, state, programs, nowMs }: NotificationdSession,
): SessionNotification | undefined {
  const question = openQuestions(state, programs).at(-1);
  if (!question) return undefined;
  return { key: `${id}:waiting:${question.id}`, event: "waiting", at: timeOf(nowMs) };
}

/** The notification about a session whose process died so often at one position that no worker takes it any more. */
export function parkNotification(
  id: string,
  position: number,
  deaths: number,
  nowMs: number,
): SessionNotification {
  const error = `its process died ${deaths} times at the same place, so no worker takes it any more`;
  return { key: `${id}:failed:${position}`, event: "failed", at: timeOf(nowMs), error };
}

/** The end of a program happens once, at a time that the journal has. Each failed run has a position of its own. */
function ending(
  { id, state, nowMs }: NotificationdSession,
  event: "decision" | "failed" | "completed",
  message: string | undefined,
): SessionNotification {
  const place = state.end ? `end@${state.end.at}` : `${state.position}`;
  return {
    key: `${id}:${event}:${place}`,
    event,
    at: timeOf(nowMs),
    ...(message === undefined ? {} : { error: cutText(message, { maxCharacters: maxErrorCharacters }) }),
  };
}

/** An error may hold values of the program. */
const maxErrorCharacters = 2000;

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
