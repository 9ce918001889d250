import type { PlacedFence } from "./code_module.ts";
import { codeLanguage } from "./code_block.ts";
import type { Element, FenceElement, HeadingElement, TextElement } from "./elements.ts";
import type { Problem } from "./program.ts";
import { errorAt } from "./source.ts";

/** An H1 with its sorted parts, before parsing. */
export interface AgentDraft {
  readonly heading: HeadingElement;
  readonly body: Element[];
  readonly playbooks: PlaybookDraft[];
  readonly fences: PlacedFence[];
}

/** An H2 with its sections. `steps` is absent if it has no `### Steps`. */
export interface PlaybookDraft {
  readonly heading: HeadingElement;
  readonly body: Element[];
  readonly triggers: Element[];
  steps?: Element[];
  readonly notes: Element[];
}

/**
 * Sorts elements into agents, playbooks and sections.
 *
 * Drops text before the first H1, and text of a further file before its first heading. A section may also be an H2. A
 * block of code belongs to its agent, not to a playbook.
 */
export function readSections(elements: readonly Element[], problems: Problem[]): AgentDraft[] {
  const agents: AgentDraft[] = [];
  let playbook: PlaybookDraft | undefined;
  let target: Element[] | undefined;
  let root = -1;
  for (const element of elements) {
    const agent = agents[agents.length - 1];
    if (element.line.root !== root) {
      root = element.line.root;
      target = undefined;
    }
    if (element.kind === "fence" && belongsToCode(element)) {
      if (
        agent !== undefined && element.language !== "public.json" &&
        (target !== undefined || playbook !== undefined)
      ) {
        agent.fences.push({ fence: element, after: agent.playbooks.length });
      }
    } else if (element.kind !== "heading" || element.level > 3) {
      target?.push(element);
    } else if (element.level === 1) {
      playbook = undefined;
      target = [];
      agents.push({ heading: element, body: target, playbooks: [], fences: [] });
    } else if (agent === undefined) {
      target = undefined;
    } else {
      const section = sectionName(element.title);
      if (section !== undefined && playbook !== undefined) {
        target = sectionOf(playbook, section);
      } else if (section !== undefined) {
        problems.push(
          errorAt(element.line, "stray-section", `"${element.title}" stands outside a playbook`, {
            hint: 'Begin a playbook above it, as in "## Main"',
          }),
        );
        target = [];
      } else if (element.level === 2) {
        target = [];
        playbook = { heading: element, body: target, triggers: [], notes: [] };
        agent.playbooks.push(playbook);
      } else {
        target = playbook?.body ?? agent.body;
        target.push(emptyLine(element), element);
      }
    }
  }
  return agents;
}

function belongsToCode(fence: FenceElement): boolean {
  return codeLanguage(fence.language) !== undefined || fence.language === "public.json";
}

function sectionName(title: string): "triggers" | "steps" | "notes" | undefined {
  const word = /^(trigger|step|note)s?\s*:?$/i.exec(title.replace(/^\d+[.)]\s+/, ""))?.[1]?.toLowerCase();
  return word === undefined ? undefined : `${word as "trigger" | "step" | "note"}s`;
}

function sectionOf(playbook: PlaybookDraft, section: "triggers" | "steps" | "notes"): Element[] {
  return section === "steps" ? playbook.steps ??= [] : playbook[section];
}

function emptyLine(element: Element): TextElement {
  return { kind: "text", line: element.line, text: "" };
}
