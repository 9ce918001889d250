import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";

/** The disk failed. The session has stopped at its last acknowledged entry and can be resumed from there. */
export class StorageError extends PlaybooksError {
  override readonly name = "StorageError";
  /** Whether the fault may pass without a person's help, such as while a server restarts. */
  readonly mayPass: boolean;

  constructor(message: string, options: { readonly cause?: unknown; readonly mayPass?: boolean } = {}) {
    super(message, { exitCode: exitCodes.storage, cause: options.cause });
    this.mayPass = options.mayPass ?? false;
  }
}

/** A blob is missing or damaged. */
export class BlobError extends StorageError {
  /** `needs /…/blobs/<hash>, which is missing` */
  readonly trouble: string;

  constructor(path: string, what: "missing" | "damaged") {
    super(`Cannot read the value in ${path}: the file is ${what}; restore it from a copy`);
    this.trouble = `needs ${path}, which is ${what}`;
  }
}

/** A journal is larger than `max_session_mb` allows. It was not read. */
export class LargeJournalError extends StorageError {
  /** A phrase about the file: `takes 5120 MB`. */
  readonly trouble: string;

  constructor(
    path: string,
    { bytes, maxSessionMb }: { readonly bytes: number; readonly maxSessionMb: number },
  ) {
    const trouble = `takes ${Math.round(bytes / 1024 / 1024)} MB, and max_session_mb = ${maxSessionMb}`;
    super(`Cannot read ${path}: it ${trouble}; restore it from a copy, or raise the setting under [limits]`);
    this.trouble = trouble;
  }
}

/** The journal's bytes differ from the acknowledged ones. A crash does not cause this. */
export class DamagedJournalError extends PlaybooksError {
  override readonly name = "DamagedJournalError";
  /** The first entry that cannot be read. */
  readonly position: number;
  /** The offset where its record begins, or should begin; `undefined` if the entries are not in a file. */
  readonly byteOffset: number | undefined;
  /** A phrase about the damage: `is damaged`. */
  readonly trouble: string;

  constructor(
    what: string,
    options: {
      readonly position: number;
      /** Absent if the entries are not in a file. */
      readonly byteOffset?: number | undefined;
      /** Default: `is damaged`. */
      readonly trouble?: string;
      readonly recoveryHint?: string;
    },
  ) {
    const trouble = options.trouble ?? "is damaged";
    const place = options.byteOffset === undefined ? "" : `, at byte ${options.byteOffset},`;
    super(
      `Cannot read ${what}: entry ${options.position}${place} ${trouble}; ` +
        (options.recoveryHint ?? "restore the file from a copy"),
      { exitCode: exitCodes.storage },
    );
    this.trouble = trouble;
    this.position = options.position;
    this.byteOffset = options.byteOffset;
  }
}

/**
 * The error for a user when a storage operation fails. `failed` names the operation: `Cannot take the lease of session
 * "x"`. `next` says what to do after the fix. Our own errors are returned unchanged.
 */
export function storageError(failed: string, error: unknown, next = "run again"): PlaybooksError {
  if (error instanceof PlaybooksError) return error;
  const message = `${failed}: ${diskTrouble(error)}; ${remedyFor(error)}, then ${next}`;
  return new StorageError(message, { cause: error });
}

/** Describes a system error of a file operation in words. */
export function diskTrouble(error: unknown): string {
  const code = errorCode(error);
  const known = code === undefined ? undefined : troubles[code];
  if (known !== undefined) return known.trouble;
  if (error instanceof Deno.errors.NotCapable) return "playbooks may not open that place";
  // Remove the number and the path that Deno adds.
  return messageOf(error).replace(/ \(os error \d+\)/, "").replace(/^Error: /, "");
}

/** Says how a person can fix it. "then resume" or similar text follows. */
export function remedyFor(error: unknown): string {
  const code = errorCode(error);
  return (code === undefined ? undefined : troubles[code]?.remedy) ?? "check the disk";
}

/** The system's code for an error, such as `ENOSPC`; `undefined` for other errors. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  // Deno has no code for some system errors, but its message has their number.
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  if (number !== undefined && Deno.build.os !== "windows") {
    const code = (Deno.build.os === "linux" ? linuxCodes : bsdCodes)[number];
    if (code !== undefined) return code;
  }
  return codesByClass.find(([kind]) => error instanceof kind)?.[1];
}

interface Trouble {
  readonly trouble: string;
  readonly remedy: string;
}

const noSpace = "make space";
const notWritable = "make the folder writable";
const noFeature = "set storage_path under [durability] in playbooks.toml to a folder on another file system";
const denied = { trouble: "permission is denied", remedy: notWritable };
const tooMany = {
  trouble: "too many files are open",
  remedy: "close other programs or allow more open files (ulimit -n 256)",
};
const unsupported = { trouble: "the file system does not support it", remedy: noFeature };

const troubles: Readonly<Record<string, Trouble>> = {
  ENOSPC: { trouble: "the disk is full", remedy: noSpace },
  EDQUOT: { trouble: "the disk quota is used up", remedy: noSpace },
  EIO: { trouble: "the disk reports an I/O error", remedy: "check the disk" },
  EROFS: { trouble: "the file system is read-only", remedy: notWritable },
  EFBIG: { trouble: "the file is larger than this file system allows", remedy: "check the disk" },
  EACCES: denied,
  EPERM: denied,
  EMFILE: tooMany,
  ENFILE: tooMany,
  ENOENT: { trouble: "it is gone", remedy: "restore it from a copy" },
  ENOTDIR: { trouble: "a file is where a folder should be", remedy: "move that file away" },
  EISDIR: { trouble: "a folder is where a file should be", remedy: "move that folder away" },
  EEXIST: { trouble: "there is something of that name", remedy: "move that away" },
  ELOOP: { trouble: "too many links lead to it", remedy: "remove the links" },
  ENAMETOOLONG: { trouble: "its name is too long", remedy: noFeature },
  ESTALE: { trouble: "the network file system has lost it", remedy: "mount the file system again" },
  ENOLCK: unsupported,
  ENOSYS: unsupported,
  ENOTSUP: unsupported,
  EOPNOTSUPP: unsupported,
  EINVAL: unsupported,
  ENOMEM: { trouble: "memory is used up", remedy: "end other programs" },
  EBUSY: { trouble: "another program uses it", remedy: "end that program" },
  ETXTBSY: { trouble: "another program uses it", remedy: "end that program" },
};

const linuxCodes: Readonly<Record<string, string>> = {
  "1": "EPERM",
  "2": "ENOENT",
  "5": "EIO",
  "9": "EBADF",
  "12": "ENOMEM",
  "13": "EACCES",
  "16": "EBUSY",
  "17": "EEXIST",
  "20": "ENOTDIR",
  "21": "EISDIR",
  "22": "EINVAL",
  "23": "ENFILE",
  "24": "EMFILE",
  "26": "ETXTBSY",
  "27": "EFBIG",
  "28": "ENOSPC",
  "30": "EROFS",
  "36": "ENAMETOOLONG",
  "37": "ENOLCK",
  "38": "ENOSYS",
  "40": "ELOOP",
  "95": "EOPNOTSUPP",
  "116": "ESTALE",
  "122": "EDQUOT",
};

/** Codes of macOS and the BSDs. */
const bsdCodes: Readonly<Record<string, string>> = {
  ...linuxCodes,
  "36": "EINPROGRESS",
  "37": "EALREADY",
  "38": "ENOTSOCK",
  "40": "EMSGSIZE",
  "45": "ENOTSUP",
  "62": "ELOOP",
  "63": "ENAMETOOLONG",
  "69": "EDQUOT",
  "70": "ESTALE",
  "77": "ENOLCK",
  "78": "ENOSYS",
  "95": "EMULTIHOP",
  "102": "EOPNOTSUPP",
};

const codesByClass = [
  [Deno.errors.NotFound, "ENOENT"],
  [Deno.errors.PermissionDenied, "EACCES"],
  [Deno.errors.AlreadyExists, "EEXIST"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.FilesystemLoop, "ELOOP"],
  [Deno.errors.Busy, "EBUSY"],
] as const;
