/// <reference path="./wrapper.d.ts" />
/**
 * The guest's entry point. `deno task guest` bundles it into one script. Every sandbox instance runs that script first.
 * The guest makes all globals of the sandbox. It may use only the language itself and the names in `wrapper.d.ts`.
 *
 * It runs once for many scopes. `begin` brings the data of one scope.
 */
import { load, runExpressions, runFunction, runTurn } from "./code.ts";
import { limitText } from "./guest_codec.ts";
import { deliver, give, next, replay } from "./deliveries.ts";
import { trackHandlers } from "./errors.ts";
import { cancelWaits, finish, isUnmoved, probe, settle } from "./finish.ts";
import { publishGlobals, publishScope } from "./globals.ts";
import { loadLibrary } from "./library_loader.ts";
import { library, setLibraryLoader } from "./library_slot.ts";
import { trackProxies } from "./ownership.ts";
import { primordials } from "./primordials.ts";
import { collect, hasEnded, salvage } from "./progress.ts";
import type { GuestControl, GuestSetup } from "./protocol.ts";
import { beginTurn } from "./turn.ts";
import { beginWorld, installWorld } from "./world.ts";

trackHandlers();
setLibraryLoader(loadLibrary);
installWorld();
trackProxies();
publishGlobals(primordials.parse(builtinsText));
Object.assign(
  control,
  {
    begin,
    preload: () => void library(),
    load,
    runTurn,
    runFunction,
    runExpressions,
    deliver,
    give,
    replay,
    next,
    salvage,
    collect,
    hasEnded,
    probe,
    isUnmoved,
    cancelWaits,
    settle,
    finish,
  } satisfies GuestControl,
);

function begin(setupText: string): void {
  const setup = primordials.parse(setupText) as GuestSetup;
  beginTurn(setup);
  limitText(setup.outputCharacters);
  beginWorld(setup.seed, setup.nowMs);
  publishScope(setup);
}
