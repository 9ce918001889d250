import {
  type AgentClass,
  isBeginning,
  type Location,
  type Playbook,
  playbookSignature,
  type Problem,
  type Step,
} from "../../../language/mod.ts";
import type { ProgramSource } from "../../read_program.ts";

/** The document of `playbooks check --json`: the program's parts and its problems. docs/problems.md describes it. */
export function checkReport({ program, problems, paths, broken }: ProgramSource) {
  return {
    files: paths,
    ok: !broken,
    title: program.title,
    description: program.description,
    agents: program.agents.map(agentReport),
    problems: problems.map(problemReport),
  };
}

function problemReport({ location, length, severity, code, message, hint }: Problem) {
  return { ...location, length, severity, code, message, ...(hint === undefined ? {} : { fix: hint }) };
}

function agentReport(agent: AgentClass) {
  return {
    name: agent.name,
    title: agent.title,
    type: agent.type,
    startup_mode: agent.startupMode,
    ...placeReport(agent.location),
    playbooks: agent.playbooks.map(playbookReport),
    helpers: agent.module?.helpers ?? [],
  };
}

function playbookReport(playbook: Playbook) {
  return {
    name: playbook.name,
    title: playbook.title,
    signature: playbookSignature(playbook),
    mode: playbook.mode,
    begins: isBeginning(playbook),
    public: playbook.public,
    hidden: playbook.hidden,
    meeting: playbook.meeting,
    ...placeReport(playbook.location),
    parameters: playbook.parameters,
    triggers: playbook.triggers.map(({ id, kind, text, location }) => ({
      ...{ id, kind, text },
      ...placeReport(location),
    })),
    steps: playbook.steps.map(stepReport),
    notes: playbook.notes,
  };
}

interface StepReport {
  readonly number: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly steps: readonly StepReport[];
}

function stepReport({ number, text, location, children }: Step): StepReport {
  return { number, text, ...placeReport(location), steps: children.map(stepReport) };
}

function placeReport({ file, line, column }: Location) {
  return { file, line, column };
}
