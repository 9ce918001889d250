import type { Reading } from "./reading.ts";
import type { NameScope } from "./scope.ts";

/** The facts for reading a clause. */
export interface Context {
  readonly reading: Reading;
  readonly scope: NameScope;
  /** The code of a `.pbasm` step, `""` for others. */
  readonly code: string;
  /** The result of the last call or computation. */
  readonly lastResult: string | undefined;
  /** Whether the previous step asked a question and this step waits for the answer. */
  readonly asked: boolean;
}
