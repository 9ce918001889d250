/** The mechanical reader of steps: no model at all. */
export { openRehearsal } from "./model.ts";
export { rehearse } from "./rehearse.ts";
