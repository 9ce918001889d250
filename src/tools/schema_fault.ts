import { argumentFault } from "./arguments.ts";
import { boundedSchema } from "./bounded_schema.ts";
import { boundedText } from "./failures.ts";
import type { Libraries } from "./library.ts";
import type { JsonObject } from "./tool.ts";

/** Why a value does not fit a schema; `undefined` if it fits, or if the schema cannot be read, or not within `maxCheckMs`. */
export function schemaFault(
  { validators }: Libraries,
  schema: JsonObject,
  value: unknown,
): string | undefined {
  const untilMs = performance.now() + maxCheckMs;
  let checked;
  try {
    const bounded = boundedSchema(schema, () => {
      if (performance.now() > untilMs) throw new Error("The check takes too long");
    });
    checked = new validators.CfWorkerJsonSchemaValidator({ shortcircuit: false })
      .getValidator(bounded as never)(value);
  } catch {
    // The library finds an unknown or endless reference only now. The server checks its arguments itself.
    return undefined;
  }
  if (checked.valid) return undefined;
  return boundedText(argumentFault(checked.errorMessage), 600);
}

/** Sessions share the thread, and signals must come in. */
const maxCheckMs = 500;
