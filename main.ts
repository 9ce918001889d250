import process from "node:process";
import { extras } from "./extras/mod.ts";
import { catchEarlySignals } from "./src/frontends/early_signals.ts";
import { reportFailure, runCommandLine } from "./src/cli/main.ts";
import type { World } from "./src/cli/world.ts";

// The compiled program has called it already.
catchEarlySignals(Deno.args);

const world: World = {
  programName: process.argv0,
  cwd: Deno.cwd(),
  environment: Deno.env.toObject(),
  stdin: Deno.stdin,
  stdout: Deno.stdout,
  stderr: Deno.stderr,
  now: Date.now,
  fetch: globalThis.fetch,
  columns: () => Deno.consoleSize().columns,
  rows: () => Deno.consoleSize().rows,
  ownsProcess: true,
};

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  Deno.exit(reportFailure(event.reason, world));
});
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  Deno.exit(reportFailure(event.error, world));
});

// Use no `await` at the top level: the compiled program is one classic script (see `build/`).
runCommandLine(Deno.args, world, extras).then((code) => Deno.exit(code));
