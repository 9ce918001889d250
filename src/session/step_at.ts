import type { Programs, Step } from "../engine/mod.ts";

/** A step of a playbook by its number, or the nearest numbered step above it. */
export function stepAt(
  programs: Programs,
  { source, klass, playbook, number }: {
    readonly source: string;
    readonly klass: string;
    readonly playbook: string;
    readonly number: string;
  },
): Step | undefined {
  const agentClass = programs.get(source).agents.find(({ name }) => name === klass);
  let steps = agentClass?.playbooks.find(({ name }) => name === playbook)?.steps ?? [];
  for (;;) {
    const exact = steps.find((step) => step.number === number);
    if (exact) return exact;
    const above = steps.find((step) => number.startsWith(`${step.number}.`));
    if (!above) return undefined;
    steps = above.children;
  }
}
