/** Types of what we use of `@std/toml`, whose npm form has none. */

/** Parses a TOML document; throws `SyntaxError` with the line and column on bad input. */
export function parse(text: string): Record<string, unknown>;
/** Writes a TOML document. */
export function stringify(object: Record<string, unknown>): string;
