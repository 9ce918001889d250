import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";

/** The disk failed us; the session has stopped at its last acknowledged entry and can be resumed from there. */
export class StorageError extends PlaybooksError {
  override readonly name = "StorageError";

  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { exitCode: exitCodes.storage, cause: options.cause });
  }
}

/** A value that lives in a file of its own is not there. */
export class BlobError extends StorageError {
  /** `needs /…/blobs/<hash>, which is missing` */
  readonly trouble: string;

  constructor(path: string, what: "missing" | "damaged") {
    super(`Cannot read the value in ${path}: the file is ${what}; restore it from a copy`);
    this.trouble = `needs ${path}, which is ${what}`;
  }
}

/** The journal's bytes are not what was acknowledged: something other than a crash has changed them. */
export class DamagedJournalError extends PlaybooksError {
  override readonly name = "DamagedJournalError";
  /** The first entry that cannot be read. */
  readonly position: number;
  /** Where its record begins, or should. */
  readonly byteOffset: number;
  /** What is wrong with it: `is damaged`. */
  readonly trouble: string;

  constructor(
    what: string,
    options: {
      readonly position: number;
      readonly byteOffset: number;
      /** What is wrong with it, `is damaged` when not given. */
      readonly trouble?: string;
      readonly advice?: string;
    },
  ) {
    const trouble = options.trouble ?? "is damaged";
    super(
      `Cannot read ${what}: entry ${options.position}, at byte ${options.byteOffset}, ${trouble}; ` +
        (options.advice ?? "restore the file from a copy"),
      { exitCode: exitCodes.storage },
    );
    this.trouble = trouble;
    this.position = options.position;
    this.byteOffset = options.byteOffset;
  }
}

/** Says in words what the system reports when a file operation fails. */
export function diskTrouble(error: unknown): string {
  switch (codeOf(error)) {
    case "ENOSPC":
      return "the disk is full";
    case "EDQUOT":
      return "the disk quota is used up";
    case "EIO":
      return "the disk reports an I/O error";
    case "EROFS":
      return "the file system is read-only";
    case "EFBIG":
      return "the file is larger than this file system allows";
    case "EACCES":
    case "EPERM":
      return "permission is denied";
    case "EMFILE":
    case "ENFILE":
      return "too many files are open";
    default:
      return messageOf(error);
  }
}

/** What a person can do about it, to go before "then resume". */
export function remedyFor(error: unknown): string {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return "make space";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "make the folder writable";
    default:
      return "check the disk";
  }
}

function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && error.code !== undefined) return error.code;
  // Deno has no code for some errors of the system, but its message ends with their number.
  const number = /\(os error (\d+)\)$/.exec(error.message)?.[1];
  return number === undefined || Deno.build.os === "windows" ? undefined : codesByNumber[number];
}

const codesByNumber: Readonly<Record<string, string>> = {
  "5": "EIO",
  "27": "EFBIG",
  "28": "ENOSPC",
  "30": "EROFS",
  // Linux; macOS and the BSDs.
  "122": "EDQUOT",
  "69": "EDQUOT",
};
