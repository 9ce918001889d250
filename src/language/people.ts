import { defaultDelivery } from "./delivery.ts";
import type { AgentClass, Person, Problem, Program } from "./program.ts";

/** The person at the terminal, in a program that declares no person. */
const defaultPerson: Person = {
  name: "user",
  displayName: "User",
  // No program says otherwise, and a person in a meeting wants to follow it.
  delivery: { ...defaultDelivery, meetings: "all" },
};

/** The persons of a program, in its order: those that it declares, else `user`. */
export function peopleOf({ agents }: Pick<Program, "agents">): readonly Person[] {
  const declared = agents.filter(({ type }) => type === "Human").map(personOf);
  return declared.length > 0 ? declared : [defaultPerson];
}

function personOf({ name, title, person }: AgentClass): Person {
  return { name, displayName: title, delivery: defaultDelivery, ...person };
}

/**
 * The person that a text names: a name or a display name in any spelling, or `user`. `user` and `human` mean the person
 * with this name, else the first one.
 */
export function personNamed<P extends Pick<Person, "name" | "displayName">>(
  people: readonly P[],
  spelling: string,
): P | undefined {
  const key = personKey(spelling);
  if (key === "") return undefined;
  return people.find(({ name }) => name === spelling.trim()) ??
    people.find(({ name }) => personKey(name) === key) ??
    people.find(({ displayName }) => personKey(displayName) === key) ??
    (isAnyUser(key) ? people[0] : undefined);
}

/** The letters and digits of a name, without case and accents. */
function personKey(spelling: string): string {
  // Most names are ASCII, and normalize() loads large tables at its first call.
  const plain = /^[\0-\x7f]*$/.test(spelling) ? spelling : spelling.normalize("NFKD");
  return plain.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

function isAnyUser(key: string): boolean {
  return /^(the)?(user|human)$/.test(key);
}

/** Display names that would name something else in code. */
const takenNames = /^((the)?(user|human)|anyone|anybody|meeting\d*|(agent)?\d+)$/;

/** Finds persons whose name also names another agent or person, and persons with steps or code. */
export function checkPeople(agents: readonly AgentClass[], problems: Problem[]): void {
  const owners = new Map(agents.toReversed().map((agent) => [personKey(agent.name), agent]));
  for (const agent of agents) {
    if (agent.type !== "Human") continue;
    const { location, title } = agent;
    const place = { location, length: Math.max(1, title.length) };
    const displayName = agent.person?.displayName ?? title;
    const key = personKey(displayName);
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, agent);
    const isSameClass = owner !== undefined && personKey(owner.name) === personKey(agent.name);
    if (owner !== undefined && !isSameClass) {
      const message = `Two ${owner.type === "Human" ? "persons" : "agents"} are called "${displayName}": ` +
        `the other one is in line ${owner.location.line} of ${owner.location.file}`;
      const hint = 'Give this person another "name:"';
      problems.push({ severity: "error", code: "duplicate-agent", message, hint, ...place });
    } else if (!isSameClass && takenNames.test(key)) {
      const message = `"${displayName}" cannot be the name of a person: in code it names something else`;
      problems.push({ severity: "error", code: "reserved-name", message, ...place });
    }
    if (agent.playbooks.length > 0 || agent.module !== undefined) {
      const what = agent.playbooks.length > 0 ? "playbooks" : "code";
      const message = `"${agent.name}" is a person: ${what} of persons ${
        what === "code" ? "is" : "are"
      } not run`;
      problems.push({ severity: "warning", code: "person-with-playbooks", message, ...place });
    }
  }
}

/** The problem of a program in which nothing can run, because all of its agents are persons. */
export function onlyPeople(agents: readonly AgentClass[]): Problem | undefined {
  const [first] = agents;
  if (first === undefined || agents.some(({ type }) => type !== "Human")) return undefined;
  return {
    severity: "error",
    code: "only-persons",
    message: agents.length === 1
      ? `The only agent of this program, "${first.name}", is a person: no agent could run`
      : "All agents of this program are persons: no agent could run",
    hint: 'Add an agent with a playbook, under a line like "# Host"',
    location: first.location,
    length: Math.max(1, first.title.length),
  };
}
