import { hasTools } from "./lookup.ts";
import type { AgentClass, Playbook, Program, Step } from "./program.ts";
import { signature } from "./signature.ts";

/** Formats the parts of a program for people: agents, playbooks with their flags, triggers and numbered steps. */
export function outline(program: Program): string {
  return program.agents.map(outlineAgent).join("\n\n");
}

function outlineAgent(agent: AgentClass): string {
  // An agent with `remote:` has tools, whatever its heading says.
  const type = hasTools(agent) ? "MCP" : agent.type;
  const flags = [type === "AI" ? "" : type, agent.startupMode === "standby" ? "standby" : ""];
  const helpers = agent.module?.helpers ?? [];
  return [
    `${agent.name}${inBrackets(flags)}`,
    ...agent.playbooks.flatMap(outlinePlaybook).map(indented),
    ...(helpers.length === 0 ? [] : [`  helpers: ${helpers.join(", ")}`]),
  ].join("\n");
}

function outlinePlaybook(playbook: Playbook): string[] {
  const flags = [
    playbook.mode === "playbook" ? "" : playbook.mode,
    playbook.public ? "public" : "",
    playbook.hidden ? "hidden" : "",
    playbook.meeting ? "meeting" : "",
  ];
  return [
    `${signature(playbook)}${inBrackets(flags)}`,
    ...playbook.triggers.map((trigger) => `  ${trigger.id} ${trigger.kind}: ${trigger.text}`),
    ...playbook.steps.flatMap(outlineStep).map(indented),
    ...playbook.notes.map((note, index) => `  N${index + 1} ${firstLine(note)}`),
  ];
}

function outlineStep(step: Step): string[] {
  const code = step.code === undefined ? "" : `:${step.code}`;
  return [
    `${step.number}${code} ${firstLine(step.text)}`.trimEnd(),
    ...step.children.flatMap(outlineStep).map(indented),
  ];
}

function inBrackets(flags: readonly string[]): string {
  const set = flags.filter((flag) => flag !== "");
  return set.length === 0 ? "" : ` [${set.join(", ")}]`;
}

function indented(line: string): string {
  return `  ${line}`;
}

function firstLine(text: string): string {
  const [first = "", ...more] = text.split("\n");
  return more.length === 0 ? first : `${first} …`;
}
