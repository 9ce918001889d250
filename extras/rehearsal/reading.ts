import type { ModelRequest, RequestedTurn } from "../../src/model/mod.ts";

/** The facts about a turn that the rehearsal uses. */
export interface Reading {
  readonly playbook: string;
  readonly klass: string;
  /** Whether the playbook is of a meeting: its words and waits are for the meeting. */
  readonly isInMeeting: boolean;
  /** The agent's name as the program writes it. */
  readonly title: string;
  /** Own playbooks. */
  readonly playbooks: readonly Declared[];
  /** Other classes, each with its playbooks. */
  readonly others: readonly { readonly klass: string; readonly playbooks: readonly Declared[] }[];
  readonly people: readonly string[];
  /** Display names of persons that differ from their names. */
  readonly displayNames: readonly { readonly displayName: string; readonly name: string }[];
  readonly triggers: readonly { readonly text: string; readonly playbook: string }[];
  /** Playbooks on the stack, including this one. A step in plain words never calls them again. */
  readonly stack: readonly string[];
  readonly steps: readonly StepText[];
  /** Top-level steps up to this number are done; `""` at the start. */
  readonly done: string;
  /** The reference to what a person said last, in an earlier turn. */
  readonly lastReply: string | undefined;
  /** The variable with the last reply of each person, from earlier turns. */
  readonly replies: ReadonlyMap<string, string>;
  readonly args: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, unknown>>;
  readonly locals: Readonly<Record<string, unknown>>;
}

/** A playbook that steps can call. */
export type Declared = RequestedTurn["playbook"];

/** A numbered step with the steps below it. */
export type StepText = Declared["steps"][number];

/** Collects the facts of a turn. The request gives only the rehearsal's own earlier answers. */
export function readTurn(turn: RequestedTurn, request: ModelRequest): Reading {
  const { agentClass, playbook, classes, stack, args, state, locals } = turn;
  const others = classes.filter(({ name, type }) => name !== agentClass.name && type !== "Human");
  const answers = turn.turn === 1 ? [] : request.messages.filter(({ role }) => role === "assistant");
  const answer = answers.at(-1)?.text ?? "";
  const people = classes.filter(({ type }) => type === "Human").map(({ name }) => name);
  return {
    playbook: playbook.name,
    klass: agentClass.name,
    isInMeeting: playbook.meeting,
    title: agentClass.title,
    playbooks: callable(agentClass.playbooks),
    others: others.map(({ name, playbooks }) => ({ klass: name, playbooks: callable(playbooks) })),
    people: people.length > 0 ? people : ["user"],
    displayNames: classes.flatMap(({ name, person }) =>
      person === undefined || person.displayName === name ? [] : [{ displayName: person.displayName, name }]
    ),
    triggers: agentClass.playbooks.flatMap(({ name, triggers }) =>
      triggers.filter(({ kind, when }) => kind !== "begin" && when === undefined)
        .map(({ text }) => ({ text, playbook: name }))
    ),
    stack,
    steps: playbook.steps,
    done: turn.turn === 1 ? "" : positionIn(playbook.steps, turn.step ?? "", answer),
    lastReply: repliesIn(answer).at(-1)?.[1],
    replies: new Map(answers.flatMap(({ text }) => repliesIn(text))),
    args,
    state,
    locals,
  };
}

/** The replies that code of an earlier turn waited for, in order: who was asked, and the variable that has the reply. */
function repliesIn(answer: string): (readonly [person: string, reference: string])[] {
  return [...answer.matchAll(/([\p{L}\p{M}\p{N}_.]+) = (?:asValue\()?await Yield\("([^"]+)"/gu)]
    .map((match) => [match[2]!, match[1]!]);
}

/** The comment behind a top-level step, by which a later answer finds the step in an edited program. */
export function stepMark({ number, text }: StepText): string {
  return `Step(${JSON.stringify(number)}); // ${onOneLine(text)}`;
}

/** A text without line breaks. */
export function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function callable(playbooks: readonly Declared[]): Declared[] {
  return playbooks.filter(({ hidden }) => !hidden);
}

/** The last step that is done: the one with the text that the last answer wrote, else the one with the reached number. */
function positionIn(steps: readonly StepText[], step: string, answer: string): string {
  const reached = /(?:^|:)(\d+)[\d.]*$/.exec(step)?.[1] ?? "";
  const text = answer.matchAll(/^Step\("(\d+)"\); \/\/ (.*)$/gm).toArray()
    .findLast(([, number]) => number === reached)?.[2];
  const same = steps.filter((each) => onOneLine(each.text) === text);
  return (same.find(({ number }) => number === reached) ?? same[0])?.number ?? reached;
}
