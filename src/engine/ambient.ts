import { type AgentClass, nameKey, type Playbook, type Program, type Trigger } from "../language/mod.ts";
import { Definitions, peopleIn } from "./definitions.ts";
import type { Question } from "./event.ts";
import type { State } from "./fold/state.ts";
import type { Programs } from "./programs.ts";

/**
 * The wait of an ambient program: all playbooks have returned, and a person can set off a trigger. The next words go to
 * the agent that spoke with a person last. It follows from the state, so that each run of the session waits again.
 */
export function ambientQuestion(state: State, programs: Programs): Question | undefined {
  if (state.end || state.isCalled || state.next.frame === 1 || Object.keys(state.frames).length > 0) {
    return undefined;
  }
  const definitions = new Definitions(state, programs);
  const agents = Object.values(state.agents).flatMap((agent) => {
    const agentClass = definitions.classesOf(agent.id)[0]?.agentClass;
    return agentClass && agentClass.type !== "Human" ? [{ agent, agentClass }] : [];
  });
  if (agents.some(({ agent }) => agent.begins.length > 0 || agent.inbox.length > 0)) return undefined;
  const program = definitions.programOf(state.source);
  const ready = agents.filter(({ agentClass }) => listensToPersons(agentClass, program));
  if (ready.length === 0) return undefined;
  const persons = peopleIn(state, programs).map(({ name }) => name);
  const spoken = Object.entries(state.spokeWith ?? {}).filter(([person, id]) =>
    persons.includes(person) && agents.some(({ agent }) => agent.id === id)
  );
  const [person = persons[0]!, id = ready[0]!.agent.id] = spoken.at(-1) ?? [];
  return {
    id: `ambient@${state.next.message}`,
    agent: id,
    klass: state.agents[id]!.klass,
    person,
    ...(persons.length > 1 ? { persons: [person, ...persons.filter((name) => name !== person)] } : {}),
    isAmbient: true,
  };
}

/** Whether words end an ambient program. */
export function endsProgram(words: string): boolean {
  return /^\s*(?:exit|quit)\s*$/i.test(words);
}

function listensToPersons({ playbooks }: AgentClass, program: Program): boolean {
  return playbooks.some((playbook) =>
    playbook.triggers.some((trigger) => canPersonSetOff(playbook, trigger, program))
  );
}

/**
 * Whether a person's words can set off a trigger: it is no condition over variables, no invitation to a meeting, and not
 * about the words of another agent, or about the agent's own needs.
 */
function canPersonSetOff({ meeting }: Playbook, { kind, when, text }: Trigger, program: Program): boolean {
  if (kind === "begin" || when !== undefined || meeting || /\binvited to\b/i.test(text)) return false;
  if (kind === "condition" && /^(?:when(?:ever)?|if|once|as soon as)\s+you\b/i.test(text)) return false;
  const sender = /\b(?:from|by)\s+(?:the |an? |another )?(.+?)\W*$/i.exec(text)?.[1];
  const subject =
    /^(?:when(?:ever)?|if|once|as soon as)\s+(?:the |an? |another )?(.+?)\s+(?:asks?|sends?|says?|tells?|requests?|wants?|replies|answers|gives?|provides?|reports?)\b/i
      .exec(text)?.[1];
  return ![sender, subject].some((name) => name !== undefined && namesAgent(name, program));
}

function namesAgent(name: string, { agents }: Program): boolean {
  const key = nameKey(name);
  return /^(?:other )?agents?$/i.test(name.trim()) ||
    agents.some((agent) =>
      agent.type !== "Human" &&
      [nameKey(agent.name), nameKey(agent.title), `${nameKey(agent.name)}agent`].includes(key)
    );
}
