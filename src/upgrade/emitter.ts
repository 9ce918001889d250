import type { PyNode } from "./python_tree.ts";

/** Writes lines with indentation, and the comments and blank lines of the Python source between them. */
export class Emitter {
  readonly lines: string[] = [];
  readonly #source: string;
  readonly #comments: readonly PyNode[];
  #depth = 0;
  #nextComment = 0;

  constructor(source: string, comments: readonly PyNode[]) {
    this.#source = source;
    this.#comments = comments;
  }

  get position(): number {
    return this.lines.length;
  }

  /** Writes a text of one or several lines. Lines inside a template literal keep their start. */
  write(text: string): void {
    let isTemplate = false;
    for (const line of text.split("\n")) {
      this.lines.push(isTemplate || line === "" ? line : "  ".repeat(this.#depth) + line);
      if ((line.replace(/\\./g, "").match(/`/g)?.length ?? 0) % 2 === 1) isTemplate = !isTemplate;
    }
  }

  indented(work: () => void): void {
    this.#depth++;
    try {
      work();
    } finally {
      this.#depth--;
    }
  }

  /** Writes the comments before a place, and a blank line where the source has one. */
  before(node: PyNode): void {
    this.#blankLine(this.#comments[this.#nextComment]?.from ?? Infinity, node.from);
    this.commentsUpTo(node.from);
  }

  /** Writes the comments that stand before an offset. */
  commentsUpTo(offset: number): void {
    for (let at = this.#nextComment; at < this.#comments.length && this.#comments[at]!.from < offset; at++) {
      this.write(commentText(this.#comments[at]!.text));
      this.#nextComment = at + 1;
    }
  }

  /** Puts a comment that stands on the line of a statement's end behind its last line. */
  trailing(node: PyNode): void {
    const comment = this.#comments[this.#nextComment];
    if (comment === undefined || comment.from < node.to) return;
    if (this.#source.slice(node.to, comment.from).includes("\n")) return;
    this.lines[this.lines.length - 1] += ` ${commentText(comment.text)}`;
    this.#nextComment++;
  }

  #blankLine(comment: number, statement: number): void {
    const place = Math.min(comment, statement);
    const before = this.#source.slice(0, place).replace(/[ \t]+$/, "");
    const isFirst = this.lines.length === 0 || /[{(]$/.test(this.lines.at(-1)!);
    if (/\n[ \t]*\n$/.test(before) && !isFirst && this.lines.at(-1) !== "") this.lines.push("");
  }
}

function commentText(text: string): string {
  return `//${text.slice(1).replace(/^(?=\S)/, " ")}`;
}
