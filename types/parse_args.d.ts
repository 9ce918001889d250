/** Types of what we use of `@std/cli/parse-args`, whose npm form has none. */

/** Reads flags: `string` ones keep their text, `default` says what they are when not given. */
export function parseArgs(
  args: readonly string[],
  options?: { readonly string?: readonly string[]; readonly default?: Readonly<Record<string, unknown>> },
): Record<string, unknown> & { _: (string | number)[] };
