import { loadStripTypes, type StripTypes } from "../language/mod.ts";
import type { Sandbox } from "../sandbox/mod.ts";
import type { InFlight } from "./in_flight.ts";
import type { Schedule } from "./schedule.ts";
import type { EngineWorld } from "./world.ts";

/** The name of the loading in `InFlight`. */
const loadingName = "sandbox";
/** Loading blocks the process for about 30 ms. It starts after this time, when the requests have left. */
const sendingMs = 20;

/** Loads the sandbox once, if possible while a model answers. */
export class SandboxLoader {
  readonly #world: EngineWorld;
  readonly #schedule: Schedule;
  readonly #inFlight: InFlight;
  readonly #load: () => Promise<Sandbox>;
  #loading: Promise<Sandbox> | undefined;
  #sandbox: Sandbox | undefined;
  #stripTypes: StripTypes | undefined;
  #needsTypes = false;

  constructor(
    sandbox: Sandbox | (() => Promise<Sandbox>),
    { world, schedule, inFlight }: {
      readonly world: EngineWorld;
      readonly schedule: Schedule;
      readonly inFlight: InFlight;
    },
  ) {
    this.#world = world;
    this.#schedule = schedule;
    this.#inFlight = inFlight;
    this.#sandbox = typeof sandbox === "function" ? undefined : sandbox;
    this.#load = typeof sandbox === "function" ? sandbox : () => Promise.resolve(sandbox);
  }

  /** The sandbox, if loaded. */
  get loaded(): Sandbox | undefined {
    return this.#sandbox;
  }

  /** Removes types from TypeScript, if that library is loaded. */
  get stripTypes(): StripTypes | undefined {
    return this.#stripTypes;
  }

  /** Lets the next `load` load the library for TypeScript, too. */
  requireTypes(): void {
    this.#needsTypes = true;
  }

  async load(): Promise<void> {
    this.#loading ??= this.#load();
    this.#sandbox = await this.#loading;
    if (this.#needsTypes) this.#stripTypes ??= await loadStripTypes();
  }

  /** Prepares the sandbox for an answer. If it must be loaded, that starts after the request has left the process. */
  warm(): void {
    if (this.#sandbox) {
      this.#sandbox.warm();
      return;
    }
    if (this.#inFlight.has(loadingName)) return;
    const signal = this.#inFlight.begin(loadingName);
    this.requestsSent(signal).then(() => signal.aborted ? undefined : this.load()).then(
      () => this.#sandbox?.warm(),
      // Code that needs the sandbox gets the same error.
      () => {},
    ).then(() => this.#schedule.post(() => this.#inFlight.end(loadingName)));
  }

  /** Resolves when requests have had time to leave the process. */
  requestsSent(signal: AbortSignal): Promise<void> {
    return this.#world.wait(sendingMs, { signal });
  }
}
