import type { Element } from "./elements.ts";
import { dedent, indentation, locationAt, type SourceLine } from "./source.ts";
import type { Location } from "./program.ts";

/** An item of a nested list, or a paragraph instead of a list (`listed` is false). */
export interface ListItem {
  readonly listed: boolean;
  /** Markdown; further lines have no indentation of the item. */
  readonly text: string;
  readonly children: readonly ListItem[];
  readonly location: Location;
  readonly line: SourceLine;
}

/** Whether a line begins a list item. */
export function isListItem(text: string): boolean {
  return marker.test(text);
}

/** Reads nested lists. An item is a child of the item above it if it is at least two columns further right. */
export function readList(elements: readonly Element[]): ListItem[] {
  const roots: Draft[] = [];
  const stack: Draft[] = [];
  let afterBlank = true;

  const continueWith = (indent: number, lines: readonly string[], line: SourceLine, index: number) => {
    if (afterBlank) { while (stack.length > 0 && top().indent >= indent) stack.pop(); }
    if (stack.length === 0) {
      const item = draft({ listed: false, indent: 0, content: 0, line, index });
      roots.push(item);
      stack.push(item);
    } else if (top().lines.length > 0 && afterBlank) {
      top().lines.push("");
    }
    const width = top().content;
    for (const text of lines) top().lines.push(dedent(text, width));
    afterBlank = false;
  };
  const top = () => stack[stack.length - 1]!;

  for (const element of elements) {
    if (element.kind === "rule" || (element.kind === "text" && element.text === "")) {
      afterBlank = true;
    } else if (element.kind === "fence" || element.kind === "opaque") {
      continueWith(element.indent, element.raw, element.line, 0);
    } else if (element.kind === "heading") {
      stack.length = 0;
      continueWith(0, [element.title], element.line, element.index);
      afterBlank = true;
      stack.length = 0;
    } else {
      const match = marker.exec(element.text);
      if (match === null) {
        const index = element.text.length - element.text.trimStart().length;
        continueWith(indentation(element.text), [element.text], element.line, index);
        continue;
      }
      const indent = indentation(element.text);
      while (stack.length > 0 && (!top().listed || indent < top().indent + 2)) stack.pop();
      const text = match[3]!;
      const index = element.text.length - text.length;
      const gap = text === "" ? 1 : Math.min(match[2]!.length - match[2]!.trimEnd().length, 4);
      const content = indent + match[2]!.trimEnd().length + gap;
      const item = draft({ listed: true, indent, content, line: element.line, index });
      if (text !== "") item.lines.push(text);
      (stack.length === 0 ? roots : top().children).push(item);
      stack.push(item);
      afterBlank = false;
    }
  }
  return finish(roots);
}

const marker = /^(\s*)((?:[-*+]|\d{1,9}[.)])(?:\s+|$))(.*)$/;

interface Draft {
  readonly listed: boolean;
  readonly indent: number;
  /** The column where its text begins. */
  readonly content: number;
  readonly lines: string[];
  readonly children: Draft[];
  readonly line: SourceLine;
  readonly index: number;
}

function draft(options: Omit<Draft, "lines" | "children">): Draft {
  return { ...options, lines: [], children: [] };
}

/** Leaves out items without text and children. */
function finish(drafts: readonly Draft[]): ListItem[] {
  return drafts.map((item) => ({
    listed: item.listed,
    text: item.lines.join("\n").trim(),
    children: finish(item.children),
    location: locationAt(item.line, item.index),
    line: item.line,
  })).filter((item) => item.text !== "" || item.children.length > 0);
}
