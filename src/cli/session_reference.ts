import { exitCodes, PlaybooksError } from "../errors.ts";
import { counted } from "../frontends/counted.ts";
import { usageError } from "./usage_error.ts";
import { shortId } from "../store/short_id.ts";

/** Refuses `@N` for a command that takes a whole session. */
export function refusePosition(reference: string, position: number | undefined): void {
  if (position === undefined) return;
  throw usageError(
    `this command takes a whole session, without @${position}; say ${
      reference.replace(/@\d+$/, "")
    }, or make a session ` +
      `of its first entries with: playbooks sessions fork ${reference}`,
  );
}

/** Checks that a session of `last` entries has a state after `position` of them. Throws (exit code 3) if it has not. */
export function checkPosition(id: string, position: number | undefined, last: number): void {
  if (position === undefined || position <= last) return;
  throw new PlaybooksError(
    `Session "${id}" has ${counted(last, "entry", "entries")}, so there is no ${shortId(id)}@${position}`,
    {
      exitCode: exitCodes.noSuchSession,
    },
  );
}

/** An empty reference is usually an unset shell variable, so it must not mean another session. */
export function checkedReference(reference: string): string {
  if (/^\s*(@\d*)?\s*$/.test(reference)) {
    throw usageError(
      `the session's id or name is empty (${
        JSON.stringify(reference)
      }); playbooks sessions lists the sessions`,
    );
  }
  return reference;
}
