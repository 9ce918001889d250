import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";

/** An entry of a journal does not fit the entries before it, though its checksum holds: the file was changed by hand. */
export class UnfitEntryError extends PlaybooksError {
  override readonly name = "UnfitEntryError";

  constructor(session: string, position: number, cause: unknown) {
    // A session runs only after its second entry, so it cannot go on from an earlier one.
    const way = position > 2
      ? `go on from the entry before it with: playbooks resume ${session}@${position - 1} --fork`
      : "restore the file from a copy";
    super(
      `Cannot read the journal of session "${session}": entry ${position} is damaged, it does not fit what came before: ` +
        `${messageOf(cause)}; ${way}`,
      { exitCode: exitCodes.storage, cause },
    );
  }
}
