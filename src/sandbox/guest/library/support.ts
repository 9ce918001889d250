/** The parts of the guest that the library uses. The guest gives them when it loads the library. */
export interface LibrarySupport {
  /** Requests an effect. */
  request(name: string, args: unknown[]): Promise<unknown>;
  /** Calls a function of the host that depends on its arguments alone. Throws the error that the host reports. */
  host(name: string, args: readonly unknown[]): unknown;
  /** Notes values for the log. */
  log(...values: unknown[]): void;
  /** Notes an error that no code has handled yet. */
  loseError(error: unknown): void;
  /** Makes the object of a response from its fields. */
  responseOf(fields: Record<PropertyKey, unknown>): object;
  /** The next seed for random bytes. No two calls of a turn give the same one. */
  nextSeed(): string;
}

/** The parameter of the function that wraps the bundled library (see `build/guest.ts`). */
declare const support: LibrarySupport;

export const requestEffect = support.request;
export const host = support.host;
export const noteLog = support.log;
export const noteLost = support.loseError;
export const makeResponse = support.responseOf;
export const nextSeed = support.nextSeed;
