import { loseError, seeError } from "./errors.ts";
import { codec } from "./guest_codec.ts";
import { primordials } from "./primordials.ts";
import type { TurnSupport } from "./protocol.ts";
import { returnFrom } from "./progress.ts";
import { setReaders } from "./readers.ts";
import { variableNamed } from "./variables.ts";
import { checkedWord, joinedWords, namedArguments } from "./words.ts";
import { failTurn, isClosed, setEnd, setLoading, setup, spend, threwText } from "./turn.ts";

/*
 * Runs the code of a turn.
 */

const { quote, parse, apply, defineProperty, fix, is, slice, thenOf } = primordials;
const { Promise: NewPromise, TypeError: NewTypeError } = primordials;

/** Whether the code ran to its end, or threw. */
let hasRun = false;
/** Whether the code ended with an error. */
export let threw = false;
let moduleExports: Record<string, () => unknown> = {};

/** Evaluates a module and makes its helpers global. */
export function load(
  module: (support: TurnSupport) => () => Record<string, () => unknown>,
  helpersText: string,
): void {
  setLoading(true);
  try {
    moduleExports = module(support())();
  } catch (error) {
    failTurn(error);
  } finally {
    setLoading(false);
  }
  const helpers = parse(helpersText) as string[];
  for (let i = 0; i < helpers.length && !isClosed; i++) {
    const name = helpers[i]!;
    const read = moduleExports[name]!;
    defineProperty(globalThis, name, {
      __proto__: null,
      configurable: true,
      get: () => read(),
      set: () => {
        throw new NewTypeError(`${name} belongs to the agent's code block; keep what changes in state`);
      },
    } as PropertyDescriptor);
  }
}

/** Runs a turn's code. */
export function runTurn(main: (support: TurnSupport) => Promise<unknown>): void {
  if (isClosed) return;
  watch(main(support()), () => '{"kind":"ended"}');
}

/** Calls a function of the module. */
export function runFunction(implementation: string, argsText: string): void {
  if (isClosed) return;
  let result: unknown;
  try {
    const run = moduleExports[implementation]!() as (...args: unknown[]) => unknown;
    result = apply(run, undefined, codec.revive(parse(argsText)) as unknown[]);
  } catch (error) {
    if (!isClosed) setEnd(threwText(error));
    hasRun = true;
    return;
  }
  watch(
    new NewPromise((resolve) => resolve(result)),
    (value) => `{"kind":"returned","value":${codec.encodeText(value, "the value returned")}}`,
  );
}

/** Evaluates expressions in order. */
export function runExpressions(main: (support: TurnSupport) => Promise<unknown>): void {
  if (isClosed) return;
  let texts = "";
  let source = "";
  let index = 0;
  const given = support();
  given.b = (next, at) => {
    source = next;
    index = at;
  };
  given.e = (value) => {
    if (is(value, NaN)) throw new NewTypeError("it gives no number: a part of it is missing, or is a text");
    texts += (texts === "" ? "" : ",") + codec.encodeText(value, source);
  };
  watch(
    main(given),
    () => `{"kind":"returned","value":[${texts}]}`,
    () => `${quote(source)},"index":${index}`,
  );
}

function watch(
  promise: Promise<unknown>,
  endText: (value: unknown) => string,
  where?: () => string,
): void {
  const fail = (error: unknown) => {
    if (hasRun) return;
    hasRun = true;
    threw = true;
    seeError(error);
    if (isClosed) return;
    const end = threwText(error);
    setEnd(where === undefined ? end : slice(end, 0, -1) + `,"expression":${where()}}`);
  };
  // Otherwise `then` would use a `constructor` that the code can replace.
  fix(promise, "constructor", NewPromise);
  thenOf(promise, (value: unknown) => {
    if (hasRun || isClosed) return;
    try {
      const end = endText(value);
      spend(end.length);
      setEnd(end);
      hasRun = true;
    } catch (error) {
      fail(error);
    }
  }, fail);
}

function support(): TurnSupport {
  return {
    g: (name) => codec.revive(setup.locals[name]),
    k: setReaders,
    r: (value) => returnFrom(value, undefined),
    c: (name) => {
      throw new NewTypeError(`${name} is a constant of this turn; declare it with let`);
    },
    t: (error) => {
      loseError(error);
      return error;
    },
    s: seeError,
    f: (value) => {
      if (!(value instanceof NewPromise)) return value;
      try {
        thenOf(value, undefined, loseError);
      } catch {
        // A fake promise has no error to note.
      }
      return value;
    },
    w: checkedWord,
    j: joinedWords,
    a: namedArguments,
    b: () => {},
    v: variableNamed,
    e: () => {},
  };
}
