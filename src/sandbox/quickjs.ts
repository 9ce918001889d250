import { createRealm, type Engine, isEngineFault, loadEngine, type Realm } from "./engine.ts";
import { openScope } from "./scope.ts";
import type { Sandbox, Scope, ScopeOptions } from "./sandbox.ts";

/** Loads the sandbox, once per process: some 30 ms, and some 5 ms for each scope from then on. */
export function loadSandbox(): Promise<Sandbox> {
  sandbox ??= loadEngine().then((engine) => new QuickJsSandbox(engine));
  return sandbox;
}

let sandbox: Promise<Sandbox> | undefined;

class QuickJsSandbox implements Sandbox {
  #engine: Engine;
  #spare: Realm | undefined;
  readonly #replaced = new WeakSet<Engine>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  warm(): void {
    this.#spare ??= createRealm(this.#engine);
  }

  open(options: ScopeOptions): Scope {
    if (this.#engine.budget.hasGrown) this.#replace(this.#engine);
    let realm: Realm;
    try {
      // Even one that has failed may serve until the next one is there.
      realm = this.#spare ?? createRealm(this.#engine);
    } catch (error) {
      if (!isEngineFault(error)) throw error;
      this.#replace(this.#engine);
      return deadScope;
    }
    this.#spare = undefined;
    return openScope(realm, options, { onBroken: () => this.#replace(realm.engine) });
  }

  /** Takes another engine as soon as there is one; scopes that are open stay where they are. */
  #replace(engine: Engine): void {
    if (this.#replaced.has(engine)) return;
    this.#replaced.add(engine);
    void loadEngine().then((fresh) => {
      this.#engine = fresh;
      this.#spare = undefined;
    });
  }
}

/** What opens between the failure of an engine and the moment in which there is another one. */
const deadScope: Scope = {
  start: () => ({
    requests: [],
    patch: {},
    notes: [],
    end: {
      kind: "threw",
      error: { name: "LimitError", message: "the sandbox had to be restarted; run the code again" },
    },
  }),
  deliver: () => ({ requests: [], patch: {}, notes: [] }),
  replay: () => ({ requests: [], patch: {}, notes: [] }),
  finish: () => ({ ok: true, locals: {}, patch: {} }),
  [Symbol.dispose]() {},
};
