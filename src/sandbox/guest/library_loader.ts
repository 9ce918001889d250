import { loseError } from "./errors.ts";
import type { Library } from "./library/main.ts";
import type { LibrarySupport } from "./library/support.ts";
import { log } from "./log.ts";
import { responseOf } from "./objects.ts";
import { primordials } from "./primordials.ts";
import { request } from "./requests.ts";
import { setup } from "./turn.ts";

/*
 * The library of standard names. The host evaluates its script when code first uses it.
 */

const { quote, parse, Error: NewError, TypeError: NewTypeError, RangeError: NewRangeError } = primordials;
let seeds = 0;

/** Makes the library. This takes some milliseconds. */
export function loadLibrary(): Library {
  const make = ask("library") as unknown as ((support: LibrarySupport) => Library) | undefined;
  if (make === undefined) throw new NewError("there is no memory or stack left for this function");
  return make({
    request,
    host: callHost,
    log,
    loseError,
    responseOf,
    nextSeed: () => `${setup.seed}/${++seeds}`,
  });
}

/** Calls a function of the host that depends on its arguments alone. */
function callHost(name: string, args: readonly unknown[]): unknown {
  const text = ask(`!${quote([name, args])}`);
  if (text === undefined) throw new NewError("there is no memory left");
  const answer = parse(text) as { value?: unknown; error?: { name: string; message: string } };
  if (answer.error === undefined) return answer.value;
  const { name: kind, message } = answer.error;
  throw kind === "RangeError" ? new NewRangeError(message) : new NewTypeError(message);
}
