import type { ExitCode } from "../errors.ts";
import type { Command } from "./command.ts";
import { noProxyWithLoopback } from "../model/mod.ts";
import { resume, run } from "./run.ts";
import type { World } from "./world.ts";

/** A command that reads programs or sessions. */
export type WorkingCommand = Exclude<Command, { readonly kind: "help" | "version" | "completions" }>;

/**
 * Does what a command asks for.
 *
 * What a run needs is loaded with this file, for every command, in one go: V8's compiled code of what a compiled program
 * imports first is kept by Deno, from the first time that it ever runs, whatever the command was. What is imported later
 * is compiled each time.
 */
export async function work(command: WorkingCommand, world: World): Promise<ExitCode> {
  const noProxy = noProxyWithLoopback((name) => world.environment[name]);
  // Of the two names the HTTP client takes the one that is set.
  if (noProxy !== undefined) { for (const name of ["NO_PROXY", "no_proxy"]) Deno.env.set(name, noProxy); }
  switch (command.kind) {
    case "run":
      return await run(command, world);
    case "resume":
      return await resume(command, world);
    case "check":
      return await (await import("./check.ts")).check(command.files, world);
    case "compile":
      return await (await import("./compile.ts")).compile(command, world);
    case "sessions list":
      return await (await import("./sessions_list.ts")).sessionsList(command, world);
    case "sessions show":
      return await (await import("./sessions_show.ts")).sessionsShow(command, world);
    case "sessions verify":
      return await (await import("./sessions_verify.ts")).sessionsVerify(command, world);
    case "crash-test":
      return await (await import("./crash_test.ts")).crashTest(command, world);
    case "config show":
      return (await import("./config_show.ts")).configShow(command, world);
    case "models":
      return await (await import("./models.ts")).models(command, world);
    case "trust":
      return (await import("./trust.ts")).trust(command, world);
    case "demo":
      return await (await import("../../extras/demo/demo.ts")).demo(world);
  }
}
