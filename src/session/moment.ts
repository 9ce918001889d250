import type { Programs, State } from "../engine/mod.ts";
import type { SessionStatus } from "../store/mod.ts";
import { type SessionSnapshot, snapshotOf } from "./snapshot.ts";
import { reportState, type StateReport } from "./state_report.ts";

/** A session after some of its entries, with all that a page shows of it: plain data. */
export type MomentReport =
  & Omit<StateReport, "agents" | "end">
  & Omit<SessionSnapshot, "id" | "name" | "status" | "agents">
  & { readonly agents: readonly (StateReport["agents"][number] & { readonly entries: number })[] };

/** The report of a state. `programs` must hold its sources. Values are texts of at most `maxCharacters`. */
export function reportMoment(
  state: State,
  programs: Programs,
  { status, maxCharacters }: { readonly status: SessionStatus; readonly maxCharacters: number },
): MomentReport {
  const { agents, end: _end, ...report } = reportState(state, programs, { maxCharacters });
  const { id: _id, name: _name, status: _status, agents: counts, questions, ...facts } = snapshotOf(
    state,
    programs,
    { status },
  );
  const entries = new Map(counts.map(({ id, entries }) => [id, entries]));
  return {
    ...report,
    ...facts,
    questions: state.end ? [] : questions,
    agents: agents.map((agent) => ({ ...agent, entries: entries.get(agent.id) ?? 0 })),
  };
}
