import type { ListItem } from "./list.ts";
import type { Problem, Step } from "./program.ts";
import { warningAt } from "./source.ts";

/** Numbers the items of a `### Steps` section, `01`, `02`, `02.01`, …. */
export function readSteps(items: readonly ListItem[], options: { readonly problems: Problem[] }): Step[] {
  return number(items, "", (item, number) => {
    if (!item.listed) {
      options.problems.push(
        warningAt(item.line, "stray-step", "This line is not a list item; it is read as a step", {
          hint: 'Begin each step with "- "',
        }),
      );
    }
    return { number, text: item.text };
  });
}

/** Reads steps with numbers, and perhaps codes, as in `02.01:QUE Ask user for $x`. */
export function readNumberedSteps(
  items: readonly ListItem[],
  options: { readonly problems: Problem[] },
): Step[] {
  const seen = new Set<string>();
  return number(items, "", (item, number) => {
    const match = /^(\d+(?:\.\d+)*):([A-Z]+)(?:\s+([^]*))?$/.exec(item.text) ??
      /^(\d{2,}(?:\.\d{2,})*)()(?:\s+([^]*))?$/.exec(item.text);
    const step = match === null
      ? { number, text: item.text }
      : { number: match[1]!, ...(match[2] === "" ? {} : { code: match[2]! }), text: match[3]?.trim() ?? "" };
    if (seen.has(step.number)) {
      options.problems.push(warningAt(item.line, "duplicate-step", `Duplicate step ${step.number}`));
    }
    seen.add(step.number);
    return step;
  });
}

/** Notes, one for each item; a `.pbasm` file numbers them `N1`, `N2`, …. */
export function readNotes(items: readonly ListItem[], options: { readonly numbered: boolean }): string[] {
  return items.map((item) => {
    const text = itemMarkdown(item);
    return options.numbered ? text.replace(/^N\d+(?::[A-Z]+)?(?:[ \t]+|(?=\n)|$)/, "").trim() : text;
  });
}

/** All steps, parents before their children. */
export function flattenSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => [step, ...flattenSteps(step.children)]);
}

function number(
  items: readonly ListItem[],
  prefix: string,
  read: (item: ListItem, number: string) => Omit<Step, "children" | "location">,
): Step[] {
  return items.map((item, index) => {
    const step = read(item, prefix + String(index + 1).padStart(2, "0"));
    return { ...step, children: number(item.children, `${step.number}.`, read), location: item.location };
  });
}

function itemMarkdown(item: ListItem): string {
  const children = item.children.map((child) => `- ${itemMarkdown(child).replaceAll("\n", "\n  ")}`);
  return [item.text, ...children].join("\n").trimStart();
}
