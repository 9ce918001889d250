import type { Mutant } from "./mutant.ts";
import { cliMutants } from "./mutants/cli.ts";
import { codeMutants } from "./mutants/code.ts";
import { encryptionMutants } from "./mutants/encryption.ts";
import { journalMutants } from "./mutants/store_journal.ts";
import { mcpMutants } from "./mutants/mcp.ts";
import { modelMutants } from "./mutants/model.ts";
import { postgresMutants } from "./mutants/postgres.ts";
import { programMutants } from "./mutants/language.ts";
import { runtimeMutants } from "./mutants/engine.ts";
import { sandboxMutants } from "./mutants/sandbox.ts";
import { serveMutants } from "./mutants/serve.ts";
import { sessionsMutants } from "./mutants/store_sessions.ts";
import { sessionMutants } from "./mutants/session.ts";
import { studioMutants } from "./mutants/studio.ts";
import { toolMutants } from "./mutants/tools.ts";
import { trustMutants } from "./mutants/trust.ts";
import { upgradeMutants } from "./mutants/upgrade.ts";
import { uiMutants } from "./mutants/frontends.ts";
import { observingMutants } from "./mutants/observing.ts";
import { workerMutants } from "./mutants/workers.ts";

/** All planted bugs, by the folders of `src`. The bugs of code and of trust come last, because they are in several folders. */
export const mutants: readonly Mutant[] = [
  ...programMutants,
  ...runtimeMutants,
  ...journalMutants,
  ...encryptionMutants,
  ...postgresMutants,
  ...sessionsMutants,
  ...sandboxMutants,
  ...modelMutants,
  ...cliMutants,
  ...uiMutants,
  ...sessionMutants,
  ...observingMutants,
  ...workerMutants,
  ...studioMutants,
  ...serveMutants,
  ...mcpMutants,
  ...toolMutants,
  ...codeMutants,
  ...upgradeMutants,
  ...trustMutants,
];
