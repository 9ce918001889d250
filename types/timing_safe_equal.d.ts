/** Types of what we use of `@std/crypto/timing-safe-equal`, whose npm form has none. */

/** Whether two values of the same length are equal, in a time that does not depend on where they differ. */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
