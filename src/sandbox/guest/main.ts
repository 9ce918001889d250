/// <reference path="./globals.d.ts" />
/**
 * The guest's entry point: what `deno task guest` bundles into `guest.js`, the one script that every sandbox instance runs
 * first. It may use nothing but the language itself and what `globals.d.ts` declares.
 */
import { createCodec } from "../host/codec.ts";
import { createGuest } from "./guest.ts";
import { publishApi } from "./guest_api.ts";
import { createErrors } from "./guest_errors.ts";
import { createLists } from "./guest_lists.ts";
import { createObjects } from "./guest_objects.ts";
import { createPrimordials } from "./guest_primordials.ts";
import { createState } from "./guest_state.ts";
import { createWorld } from "./guest_world.ts";

Object.assign(
  control,
  createGuest(halt, ask, {
    createPrimordials,
    createCodec,
    createErrors,
    createObjects,
    createLists,
    createState,
    createWorld,
    publishApi,
  }, JSON.parse(builtinsText)),
);
