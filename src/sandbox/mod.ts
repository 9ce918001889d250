/** Runs JavaScript that a model or a user wrote, within limits, and without any authority of its own. */
export * from "./sandbox.ts";
export { defaultLimits, type Limits } from "./host/limits.ts";
export { loadSandbox } from "./host/load.ts";
export { decode, encode, type Encoded, fieldsOf, Special } from "./values.ts";
export { display, placeholderText, plainText } from "./host/display.ts";
export { globalNames } from "./host/language_names.ts";
