/** The exit codes of the command line; scripts rely on them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  noSuchSession: 3,
  sessionBusy: 4,
  choiceNeeded: 5,
  storage: 6,
  waiting: 75,
  interrupted: 130,
  terminated: 143,
} as const;

/** One of the exit codes of {@linkcode exitCodes}. */
export type ExitCode = typeof exitCodes[keyof typeof exitCodes];

/**
 * A failure of the world or of a person's request, with its exit code.
 *
 * The message says what we did, why it failed, and what to do. It has no full stop. A person sees only this message; stack
 * traces are for developers.
 */
export class PlaybooksError extends Error {
  override readonly name: string = "PlaybooksError";
  readonly exitCode: ExitCode;

  constructor(message: string, options: { readonly exitCode: ExitCode; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode;
  }
}

/** Describes an unknown thrown value, for people. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(
    denoAdvice,
    ", which playbooks does not have",
  );
}

/** The version of playbooks that a stored value names. Returns `undefined` if the value cannot be a version. */
export function writerOf(value: unknown): string | undefined {
  return typeof value === "string" && /^\d{1,5}(\.\d{1,5}){1,3}(-[\w.]{1,20})?$/.test(value)
    ? value
    : undefined;
}

/** Names the version that wrote a newer form. */
export function writerInWords(writer: string | undefined): string {
  return writer === undefined ? "a newer playbooks" : `playbooks ${writer}`;
}

/** Whether an error comes from the system: a file, a right or a limit. Such an error is not a fault of our code. */
export function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "NotCapable" || ("code" in error && /^E[A-Z0-9]+$/.test(String(error.code)));
}

/** Deno's advice to start or compile the program differently. Our users can do neither. */
const denoAdvice =
  /, (?:run again with the --allow-[\w-]+ flag|specify the required permissions during compilation using `deno compile[^`]*`)/g;
