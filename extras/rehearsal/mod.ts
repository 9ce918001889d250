/** The rehearsal: a mechanical reader of steps. */
export { openRehearsal } from "./model.ts";
export { rehearse } from "./rehearse.ts";
