/** Types of what we use of `@std/assert`, whose npm form has none. */

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
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, message?: string): void;
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
