import { dirname } from "@std/path";
import type { SessionFile, SessionStore } from "../../store/mod.ts";
import type { Config } from "../config.ts";
import { isThere } from "../is_there.ts";
import { loadConfig, type LoadConfigOptions } from "../load_config.ts";
import type { World } from "../world.ts";
import type { Notifier } from "./notifier.ts";

/** The options of a command that decide about configurations. */
interface SweepParts {
  readonly command: Pick<LoadConfigOptions, "config" | "trust">;
  readonly world: World;
}

/** Sends the notices that earlier processes left, in the background. Each session's own configuration counts. */
export function sweepNotices(notifier: Notifier, store: SessionStore, parts: SweepParts): void {
  const known = new Map<string, Config>();
  const configOf = (session: SessionFile) => {
    const folder = dirname(session.programPaths[0] ?? "");
    const config = known.get(folder) ?? configOfSession(session, parts);
    known.set(folder, config);
    return config;
  };
  notifier.sweep(store, configOf);
}

/** The configuration with which a session's notices are sent, as far as the user trusts it. */
function configOfSession(
  { programPaths: [path] }: Pick<SessionFile, "programPaths">,
  { command: { config, trust }, world }: SweepParts,
): Config {
  return loadConfig({
    ...(config === undefined ? {} : { config }),
    ...(trust === undefined ? {} : { trust }),
    ...(path !== undefined && isThere(path) ? { programFile: path } : {}),
  }, world);
}
