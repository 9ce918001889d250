import { type Engine, type GuestInstance, isEngineFault, loadEngine } from "./engine.ts";
import { openScope } from "./scope.ts";
import { type BuiltinNames, builtinNamesOf } from "./prepare.ts";
import type { Sandbox, SandboxBuiltin, Scope, ScopeOptions } from "../sandbox.ts";

/** Loads the sandbox, once per process. This takes about 40 ms; each scope then takes less than 1 ms. */
export function loadQuickJs(builtins: readonly SandboxBuiltin[]): Promise<Sandbox> {
  sandbox ??= loadEngine(builtins).then((engine) => new QuickJsSandbox(engine, builtinNamesOf(builtins)));
  return sandbox;
}

let sandbox: Promise<Sandbox> | undefined;

class QuickJsSandbox implements Sandbox {
  readonly #engine: Engine;
  readonly #names: BuiltinNames;
  shouldInterrupt = () => false;

  constructor(engine: Engine, names: BuiltinNames) {
    this.#engine = engine;
    this.#names = names;
  }

  warm(): void {
    this.#engine.warm();
  }

  open(options: ScopeOptions): Scope {
    let guest: GuestInstance;
    try {
      guest = this.#engine.open({ withLibrary: this.#names.usesStandard(options) });
    } catch (error) {
      if (!isEngineFault(error)) throw error;
      return deadScope;
    }
    return openScope(guest, options, this.#eventsOf(guest));
  }

  restore(options: ScopeOptions, snapshot: Uint8Array): Scope | undefined {
    try {
      const guest = this.#engine.restore(snapshot);
      return guest && openScope(guest, options, { ...this.#eventsOf(guest), isRestored: true });
    } catch {
      // Whatever is wrong with the snapshot, a replay can rebuild the scope.
      return undefined;
    }
  }

  #eventsOf(guest: GuestInstance) {
    return {
      onDone: () => this.#engine.close(guest),
      capture: () => this.#engine.capture(guest),
      names: this.#names,
      shouldInterrupt: () => this.shouldInterrupt(),
    };
  }
}

const nothing = { requests: [], patch: {}, notes: [] };

/** The scope that opens if the host has no memory left for an instance. */
const deadScope: Scope = {
  isInterrupted: false,
  isCut: false,
  start: () => ({
    ...nothing,
    end: {
      kind: "threw",
      error: { name: "LimitError", message: "there is no memory left to run the code in; run it again" },
    },
  }),
  deliver: () => nothing,
  replay: () => nothing,
  hasEnded: false,
  isObserved: () => true,
  cancelWaits: () => nothing,
  capture: () => undefined,
  finish: () => ({ ok: true, locals: {}, patch: {} }),
  [Symbol.dispose]() {},
};
