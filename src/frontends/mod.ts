export { endRun, tellFact, unresponsiveLines } from "./fact_lines.ts";
export { openUi } from "./open.ts";
export { UiFrontEnd } from "./ui_front_end.ts";
export { Sentinel } from "./sentinel.ts";
export type { RunEnd, RunUi, UiOptions } from "./run_ui.ts";
export { ClosedOutputError, type Input, type Output, writeAll } from "./streams.ts";
