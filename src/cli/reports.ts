import { dirname } from "@std/path";
import type { SessionFile, SessionStore } from "../store/mod.ts";
import type { Config } from "./config.ts";
import { isThere } from "./is_there.ts";
import { loadConfig, type LoadConfigOptions } from "./load_config.ts";
import { hasUnsentNotification, Notifier } from "./notify/notifier.ts";
import { sendsNotifications } from "./notify/notify_settings.ts";
import { hasUnsentSpans, Telemetry } from "./telemetry/telemetry.ts";
import type { World } from "./world.ts";

/** Whether a configuration asks for notifications or telemetry. */
export function makesReports({ notify, telemetry }: Pick<Config, "notify" | "telemetry">): boolean {
  return sendsNotifications(notify) || telemetry.isOn;
}

/** What a process tells others about its sessions, in the background: notifications and telemetry. */
export class Reports {
  readonly notifier: Notifier;
  readonly telemetry: Telemetry;
  readonly #world: World;
  readonly #options: Pick<LoadConfigOptions, "config" | "trust">;
  #sweeping = Promise.resolve();
  #isClosing = false;

  /** `options` are those of the command: they count for the configuration of every session. */
  constructor(
    world: World,
    options: Pick<LoadConfigOptions, "config" | "trust">,
    warn: (text: string, session: string) => void,
  ) {
    this.#world = world;
    this.#options = options;
    this.notifier = new Notifier(world, warn);
    this.telemetry = new Telemetry(world, warn);
  }

  /** Sends what earlier processes left in the store. Each session's own configuration counts. */
  sweep(store: SessionStore): void {
    const known = new Map<string, Config>();
    const configOf = (session: SessionFile) => {
      const folder = dirname(session.programPaths[0] ?? "");
      const config = known.get(folder) ?? this.#configOf(session);
      known.set(folder, config);
      return config;
    };
    this.#sweeping = this.#sweeping.then(async () => {
      const sessions = await store.list();
      // Most have nothing to send. Thousands of them would stay in memory until the last one is sent.
      const left = sessions.filter((each) => hasUnsentNotification(each) || hasUnsentSpans(each));
      await this.notifier.sweep(store, { sessions: left, configOf, mayWait: () => !this.#isClosing });
      await this.telemetry.sweep(store, { sessions: left, configOf });
    }).catch(() => {
      // A storage that fails is reported by the runs. The next sweep tries again.
    });
  }

  /** Waits for what is on its way, until `signal` aborts. What is left stays for the next run. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#isClosing = true;
    await Promise.race([this.#sweeping, aborted(signal)]);
    await Promise.all([this.notifier.close(signal), this.telemetry.close(signal)]);
  }

  /** The configuration of a session, as far as the user trusts it. */
  #configOf({ programPaths: [path] }: Pick<SessionFile, "programPaths">): Config {
    const { config, trust } = this.#options;
    return loadConfig({
      ...(config === undefined ? {} : { config }),
      ...(trust === undefined ? {} : { trust }),
      ...(path !== undefined && isThere(path) ? { programFile: path } : {}),
    }, this.#world);
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
