import type { Mutant } from "./mutant.ts";
import { cliMutants } from "./mutants/cli.ts";
import { journalMutants } from "./mutants/journal.ts";
import { modelMutants } from "./mutants/model.ts";
import { programMutants } from "./mutants/program.ts";
import { runtimeMutants } from "./mutants/runtime.ts";
import { sandboxMutants } from "./mutants/sandbox.ts";
import { sessionsMutants } from "./mutants/sessions.ts";
import { trustMutants } from "./mutants/trust.ts";
import { uiMutants } from "./mutants/ui.ts";

/** All bugs that are planted: by the folders of `src`, and those of trust, which are in several, at the end. */
export const mutants: readonly Mutant[] = [
  ...programMutants,
  ...runtimeMutants,
  ...journalMutants,
  ...sessionsMutants,
  ...sandboxMutants,
  ...modelMutants,
  ...cliMutants,
  ...uiMutants,
  ...trustMutants,
];
