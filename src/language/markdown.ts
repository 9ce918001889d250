import type { Playbook, Step } from "./program.ts";
import { signature } from "./signature.ts";

/**
 * Formats a playbook for the model: heading, description, numbered triggers, steps and notes.
 *
 * `description` is the playbook's description with the values of its placeholders.
 */
export function playbookMarkdown(playbook: Playbook, description: string): string {
  const triggers = playbook.triggers.map((trigger) => listItem(0, `${trigger.id} ${trigger.text}`));
  const steps = playbook.steps.flatMap((step) => stepLines(step, 0));
  const notes = playbook.notes.map((note, index) => listItem(0, `N${index + 1} ${note}`));
  const head = [`## ${signature(playbook)}`, ...(description.trim() === "" ? [] : [description.trim()])];
  return [
    head.join("\n"),
    ...section("Triggers", triggers),
    ...section("Steps", steps),
    ...section("Notes", notes),
  ]
    .join("\n\n");
}

/** Formats a list item at a depth, with its further lines below its text. A fence must be on its own line. */
export function listItem(depth: number, text: string): string {
  const margin = "  ".repeat(depth);
  const lines = text.split("\n").map((line, index) =>
    index === 0 || line === "" ? line : `${margin}  ${line}`
  );
  return `${margin}- ${lines.join("\n")}`;
}

/** Formats a section with its heading; an empty section gives no lines. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`### ${title}\n${lines.join("\n")}`];
}

function stepLines(step: Step, depth: number): string[] {
  const text = listItem(depth, `${step.number} ${stepWords(step)}`.trimEnd());
  return [text, ...step.children.flatMap((child) => stepLines(child, depth + 1))];
}

/** Formats a step. It replaces codes of `.pbasm` files by words, if they change the step's meaning. */
function stepWords(step: Step): string {
  if (step.code === "RET") return /^return\b/i.test(step.text) ? step.text : `Return ${step.text}`.trim();
  if (step.code === "JMP") return `Go to ${step.text}`;
  if (step.code !== "YLD") return step.text;
  const target = step.text.replace(/^for\s+/, "");
  if (target === "exit") return "End program";
  if (target === "return") return "Return";
  if (target === "call") return "Go on when the calls have their results";
  return `Wait for ${target === "user" ? "the user" : target}`;
}
