import type { FrontEnd, LiveSession, RunFact, RunResult } from "../../../session/mod.ts";
import { endRun, printFact, type RunUi, UiFrontEnd } from "../../../frontends/mod.ts";

/**
 * The channels between a run and its user. A terminal and a script have the same ones; the host of many sessions has
 * others.
 */
export interface RunChannels extends Pick<RunUi, "begin" | "tell" | "confirm" | "allInput"> {
  /** Shows the session, and brings the answers of persons. */
  readonly frontEnd: FrontEnd;
  /** Reports a fact about the run. */
  fact(fact: RunFact): void;
  /** Called once, before the session runs. */
  live?(session: LiveSession): void;
  /** Reports how the run ended. Only the first call counts. */
  end(end: Parameters<RunUi["end"]>[0], result?: RunResult): void;
}

/** The channels of a run that one person or one script started. */
export function channelsOf(ui: RunUi): RunChannels {
  return {
    frontEnd: new UiFrontEnd(ui),
    fact: (fact) => printFact(ui, fact),
    begin: (beginning) => ui.begin?.(beginning),
    tell: (line) => ui.tell(line),
    confirm: (question) => ui.confirm(question),
    allInput: () => ui.allInput(),
    end: (end, result) => result ? endRun(ui, end, result) : ui.end(end),
  };
}
