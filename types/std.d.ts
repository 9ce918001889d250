/**
 * Types of what we use of the standard library. It is installed from npm, where it has none; from JSR it would bring its
 * own, and this file and its line in deno.json would go.
 */

declare module "@std/assert" {
  /** Throws `AssertionError` unless `expression` is truthy. */
  export function assert(expression: unknown, message?: string): asserts expression;
  /** Throws unless the two are equal, deeply. */
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
  /** Throws if the two are equal, deeply. */
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  /** Throws unless the two are the same by `Object.is`. */
  export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
  /** Throws if `actual` is `null` or `undefined`. */
  export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
  /** Throws unless `actual` is an instance of the class. */
  export function assertInstanceOf<T>(
    actual: unknown,
    // deno-lint-ignore no-explicit-any
    expectedType: abstract new (...args: any[]) => T,
    message?: string,
  ): asserts actual is T;
  /** Throws unless `actual` contains `expected`. */
  export function assertStringIncludes(actual: string, expected: string, message?: string): void;
  /** Throws unless `actual` contains all of `expected`. */
  export function assertArrayIncludes<T>(
    actual: ArrayLike<T>,
    expected: ArrayLike<T>,
    message?: string,
  ): void;
  /** Throws unless the pattern matches. */
  export function assertMatch(actual: string, expected: RegExp, message?: string): void;
  /** Throws if the pattern matches. */
  export function assertNotMatch(actual: string, expected: RegExp, message?: string): void;
  /** Throws unless `expected` is a part of `actual`. */
  export function assertObjectMatch(
    actual: object,
    expected: Record<PropertyKey, unknown>,
    message?: string,
  ): void;
  /** Throws unless `actual` is greater than `expected`. */
  export function assertGreater<T>(actual: T, expected: T, message?: string): void;
  /** Throws unless `actual` is less than `expected`. */
  export function assertLess<T>(actual: T, expected: T, message?: string): void;
  /** Throws unless `fn` throws, of the class and with the words given; gives what it threw. */
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    // deno-lint-ignore no-explicit-any
    errorClass?: abstract new (...args: any[]) => E,
    messageIncludes?: string,
    message?: string,
  ): E;
  /** Throws unless the promise rejects, with the class and the words given; gives what it rejected with. */
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any
    errorClass?: abstract new (...args: any[]) => E,
    messageIncludes?: string,
    message?: string,
  ): Promise<E>;
  /** Throws always. */
  export function fail(message?: string): never;
  /** Throws always: this place should not be reached. */
  export function unreachable(message?: string): never;
}

declare module "@std/cli/parse-args" {
  /**
   * Reads flags: `string` ones keep their text (`_` means the operands), `boolean` ones have no value, `collect` gives arrays,
   * `default` says what they are when not given. `unknown` gets each operand and each other flag, and returns `false` to leave it out.
   */
  export function parseArgs(
    args: readonly string[],
    options?: {
      readonly string?: readonly string[];
      readonly boolean?: readonly string[];
      readonly collect?: readonly string[];
      readonly default?: Readonly<Record<string, unknown>>;
      readonly unknown?: (argument: string, name?: string, value?: unknown) => unknown;
    },
  ): Record<string, unknown> & { _: (string | number)[] };
}

declare module "@std/crypto/timing-safe-equal" {
  /** Whether two values of the same length are equal, in a time that does not depend on where they differ. */
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}

declare module "@std/path" {
  /** The last part of a path, without `suffix`. */
  export function basename(path: string, suffix?: string): string;
  /** The path of the folder that holds `path`. */
  export function dirname(path: string): string;
  /** The ending of a path with its dot, or `""`. */
  export function extname(path: string): string;
  /** Whether a path does not depend on the current folder. */
  export function isAbsolute(path: string): boolean;
  /** Puts parts together and normalises the result. */
  export function join(...paths: string[]): string;
  /** The path that leads from one folder to another place. */
  export function relative(from: string, to: string): string;
  /** Makes an absolute path, reading parts from right to left until one is absolute. */
  export function resolve(...paths: string[]): string;
  /** The shortest path that means the same, without looking at the disk. */
  export function normalize(path: string): string;
  /** What stands between the parts of a path on this system. */
  export const SEPARATOR: string;
}

declare module "@std/text/levenshtein-distance" {
  /** How many characters must be added, removed or replaced to make `second` of `first`. */
  export function levenshteinDistance(first: string, second: string): number;
}

declare module "@std/toml" {
  /** Parses a TOML document; throws `SyntaxError` with the line and column on bad input. */
  export function parse(text: string): Record<string, unknown>;
  /** Writes a TOML document. */
  export function stringify(object: Record<string, unknown>): string;
}

declare module "@std/uuid/v7" {
  /** A new UUID of version 7, for now or for a time in ms since 1970. */
  export function generate(timestamp?: number): string;
  /** Whether the text is a UUID of version 7. */
  export function validate(id: string): boolean;
  /** The time in ms since 1970 that a UUID of version 7 holds. */
  export function extractTimestamp(uuid: string): number;
}

declare module "@std/fs/expand-glob" {
  /** Finds the files that a pattern means, with their absolute paths. */
  export function expandGlobSync(
    glob: string,
    options?: { readonly root?: string; readonly includeDirs?: boolean },
  ): IterableIterator<{ readonly path: string }>;
}
