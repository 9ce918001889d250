/**
 * Libraries of which only functions are called, and by few runs: each is a piece of its own in the bundle, and runs when the
 * first of its functions is called rather than when what imports it begins.
 */
export const late = [() => import("acorn")];
