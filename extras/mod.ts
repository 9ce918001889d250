import type { Extras } from "../src/cli/main.ts";
import { demoCommand } from "./demo/command.ts";
import { rehearsalModel } from "./rehearsal/register.ts";

/** Commands and models that the core does not know; main.ts gives them to the command line. */
export const extras: Extras = { commands: [demoCommand], models: [rehearsalModel] };
