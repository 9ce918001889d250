export { endingMessage, endRun, printFact, unresponsiveLines } from "./fact_lines.ts";
export { failedEndText } from "./json_line.ts";
export { openUi } from "./open.ts";
export { readAddressed, unknownPersonText } from "./addressed.ts";
export { UiFrontEnd } from "./ui_front_end.ts";
export { Sentinel } from "./sentinel.ts";
export type { RunUi, UiOptions } from "./run_ui.ts";
export { writeAll } from "./streams.ts";
