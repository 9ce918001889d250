import { exitCodes, PlaybooksError, writerInWords, writerOf } from "../errors.ts";
import { version } from "../version.ts";

/**
 * The newest format of each stored form that this version reads and writes. A form gets a higher number if an older
 * version would misread it.
 */
export const formats = {
  /** Journal entries: `version` of a `session` or `run` entry. It includes blobs and the references to them. */
  journal: 1,
  /** Checkpoint files. Format 4 is read too. Older ones are skipped, because the journal gives the same state. */
  checkpoint: 5,
  /** Checkpoint files of encrypted sessions. */
  encryptedCheckpoint: 6,
  /** `session.json`. */
  session: 1,
  /** `session.json` of encrypted sessions. */
  encryptedSession: 2,
  /** The registry, an index of the sessions' folders. */
  registry: 2,
  /** Messages that were posted to a session. */
  inbox: 1,
  /** Exported sessions. */
  export: 1,
  /** Snapshots of sandbox scopes, a cache. */
  image: 1,
} as const;

/** A format that is newer than ours, and the version of playbooks that wrote it, if known. */
export interface NewerFormat {
  readonly format: number;
  readonly writer?: string;
}

/** A newer version of playbooks wrote something that this one cannot read. It is not damaged. */
export class NewerFormatError extends PlaybooksError {
  override readonly name = "NewerFormatError";

  /** `what` begins the message: `The journal of session "…"`. */
  constructor(what: string, newer: NewerFormat, reads: number) {
    super(newerSentence(what, newer, reads), { exitCode: exitCodes.storage });
  }
}

/** The message about something that a newer version wrote. */
export function newerSentence(what: string, { format, writer }: NewerFormat, reads: number): string {
  return `${what} was written by ${writerInWords(writer)} (format ${format}); ` +
    `this is playbooks ${version} and reads format ${reads}: install the newer version`;
}

/** The format of a stored object, if it is newer than ours; `undefined` otherwise. */
export function newerFormatOf(stored: unknown, reads: number): NewerFormat | undefined {
  if (typeof stored !== "object" || stored === null) return undefined;
  const { version: format, playbooks } = stored as {
    readonly version?: unknown;
    readonly playbooks?: unknown;
  };
  if (typeof format !== "number" || !Number.isSafeInteger(format) || format <= reads) return undefined;
  const writer = writerOf(playbooks);
  return { format, ...(writer === undefined ? {} : { writer }) };
}
