/** One contract for all models: a prompt in, a completion out, and never an exception. */
export type * from "./model.ts";
export { openModel } from "./open.ts";
export type { ModelWorld } from "./open.ts";
