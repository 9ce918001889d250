import type { Extras } from "../src/cli/main.ts";
import { demoCommand } from "./demo/command.ts";
import { rehearsalModel } from "./rehearsal/register.ts";

/** The commands and models outside the core. main.ts gives them to the command line. */
export const extras: Extras = { commands: [demoCommand], models: [rehearsalModel] };
