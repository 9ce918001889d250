import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { serveHttp } from "../../../frontends/http/mod.ts";
import { mcpHttpApp, serveMcpStreams } from "../../../frontends/mcp/mod.ts";
import { writeAll } from "../../../frontends/mod.ts";
import { executionKey, realPaths } from "../../../store/mod.ts";
import { affordableBounds } from "../../affordable_bounds.ts";
import { expandPaths } from "../../read_files.ts";
import { accessOf, requireProgram } from "../../read_program.ts";
import { checkedModels } from "../../session_models.ts";
import { printNotices } from "../../stored_sessions.ts";
import { notKept, usageError } from "../../usage_error.ts";
import { tell } from "../../../frontends/tell.ts";
import { tellIgnored } from "../../other_variables.ts";
import { requireTrustInStorage } from "../../trust.ts";
import { version } from "../../../version.ts";
import type { World } from "../../world.ts";
import { withoutFlags } from "../../host/session_host.ts";
import { beginQueued } from "../run/detach.ts";
import { type Interrupts, listenForInterrupts } from "../run/interrupts.ts";
import { type Beginning, checkServers, trustedConfig } from "../run/job.ts";
import type { RunCommand } from "../run/options.ts";
import { isLoopbackHost, ownNames } from "../serve/flags.ts";
import { silentChannels } from "../serve/served_programs.ts";
import { ServedRuns } from "../serve/served_runs.ts";
import { serverToken } from "../serve/token.ts";
import { faultOfArguments } from "./argument_fault.ts";
import { CalledSessions } from "./called_sessions.ts";
import { type ProgramTool, toolsOfProgram } from "./offered_program.ts";
import type { McpOptions } from "./options.ts";
import { McpReport } from "./report.ts";

/** Bytes of one message of a client. */
const maxMessageBytes = 4 * 1024 * 1024;
/** Clients of an older protocol, over HTTP. */
const maxConnections = 200;

/** `playbooks mcp`: offers a program's public playbooks as tools, until the client goes or a signal comes. */
export async function mcp(options: McpOptions, world: World): Promise<ExitCode> {
  const { needless } = options;
  if (needless !== undefined) throw usageError(`--${needless} is for a server over HTTP; add --http`);
  const report = new McpReport(world, options);
  const program = await openProgram(options, world);
  const library = await import("../../../frontends/mcp/mcp_server_library.ts");
  using interrupts = listenForInterrupts();
  const { config, key, tools } = program;
  await using runs = new ServedRuns(options, {
    config,
    interrupts,
    world,
    accepts: ({ session }) => calls.isOwn(session),
    hear: (id, event) => calls.hear(id, event),
    warn: (text) => report.warning(text),
    tell: (fact) => {
      report.taker(fact);
      calls.hearTaker(fact);
    },
  });
  const calls: CalledSessions = new CalledSessions({
    tools,
    program: key,
    runs,
    closing: interrupts.signal,
    maxCalls: options.maxCalls,
    faultOf: (tool, given) => faultOfArguments(library.CfWorkerJsonSchemaValidator, tool, given),
    make: ({ call, name, request }) =>
      beginQueued(program.job, { ...program.command, call, name }, { request, store: runs.store }),
  });
  // A database that cannot be used is told at the start, and not to the first client.
  await Promise.race([runs.store.lastFor(key), signalled(interrupts.signal)]);
  const { title, description } = program.source.program;
  const parts = {
    calls,
    name: "playbooks",
    ...(title === "" ? {} : { title }),
    ...(description === "" ? {} : { instructions: description }),
    version,
    onFault: (error: unknown) => report.fault(error),
    onNote: (error: Error) => report.note(error.message),
  };
  report.begin({ tools: tools.length, location: runs.store.location });
  const close = await listen(options, { library, parts, world, interrupts, report });
  let left: readonly string[];
  try {
    left = await runs.run();
  } finally {
    await close();
  }
  printNotices(runs.store, world);
  report.end(left);
  return exitCodes.ok;
}

function signalled(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A program that is ready to be offered. */
interface OpenedProgram {
  readonly config: Beginning["config"];
  readonly source: NonNullable<Beginning["source"]>;
  readonly job: Beginning;
  readonly command: RunCommand;
  readonly tools: readonly ProgramTool[];
  /** The key of its sessions. */
  readonly key: string;
}

/** Reads the program and checks all that a call needs. Throws a `PlaybooksError` (exit 2). */
async function openProgram(options: McpOptions, outer: World): Promise<OpenedProgram> {
  // The standard input is the protocol's, so it is no message of a program.
  const world: World = { ...outer, stdin: { ...outer.stdin, isTerminal: () => true } };
  const { trust, config: file, model } = options;
  const files = expandPaths(options.files, world.cwd);
  const command: RunCommand = {
    ...withoutFlags,
    files,
    parameters: {},
    trust,
    ...(file === undefined ? {} : { config: file }),
    ...(model === undefined ? {} : { model }),
  };
  const ui = silentChannels();
  const config = await trustedConfig(command, files[0], { world, ui });
  tellIgnored(config.ignored, (text) => tell(world.stderr, `⚠️  ${text}\n`));
  requireTrustInStorage(config);
  if (!config.durabilityEnabled) {
    throw usage(notKept("the session of a call"));
  }
  const source = await requireProgram(files, world, { ...accessOf(config), use: "call" });
  const paths = realPaths(files);
  const job = { command, world, config, ui, source, paths };
  await checkServers(job, source.program);
  using _ = await checkedModels(config, source.program, world);
  const tools = toolsOfProgram(source.program);
  if (tools.length === 0) {
    throw usage(
      `${source.paths.join(", ")} has no public playbook: add "public: true" below a playbook's heading, ` +
        "or the tag @public to a function",
    );
  }
  return { config, source, job, command, tools, key: await executionKey(paths) };
}

/** Begins to serve, and returns a function that ends it. */
async function listen(
  { http }: McpOptions,
  { library, parts, world, interrupts, report }: {
    readonly library: Parameters<typeof serveMcpStreams>[0];
    readonly parts: Parameters<typeof serveMcpStreams>[1];
    readonly world: World;
    readonly interrupts: Interrupts;
    readonly report: McpReport;
  },
): Promise<() => Promise<void>> {
  if (!http) {
    const end = new AbortController();
    const served = serveMcpStreams(library, parts, {
      ...world,
      maxMessageBytes,
      signal: end.signal,
      // After a signal, the end of the input is no second one.
      onEnd: () => interrupts.signal.aborted || interrupts.interrupt(),
    });
    return async () => {
      end.abort();
      await served;
    };
  }
  const { token, notices } = serverToken(http, world);
  for (const notice of notices) report.note(notice);
  let port = http.port;
  const names = [...http.names, ...ownNames(http.host)];
  const app = mcpHttpApp(library, {
    ...parts,
    access: () => ({ token, port, isLoopback: isLoopbackHost(http.host), names }),
    maxBodyBytes: maxMessageBytes,
    maxConnections,
  });
  const server = await serveHttp(await import("../../../frontends/http/http_library.ts"), {
    hostname: http.host,
    port,
    bounds: { ...affordableBounds(), maxBodyBytes: maxMessageBytes },
    fetch: app.fetch,
    onFault: (error) => report.fault(error),
  });
  port = server.port;
  const host = http.host.includes(":") ? `[${http.host}]` : http.host;
  writeAll(world.stdout, `http://${host}:${port}/mcp\n`);
  if (http.tokenFile === undefined) writeAll(world.stdout, `Authorization: Bearer ${token}\n`);
  return async () => {
    await app.close();
    await server.close();
  };
}

function usage(why: string): PlaybooksError {
  return new PlaybooksError(`Cannot offer the program: ${why}`, { exitCode: exitCodes.usage });
}
