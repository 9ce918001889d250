import type { PlacedFence } from "./code_module.ts";
import { codeLanguage } from "./code_block.ts";
import type { Element, FenceElement, HeadingElement, TextElement } from "./elements.ts";
import { isListItem } from "./list.ts";
import type { Problem } from "./program.ts";
import { errorAt, warningAt } from "./source.ts";

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
  /** No heading begins it: its sections stand right below the agent's heading. */
  readonly isImplicit?: true;
}

/**
 * Sorts elements into agents, playbooks and sections.
 *
 * Drops text before the first H1, and text of a further file before its first heading. A section may also be an H2. A
 * block of code belongs to its agent, not to a playbook. If an agent has sections and no playbook, they are those of a
 * playbook `Main`, which also gets the agent's list. A Python block of a
 * Markdown document that is no `.pb` file is text, unless a block defines playbooks in Python.
 */
export function readSections(elements: readonly Element[], problems: Problem[]): AgentDraft[] {
  const agents: AgentDraft[] = [];
  const runsPython = elements.some((element) => element.kind === "fence" && definesPlaybook(element));
  const isExample = ({ language, line }: FenceElement) =>
    codeLanguage(language) === "python" && !runsPython && !/\.pb$/i.test(line.file);
  let playbook: PlaybookDraft | undefined;
  let target: Element[] | undefined;
  let root = -1;
  for (const [index, element] of elements.entries()) {
    const agent = agents[agents.length - 1];
    if (element.line.root !== root) {
      root = element.line.root;
      target = undefined;
    }
    if (element.kind === "fence" && isExample(element) && target !== undefined) {
      problems.push(
        warningAt(element.line, "python-code", "This Python block is not run: the model reads it as text", {
          hint: "To run it, write it in a ```ts block",
        }),
      );
      target.push(element);
    } else if (element.kind === "fence" && belongsToCode(element)) {
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
      } else if (section !== undefined && !hasPlaybookBelow(elements, index)) {
        playbook = implicitPlaybook(agent, element);
        agent.playbooks.push(playbook);
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

/** Whether a block is code of a program in Python, and not an example in a document. */
function definesPlaybook({ language, lines }: FenceElement): boolean {
  return codeLanguage(language) === "python" && lines.some(({ text }) => /^\s*@playbook\b/.test(text));
}

/** Whether the agent has a heading of a playbook after an element. */
function hasPlaybookBelow(elements: readonly Element[], index: number): boolean {
  for (let at = index + 1; at < elements.length; at++) {
    const element = elements[at]!;
    if (element.kind !== "heading") continue;
    if (element.level === 1) return false;
    if (element.level === 2 && sectionName(element.title) === undefined) return true;
  }
  return false;
}

/** Takes the list out of the agent's body: it has the steps. */
function implicitPlaybook(agent: AgentDraft, section: HeadingElement): PlaybookDraft {
  const start = agent.body.findIndex((element, index) => {
    const before = agent.body[index - 1];
    return element.kind === "text" && isListItem(element.text) && !/^\s/.test(element.text) &&
      !(before?.kind === "text" && /^[a-z][\w-]*:\s*$/.test(before.text));
  });
  const body = start < 0 ? [] : agent.body.splice(start);
  return {
    heading: { ...section, level: 2, title: "Main" },
    body,
    triggers: [],
    notes: [],
    isImplicit: true,
  };
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
