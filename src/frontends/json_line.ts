import { jsonText } from "../text/mod.ts";
import { version } from "../version.ts";
import type { JsonLine } from "./json_events.ts";
import type { RunBeginning, RunEnd } from "./run_ui.ts";

/** The version of the schema of `--json`, which is in the first line and in the last. */
const schema = 1;

/** A line without the fields that every line has. */
export type JsonFact = WithoutPlace<JsonLine>;
type WithoutPlace<Line> = Line extends unknown ? Omit<Line, "time" | "position"> : never;

/** The text of a line, with its end. */
export function lineText(
  fact: JsonFact,
  place: { readonly position: number; readonly nowMs: number },
): string {
  const { type, ...fields } = fact;
  const { position, nowMs } = place;
  // A question is an event, too, and brings a position of its own.
  return `${jsonText({ type, ...fields, time: new Date(nowMs).toISOString(), position })}\n`;
}

/** The first line. */
export function sessionLine({ session, name, resumed }: Omit<RunBeginning, "position">): JsonFact {
  return { type: "session", schema, version, session, ...(name === undefined ? {} : { name }), resumed };
}

/** The last line. */
export function endLine({ session, status, exit, message, next }: RunEnd): JsonFact {
  const command = next ?? nextCommand(session, status);
  return {
    type: "end",
    schema,
    session,
    status,
    exit,
    ...(message === undefined ? {} : { message }),
    ...(command === undefined ? {} : { next: command }),
  };
}

/** The last line of a run that failed, or was stopped, before it had a session. */
export function failedEndText(
  { nowMs, status = "failed", ...rest }:
    & Pick<RunEnd, "exit" | "message">
    & { readonly status?: RunEnd["status"]; readonly nowMs: number },
): string {
  const end = endLine({ session: null, status, ...rest });
  return lineText(end, { position: 0, nowMs });
}

function nextCommand(session: string | null, status: RunEnd["status"]): string | undefined {
  if (session === null) return undefined;
  switch (status) {
    case "completed":
      return undefined;
    case "failed":
      return `playbooks sessions show ${session}`;
    case "queued":
      return "playbooks worker";
    case "stopped":
      return `playbooks resume ${session}`;
    case "waiting":
      return `playbooks resume ${session} --message TEXT`;
  }
}
