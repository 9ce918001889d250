/** Programs and settings of the original, in Python, to those of this version. Pure: no disk, no model. */
export { upgradeProgram } from "./program_file.ts";
export { publishCalled } from "./public_playbooks.ts";
export { upgradeSettings } from "./settings_file.ts";
export type { UpgradedFile } from "./upgraded_file.ts";
