import { counted } from "../../../frontends/counted.ts";
import { planLines } from "../../../frontends/plan_lines.ts";
import { storyName } from "../../../frontends/story_lines.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { type OpenQuestion, type PastReport, personsAsked, type StateReport } from "../../../session/mod.ts";
import { costInWords } from "../../stored_sessions.ts";

/** The facts of a session that `sessions show` prints below its summary. */
export interface SessionDetails {
  readonly state: StateReport;
  readonly past: PastReport;
  readonly questions: readonly OpenQuestion[];
  /** Files that differ from the text that the session has. */
  readonly changedFiles: readonly string[];
}

/** A part of the output; one without lines is left out. */
interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The sections, in the order of the output. */
export function stateSections({ state, past, questions, changedFiles }: SessionDetails): readonly Section[] {
  return [
    { title: "Error", lines: failureLines(past) },
    { title: "Calls, and the first actions of a resume", lines: planOf(state) },
    {
      title: "Open questions",
      lines: questions.map((question) =>
        `${storyName({ id: question.agent, klass: question.klass })} waits for ${
          personsAsked(question).join(", ")
        }` +
        (question.said === undefined ? "" : `: ${question.said}`)
      ),
    },
    {
      title: "Variables",
      lines: [
        ...state.agents.flatMap((agent) => variableLines(storyName(agent), "$", agent.variables)),
        ...state.calls.flatMap((call) =>
          variableLines(`${storyName(ofCall(call))} ${call.playbook}`, "", call.locals)
        ),
      ],
    },
    {
      title: "Undelivered messages",
      lines: state.agents.flatMap((agent) =>
        agent.undelivered.map(({ from, text }) => `${from} → ${storyName(agent)}: ${text}`)
      ),
    },
    {
      title: "Meetings",
      lines: state.meetings.map(({ id, topic, owner, attendees }) =>
        `${id} of ${owner} about ${topic}: ${
          attendees.map(({ name, status }) => `${name} ${status}`).join(", ")
        }`
      ),
    },
    {
      title: "Artifacts",
      lines: state.agents.flatMap((agent) =>
        agent.artifacts.map(({ name, characters }) =>
          `${storyName(agent)} ${name}, ${counted(characters, "character")}`
        )
      ),
    },
    { title: "Models", lines: modelLines(past) },
    { title: "Files that changed since", lines: changedFiles },
  ];
}

function ofCall(
  { agent, klass }: StateReport["calls"][number],
): { readonly id: string; readonly klass: string } {
  return { id: agent, klass };
}

function planOf(state: StateReport): readonly string[] {
  return state.end ? [] : planLines(state, { isDetailed: true });
}

function variableLines(
  title: string,
  sign: string,
  variables: Readonly<Record<string, string>>,
): readonly string[] {
  const lines = Object.entries(variables).map(([name, value]) => `  ${sign}${name} = ${value}`);
  return lines.length === 0 ? [] : [title, ...lines];
}

function failureLines({ failure }: PastReport): readonly string[] {
  if (!failure) return [];
  const { reason, agent, playbook, turn, step, stepText, position } = failure;
  const place = agent && playbook !== undefined
    ? `in ${storyName(agent)} ${playbook}, turn ${turn}`
    : undefined;
  const at = step === undefined ? "" : `, step ${step}${stepText === undefined ? "" : ` ${stepText}`}`;
  return [
    reason ?? "The program failed",
    ...(place === undefined ? [] : [`${place}${at}`]),
    `at entry ${position}`,
  ];
}

function modelLines({ models }: PastReport): readonly string[] {
  return models.map(
    ({ model, answers, lost, inputTokens, cachedTokens, outputTokens, costUsd, unpriced }) => {
      const cached = cachedTokens > 0 ? ` (${thousands(cachedTokens)} cached)` : "";
      const unanswered = lost > 0 ? `, ${counted(lost, "request")} without an answer` : "";
      const cost = unpriced === answers ? "price not known" : costInWords(costUsd);
      return `${model}: ${counted(answers, "answer")}, ${thousands(inputTokens)} tokens in${cached}, ` +
        `${thousands(outputTokens)} out, ${cost}${unanswered}`;
    },
  );
}
