import type { SessionClock } from "./clock.ts";
import type { Definitions } from "./definitions.ts";
import type { EntryWriter } from "./entry_writer.ts";
import type { Ui } from "./event.ts";
import type { InFlight } from "./in_flight.ts";
import type { Schedule } from "./schedule.ts";
import type { State } from "./fold/state.ts";
import type { EngineWorld } from "./world.ts";

/** The members that all parts of a session share. Each one changes only its own data; only `writer` changes `state`. */
export interface SessionContext {
  readonly state: State;
  readonly world: EngineWorld;
  readonly ui: Ui;
  readonly clock: SessionClock;
  readonly writer: EntryWriter;
  readonly schedule: Schedule;
  readonly definitions: Definitions;
  readonly inFlight: InFlight;
}
