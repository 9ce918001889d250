import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { tell } from "../../../frontends/tell.ts";
import { cleanLine } from "../../../text/mod.ts";
import { hostSandbox, registryPaceMs, SessionHost } from "../../host/session_host.ts";
import { SessionTaker } from "../../host/session_taker.ts";
import { retryChanges } from "../../host/retry_policy.ts";
import { loadConfig } from "../../load_config.ts";
import { rememberStorage, sessionsOf } from "../../stored_sessions.ts";
import { tellIgnored } from "../../other_variables.ts";
import { requireTrustInStorage } from "../../trust.ts";
import { notKept, usageError } from "../../usage_error.ts";
import type { World } from "../../world.ts";
import { listenForInterrupts } from "../run/interrupts.ts";
import type { WorkerOptions } from "./options.ts";
import { WorkerReport } from "./report.ts";

/** `playbooks worker`: runs the sessions that can go on, until a signal comes. */
export async function worker(command: WorkerOptions, world: World): Promise<ExitCode> {
  const { concurrency, untilIdle, json, trust, config: file } = command;
  const given = { trust, ...(file === undefined ? {} : { config: file }) };
  const config = loadConfig(given, world);
  tellIgnored(config.ignored, (text) => tell(world.stderr, `⚠️  ${text}\n`));
  requireTrustInStorage(config);
  if (!config.durabilityEnabled) throw usageError(notKept("the sessions of a worker"));
  const store = sessionsOf(config, world, { registryPaceMs });
  rememberStorage(store, world);
  using interrupts = listenForInterrupts();
  const report = new WorkerReport(world, { json });
  await using host = new SessionHost({
    store,
    world,
    concurrency,
    sandbox: hostSandbox(world, interrupts),
    options: given,
    knownFiles: config.files,
    maxWaits,
    changes: retryChanges(world.now),
    observer: { fact: (id, fact) => report.fact(id, fact) },
    isStopping: interrupts.isPending,
  });
  const taker = new SessionTaker({
    store,
    host,
    now: world.now,
    tell: (fact) => report.taker(fact),
    isStopping: interrupts.isPending,
    untilIdle,
  });
  report.begin({ location: store.location, concurrency });
  const left = await taker.run(interrupts.signal);
  const late = await host.close({ handBack: true, withinMs: closeMs });
  await store.flushIndexes({ atOnce: true });
  for (const notice of store.takeNotices()) tell(world.stderr, `⚠️  ${cleanLine(notice)}\n`);
  const exit = exitOf(left?.refusals ?? []);
  report.end({ late, left, exit });
  return exit;
}

/** The exit code for sessions that were refused. What a person must fix counts first. */
function exitOf(refusals: readonly unknown[]): ExitCode {
  const codes = refusals.map((error) => error instanceof PlaybooksError ? error.exitCode : exitCodes.failed);
  return codes.find((code) => code === exitCodes.usage) ?? codes[0] ?? exitCodes.ok;
}

/** A person answers later than that, so a session that waits gives its place to others at once. */
const maxWaits = { personMs: 0, timerMs: 1_000 };

/**
 * A session stops between two entries. Code that runs without an await, or a database that does not answer, may take longer:
 * a kill is safe for it. Containers are killed after 10 seconds.
 */
const closeMs = 7_000;
