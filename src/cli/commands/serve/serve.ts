import { resolve } from "@std/path";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { type AccessOptions, httpApp, type PageAssets, serveHttp } from "../../../frontends/http/mod.ts";
import type { Config } from "../../config.ts";
import { loadConfig } from "../../load_config.ts";
import { affordableBounds } from "../../affordable_bounds.ts";
import { isThere } from "../../is_there.ts";
import { expandPaths } from "../../read_files.ts";
import { printNotices } from "../../stored_sessions.ts";
import { tell } from "../../../frontends/tell.ts";
import { tellIgnored } from "../../other_variables.ts";
import { requireTrustInStorage } from "../../trust.ts";
import type { World } from "../../world.ts";
import { listenForInterrupts } from "../run/interrupts.ts";
import { isLoopbackHost, ownNames } from "./flags.ts";
import type { ServeOptions } from "./options.ts";
import { ServeReport } from "./report.ts";
import { ServedPrograms } from "./served_programs.ts";
import { ServedRuns } from "./served_runs.ts";
import { FoundSessions } from "./found_sessions.ts";
import { asRequestError } from "./request_errors.ts";
import { StoredActions } from "./stored_actions.ts";
import { StoredServed } from "./stored_served.ts";
import { serverToken } from "./token.ts";

/** The page of a server. */
interface ServedPage {
  readonly assets: PageAssets;
  /** Called when the server listens. */
  readonly open?: (address: string) => void;
}

/** `playbooks serve`: offers sessions over HTTP, with a page or without, until a signal comes. */
export async function serve(options: ServeOptions, world: World, page?: ServedPage): Promise<ExitCode> {
  const files = expandPaths(options.files, world.cwd);
  const config = serverConfig(options, files, world);
  const { token, notices } = serverToken(options, world);
  const report = new ServeReport(world, options);
  for (const notice of notices) report.note(notice);
  for (const file of files.filter((file) => !isThere(resolve(world.cwd, file)))) {
    report.warning(`${file} is not there, so clients cannot start it`);
  }
  using interrupts = listenForInterrupts();
  await using runs = new ServedRuns(options, {
    config,
    interrupts,
    world,
    tell: (fact) => report.taker(fact),
    warn: (text) => report.warning(text),
  });
  const { store } = runs;
  const programs = new ServedPrograms(files, { world, options, store });
  const found = new FoundSessions(runs);
  const sessions = new StoredServed({ runs, programs, found, world });
  const actions = new StoredActions({ runs, programs, found, world });
  const { server, closeStreams } = await listen(options, { sessions, actions, token, page, world, report });
  const address = report.begin({
    port: server.port,
    token,
    programs: files.length,
    location: store.location,
  });
  page?.open?.(address);
  let left: readonly string[];
  try {
    left = await runs.run();
  } finally {
    // The server waits for its answers, and a stream has no end.
    closeStreams();
    await server.close();
  }
  printNotices(store, world);
  report.end(left);
  return exitCodes.ok;
}

function serverConfig(
  { trust, config: file }: ServeOptions,
  [programFile]: readonly string[],
  world: World,
): Config {
  const config = loadConfig({
    trust,
    ...(file === undefined ? {} : { config: file }),
    ...(programFile === undefined ? {} : { programFile }),
  }, world);
  tellIgnored(config.ignored, (text) => tell(world.stderr, `⚠️  ${text}\n`));
  requireTrustInStorage(config);
  return config;
}

async function listen(
  { host, port, names }: ServeOptions,
  { sessions, actions, token, page, world, report }: {
    readonly sessions: StoredServed;
    readonly actions: StoredActions;
    readonly token: string;
    readonly page: ServedPage | undefined;
    readonly world: World;
    readonly report: ServeReport;
  },
) {
  const library = await import("../../../frontends/http/http_library.ts");
  const bounds = affordableBounds();
  let access: AccessOptions = {
    token,
    port,
    isLoopback: isLoopbackHost(host),
    names: [...names, ...ownNames(host)],
  };
  const app = httpApp(library, {
    sessions,
    actions,
    worded: asRequestError,
    access: () => access,
    bounds,
    nowMs: world.now,
    ...(page ? { page: page.assets } : {}),
    onFault: (error) => report.fault(error),
  });
  const server = await serveHttp(library, {
    hostname: host,
    port,
    bounds,
    fetch: app.fetch,
    onFault: (error) => report.fault(error),
  });
  access = { ...access, port: server.port };
  return { server, closeStreams: app.close };
}
