/** The compiled program's main module. */
import { catchEarlySignals } from "../src/frontends/early_signals.ts";
import { version } from "../src/version.ts";
import { load } from "./load.ts";
catchEarlySignals(Deno.args);
// Shells and package managers often ask for the version, so it does not wait for the program to load.
// deno-lint-ignore no-console
if (Deno.args.length === 1 && Deno.args[0] === "--version") console.log(`playbooks ${version}`);
else load("program");
