/** A realistic bug, as one replacement in one file of `src`. */
export interface Mutant {
  /** The wrong behaviour of the program. */
  readonly bug: string;
  /** Relative to the root of the project. */
  readonly file: string;
  /** A text that occurs in the file exactly once. */
  readonly find: string;
  readonly put: string;
  /** The fastest tests that must find the bug: files or folders. */
  readonly tests: readonly string[];
}

/** The list of bugs does not fit the source any more. */
export class MutantError extends Error {
  override readonly name = "MutantError";
}

/** The source with the bug. Throws a `MutantError` unless the text to replace occurs exactly once. */
export function plant(mutant: Mutant, source: string): string {
  const { file, bug, find, put } = mutant;
  const count = source.split(find).length - 1;
  if (count !== 1) {
    throw new MutantError(
      `The bug "${bug}" cannot be planted: ${file} has its text ${count} times, not once:\n${find}\n` +
        `Fix its "find" in tests/mutate/mutants/ so that it fits the source as it is now ` +
        `(more of the line if there are several); remove the bug only if the code that it breaks is gone`,
    );
  }
  return source.replace(find, () => put);
}
