/** Registers the models that main.ts registers, for tests that name the rehearsal without a command line. */
import { extras } from "../../extras/mod.ts";
import { registerModels } from "../../src/model/local_models.ts";

registerModels(extras.models);
