import { peopleOf, type Program } from "../../language/mod.ts";
import type { Message } from "../fold/entry.ts";
import { participatingPersons } from "../fold/meetings.ts";
import type { Meeting, State } from "../fold/state.ts";
import { hearingInMeeting } from "../meeting_listeners.ts";

/** The persons in a meeting who are shown words of an agent, by their delivery: at once, or kept first. */
export function hearersOf(
  { state, program }: { readonly state: State; readonly program: Program },
  meeting: Meeting,
  { text, attention: targets = [] }: Message,
): { readonly hearers?: readonly string[]; readonly held?: readonly string[] } {
  const members = participatingPersons(meeting);
  const all = peopleOf(program).filter((person) => {
    const id = Object.values(state.agents).find(({ klass }) => klass === person.name)?.id;
    const isMember = members.includes(person.name);
    return hearingInMeeting({ ...person, ...(id === undefined ? {} : { id }) }, { text, targets, isMember })
      .hears;
  });
  const named = (persons: typeof all) => persons.map(({ name }) => name);
  const hearers = named(all.filter(({ delivery }) => delivery.bufferMs === undefined));
  const held = named(all.filter(({ delivery }) => delivery.bufferMs !== undefined));
  return { ...(hearers.length > 0 ? { hearers } : {}), ...(held.length > 0 ? { held } : {}) };
}
