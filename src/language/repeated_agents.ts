import type { Element } from "./elements.ts";

/**
 * Removes each agent that an earlier import, or the file itself, has already brought into the program. So a file of agents
 * counts once, though several files import it. An agent stays if text of another file has joined it: the program then has
 * two agents of one name, which is a problem.
 */
export function withoutRepeatedAgents(elements: readonly Element[]): readonly Element[] {
  const firsts = new Map<string, readonly string[]>();
  return runsOfAgents(elements).flatMap((run) => {
    const [heading] = run;
    if (heading === undefined || !beginsAgent(heading)) return run;
    const place = placeOf(heading);
    const places = run.filter((element) => !isBlank(element)).map(placeOf);
    const first = firsts.get(place);
    if (first === undefined) firsts.set(place, places);
    return first !== undefined && places.every((each, index) => each === first[index]) ? [] : run;
  });
}

/** Splits before each heading of an agent. */
function runsOfAgents(elements: readonly Element[]): Element[][] {
  const runs: Element[][] = [[]];
  for (const element of elements) {
    if (beginsAgent(element)) runs.push([]);
    runs[runs.length - 1]!.push(element);
  }
  return runs;
}

function beginsAgent(element: Element): boolean {
  return element.kind === "heading" && element.level === 1;
}

function isBlank(element: Element): boolean {
  return element.kind === "text" && element.text.trim() === "" || element.kind === "rule";
}

function placeOf({ line }: Element): string {
  return `${line.line} ${line.file}`;
}
