/** A bug that a person could make, as one replacement in one file of `src`. */
export interface Mutant {
  /** What the program does wrong with it. */
  readonly bug: string;
  /** From the root of the project. */
  readonly file: string;
  /** A text that stands in the file once. */
  readonly find: string;
  readonly put: string;
  /** Tests that must find it, files or folders, the quickest that can. */
  readonly tests: readonly string[];
}

/** The list and the source no longer fit together. */
export class MutantError extends Error {
  override readonly name = "MutantError";
}

/** The source with the bug in it. Throws a `MutantError` unless the text to replace stands there exactly once. */
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
