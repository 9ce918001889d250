import type { Sandbox } from "../sandbox/mod.ts";
import type { InFlight } from "./in_flight.ts";
import type { Schedule } from "./schedule.ts";
import type { EngineWorld } from "./world.ts";

/** Name of the loading among the work in flight. */
const loadingName = "sandbox";
/**
 * Loading keeps the process busy for some 30 ms, and no request would leave the process meanwhile. After this time, the
 * requests have left.
 */
const sendingMs = 20;

/** Loads the sandbox once, in the time that a model takes for its answer if possible. */
export class SandboxLoader {
  readonly #world: EngineWorld;
  readonly #schedule: Schedule;
  readonly #inFlight: InFlight;
  readonly #load: () => Promise<Sandbox>;
  #loading: Promise<Sandbox> | undefined;
  #sandbox: Sandbox | undefined;

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

  /** The sandbox, if it is loaded. */
  get loaded(): Sandbox | undefined {
    return this.#sandbox;
  }

  async load(): Promise<void> {
    this.#loading ??= this.#load();
    this.#sandbox = await this.#loading;
  }

  /** Prepares the sandbox for an answer; if it must be loaded first, after the request has left the process. */
  warm(): void {
    if (this.#sandbox) {
      this.#sandbox.warm();
      return;
    }
    if (this.#inFlight.has(loadingName)) return;
    const signal = this.#inFlight.begin(loadingName);
    this.requestsSent(signal).then(() => signal.aborted ? undefined : this.load()).then(
      () => this.#sandbox?.warm(),
      // Code that needs the sandbox meets the same failure.
      () => {},
    ).then(() => this.#schedule.post(() => this.#inFlight.end(loadingName)));
  }

  /** Resolves when requests have had the time to leave the process. */
  requestsSent(signal: AbortSignal): Promise<void> {
    return this.#world.wait(sendingMs, { signal });
  }
}
