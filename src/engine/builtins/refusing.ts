import { type Performed, refuse } from "./builtin.ts";
import { Refusal } from "./file_access.ts";

/** Decides about an effect. A mistake of the code becomes an error that it can catch. */
export function refusing(decide: () => Performed): Performed {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.kind, error.message);
    return refuse("FileError", error instanceof Error ? error.message : String(error));
  }
}
