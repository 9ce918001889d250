import type { TurnError } from "../engine/fold/entry.ts";

// What a model is told about a turn whose code failed or did not run.

/** The lines about the error of a turn: where it happened, what it is, and the text of the line. */
export function failureLines(turn: number, { line, name, message, source }: TurnError): readonly string[] {
  const place = line === undefined ? "" : ` at line ${line}`;
  return [
    `The code of turn ${turn} failed${place}: ${name}: ${message}`,
    ...(source === undefined ? [] : [`Line ${line}: ${source}`]),
  ];
}

/** The request for the next answer after a failed turn; `isBegun` says whether it had done something. */
export function repairLine({ line, source }: TurnError, isBegun: boolean): string {
  if (!isBegun) return "Write the answer again, corrected.";
  const from = line === undefined || source === undefined ? "" : `, from line ${line} on`;
  return `Write only what is still to be done${from}. Locals and state have what was done.`;
}
