import type { Receiver } from "./names.ts";
import type { Reading } from "./reading.ts";
import type { NameScope, ValuePlace } from "./scope.ts";

/** The facts for reading a clause. */
export interface Context {
  readonly reading: Reading;
  readonly scope: NameScope;
  /** The code of a `.pbasm` step, `""` for others. */
  readonly code: string;
  /** The result of the last call or computation. */
  readonly lastResult: string | undefined;
  /** The agent that was spoken to last. */
  readonly addressed: Receiver | undefined;
  /** The place of the last question's answer. */
  readonly lastAsked: ValuePlace | undefined;
  /** Whether the previous step asked a question and this step waits for the answer. */
  readonly asked: boolean;
}
