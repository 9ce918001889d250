/** Types of what we use of `@std/uuid/v7`, whose npm form has none. */

/** A new UUID of version 7, for now or for a time in ms since 1970. */
export function generate(timestamp?: number): string;
/** Whether the text is a UUID of version 7. */
export function validate(id: string): boolean;
/** The time in ms since 1970 that a UUID of version 7 holds. */
export function extractTimestamp(uuid: string): number;
