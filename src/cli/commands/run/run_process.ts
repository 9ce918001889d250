import type { Hosting, KeptSession } from "../../../session/mod.ts";
import type { SessionChange, SessionStore } from "../../../store/mod.ts";
import type { Config } from "../../config.ts";
import type { Reports } from "../../reports.ts";
import type { OpenedTools } from "../../tool_servers.ts";
import type { World } from "../../world.ts";
import type { Interrupts } from "./interrupts.ts";
import type { StopBound } from "./stop_bound.ts";
import { sandboxLoader, type SandboxLoading } from "./sandbox_loader.ts";

/** The process in which a session runs. It may run others as well. */
export interface RunProcess {
  /** Stops the session. */
  readonly signal: AbortSignal;
  /** Whether SIGTERM caused that. */
  readonly isTerminated: () => boolean;
  /** The sandbox for the session's code. */
  readonly sandbox: (
    session: string | undefined,
    options: { readonly startsPrograms: boolean },
  ) => SandboxLoading;
  /** Gives up rights that no session here needs, before a model's code runs. */
  readonly dropPermissions: (config: Config, needs: RunNeeds) => Promise<void>;
  readonly reports: Reports;
  /** Runs `task` after the session's lease is given back. It does not run if the session was not opened. */
  readonly whenClosed: (task: () => void) => void;
  /** Sends the reports that earlier processes left in the store. Absent if the process does that by itself. */
  readonly sweepReports?: (store: SessionStore) => void;
  /** Bounds the time of a stop. Absent if the host of many sessions does that. */
  readonly stopBound?: Pick<StopBound, "uses" | "runs">;
  /** Only for the host of many sessions. */
  readonly hosting?: Hosting;
  /** Further changes of the summary when the session is opened. */
  readonly changeAtStart?: SessionChange;
}

/** A process that runs one session and then ends. */
export function processOfOneRun(
  world: World,
  interrupts: Interrupts,
  shared: Pick<RunProcess, "reports" | "whenClosed" | "sweepReports" | "stopBound">,
): RunProcess {
  return {
    ...shared,
    signal: interrupts.signal,
    isTerminated: () => interrupts.signalName() === "SIGTERM",
    sandbox: (session, options) => sandboxLoader(world, interrupts, { session, ...options }),
    dropPermissions,
  };
}

/** What a run needs rights for. */
interface RunNeeds {
  readonly servers: OpenedTools | undefined;
  readonly kept: KeptSession | undefined;
}

async function dropPermissions(
  { model, rawModel, runtime, notify, telemetry }: Config,
  { servers, kept }: RunNeeds,
): Promise<void> {
  const isKeptRemotely = kept !== undefined && kept.store.folder === undefined;
  if (servers?.sends || isKeptRemotely || notify.url !== "" || telemetry.isOn) return;
  const offline = (provider: string | undefined) =>
    provider === undefined || provider === "rehearsal" || provider === "replay";
  if (offline(model.provider) && offline(rawModel?.provider) && runtime.permissions.net.length === 0) {
    await Deno.permissions.revoke({ name: "net" });
  }
}
