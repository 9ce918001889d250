import { sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import {
  defaultLimits,
  type Delivery,
  type Encoded,
  type Limits,
  loadSandbox,
  type Progress,
  type Scope,
  type ScopeCode,
  type ScopeOptions,
} from "../../src/sandbox/mod.ts";

export const sandbox = await loadSandbox(sandboxBuiltins);

/** Options of a scope that differ from those of an ordinary turn of a Seller. */
export interface Given extends Partial<Omit<ScopeOptions, "limits">> {
  readonly limits?: Partial<Limits>;
}

/** The options of an ordinary turn, with a test's changes. */
export function optionsFor(code: string | ScopeCode, given: Given = {}): ScopeOptions {
  return {
    state: {},
    playbooks: ["Main", "Ask", "add"],
    classes: { Buyer: ["Haggle", "offer"], Seller: ["Sell"] },
    agents: [{ id: "1000", klass: "Seller" }, { id: "1001", klass: "Buyer" }],
    self: { id: "1000", klass: "Seller" },
    seed: "seed",
    nowMs: 1_600_000_000_000,
    places: true,
    ...given,
    code: typeof code === "string" ? { kind: "turn", text: code, locals: {} } : code,
    limits: { ...defaultLimits, ...given.limits },
  };
}

/** Opens a scope; the caller disposes of it. */
export function open(code: string | ScopeCode, given: Given = {}): Scope {
  return sandbox.open(optionsFor(code, given));
}

/** Runs code to its first wait or its end. */
export function start(code: string | ScopeCode, given: Given = {}): Progress {
  using scope = open(code, given);
  return scope.start();
}

/** A turn with these locals at its start. */
export function turn(text: string, locals: Record<string, Encoded> = {}): ScopeCode {
  return { kind: "turn", text, locals };
}

/** A result that is an ordinary value. */
export function result(ordinal: number, value: Encoded, more: Partial<Delivery> = {}): Delivery {
  return {
    ordinal,
    outcome: { ok: true, value },
    patch: {},
    agents: [],
    nowMs: 1_600_000_000_000 + ordinal,
    ...more,
  };
}

/** A result that is an error. */
export function failure(ordinal: number, message: string, name = "Error"): Delivery {
  return result(ordinal, null, { outcome: { ok: false, error: { name, message } } });
}

/** Runs code to its end with the results from `answer`; returns all steps combined. */
export function runAll(
  code: string | ScopeCode,
  given: Given = {},
  answer: (name: string, args: readonly Encoded[]) => Encoded = () => null,
): { readonly progresses: Progress[]; readonly scope: Scope } {
  const scope = open(code, given);
  const progresses = [scope.start()];
  const waiting = [...progresses[0]!.requests];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const progress = scope.deliver(result(next.ordinal, answer(next.name, next.args)));
    progresses.push(progress);
    waiting.push(...progress.requests);
  }
  return { progresses, scope };
}

/** The values that a turn keeps at its end. */
export function localsAfter(code: string, locals: Record<string, Encoded> = {}, given: Given = {}) {
  const { scope } = runAll(turn(code, locals), given);
  using _scope = scope;
  return scope.finish();
}
