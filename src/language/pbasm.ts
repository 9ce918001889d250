import { listItem, section } from "./markdown.ts";
import type { AgentClass, Playbook, Program, Step } from "./program.ts";
import { formatParameter } from "./signature.ts";
import { codeOfKind } from "./trigger.ts";
import { stringify } from "./yaml_package.ts";

/** Formats a program in the numbered form of `.pbasm` files. Parsing the result gives the same program. */
export function toPbasm(program: Program): string {
  const frontMatter = Object.keys(program.frontMatter).length === 0
    ? []
    : [`---\n${yaml(program.frontMatter)}\n---`];
  return `${[...frontMatter, ...program.agents.flatMap(agentParts)].join("\n\n")}\n`;
}

function agentParts(agent: AgentClass): string[] {
  const type = agent.type === "AI" ? "" : `:${agent.type}`;
  const blocks = agent.module?.blocks ?? [];
  const blocksAfter = (count: number) =>
    blocks.filter((block) => block.after === count).map((block) => {
      const longest = [...block.text.matchAll(/`{3,}/g)].reduce(
        (most, [run]) => Math.max(most, run.length),
        2,
      );
      const fence = "`".repeat(longest + 1);
      return `${fence}${block.language}\n${block.text}\n${fence}`;
    });
  const written = agent.playbooks.filter((playbook) => playbook.mode !== "code");
  return [
    [`# ${agent.title}${type}`, ...body(agent)].join("\n"),
    ...blocksAfter(0),
    ...written.flatMap((playbook, index) => [playbookText(playbook), ...blocksAfter(index + 1)]),
  ];
}

function playbookText(playbook: Playbook): string {
  const parameters = playbook.parameters.map(formatParameter).join(", ");
  const triggers = playbook.triggers.map(({ id, kind, text }) =>
    listItem(0, `${id}:${codeOfKind[kind]} ${text}`)
  );
  const notes = playbook.notes.map((note, index) => numbered(0, `N${index + 1}`, note));
  return [
    [`## ${playbook.title}(${parameters})`, ...body(playbook)].join("\n"),
    ...section("Triggers", triggers),
    ...section("Steps", playbook.steps.flatMap((step) => stepLines(step, 0))),
    ...section("Notes", notes),
  ].join("\n\n");
}

/** Formats metadata and description. An extra block separates a description that looks like metadata. */
function body(entry: AgentClass | Playbook): string[] {
  const { metadata, description } = entry;
  const block = { metadata };
  const needed = Object.keys(metadata).length > 0 || description.startsWith("metadata:");
  const written = description === metadata["description"] ? "" : description;
  return [...(needed ? [`${yaml(block)}\n---`] : []), ...(written === "" ? [] : [written])];
}

function stepLines(step: Step, depth: number): string[] {
  const label = step.code === undefined ? step.number : `${step.number}:${step.code}`;
  return [
    numbered(depth, label, step.text),
    ...step.children.flatMap((child) => stepLines(child, depth + 1)),
  ];
}

/** A fence must begin a line, so it goes below the number. */
function numbered(depth: number, label: string, text: string): string {
  return listItem(depth, /^(`{3,}|~{3,}|<)/.test(text) ? `${label}\n${text}` : `${label} ${text}`.trimEnd());
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}
