import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import { gfmTable } from "micromark-extension-gfm-table";
import { cleanLine, isCostlyMarkdown } from "../../text/mod.ts";
import { styleEnds, type TextStyle } from "../text_styles.ts";
import { tableText } from "./markdown_table.ts";

/** `plain`: without styles. `no-colour`: bold and the like, but the marks of code stay, because a colour replaces them. */
export type MarkdownStyles = "colour" | "no-colour" | "plain";

/** How a text is shown. */
interface MarkdownOptions {
  readonly columns: number;
  readonly styles: MarkdownStyles;
}

/**
 * Shows the Markdown in a cleaned text: marks become styles. Everything else stays exactly as it is, also line ends, blanks
 * and characters with a backslash. The styles end at each line end.
 */
export function renderMarkdown(text: string, options: MarkdownOptions): string {
  // Without a mark there is nothing to show.
  if (!/[*_`#~[<|>=+-]/.test(text) || isCostlyMarkdown(text)) return text;
  const tree = fromMarkdown(text, {
    extensions: [gfmTable(), gfmStrikethrough({ singleTilde: false })],
    mdastExtensions: [gfmTableFromMarkdown(), gfmStrikethroughFromMarkdown()],
  });
  return new Rendering(text, options).of(tree);
}

const maxRuleColumns = 40;

type Root = ReturnType<typeof fromMarkdown>;
type MarkdownNode = Root | Root["children"][number] | { readonly type: "tableRow" | "tableCell" };
type NodeOf<Type extends MarkdownNode["type"]> = Extract<MarkdownNode, { readonly type: Type }>;

/** The part of a text from `start` up to `end`. */
interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** The changes of one text: parts that are replaced, and styles of parts that stay. */
class Rendering {
  readonly #text: string;
  readonly #options: MarkdownOptions;
  readonly #replaced = new Map<number, { readonly end: number; readonly by: string }>();
  readonly #begins = new Map<number, string>();
  readonly #ends = new Map<number, string>();

  constructor(text: string, options: MarkdownOptions) {
    this.#text = text;
    this.#options = options;
  }

  of(root: Root): string {
    const tables: NodeOf<"table">[] = [];
    const open: { readonly node: MarkdownNode; readonly inHeading: boolean }[] = [{
      node: root,
      inHeading: false,
    }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node } = next;
      if (node.type === "table") tables.push(node);
      else this.#node(node, next.inHeading);
      const inHeading = next.inHeading || node.type === "heading";
      if ("children" in node) { for (const child of node.children) open.push({ node: child, inHeading }); }
    }
    for (const table of tables) {
      // In a list or a quote, the lines of a table begin with other characters.
      if (table.position!.start.column !== 1) continue;
      const by = tableText(table, {
        columns: this.#options.columns,
        cell: (cell) => {
          const content = contentOf(cell);
          return content ? this.#built(content) : "";
        },
        bold: (text) => this.#styled(text, "bold"),
      });
      if (by !== undefined) this.#replace(rangeOf(table), by);
    }
    return this.#built({ start: 0, end: this.#text.length });
  }

  #node(node: MarkdownNode, inHeading: boolean): void {
    switch (node.type) {
      case "strong":
        // Bold does not nest.
        return this.#marked(node, inHeading ? undefined : "bold");
      case "emphasis":
        return this.#marked(node, "italic");
      case "delete":
        return this.#marked(node, "struck");
      case "heading":
        return this.#heading(node);
      case "inlineCode":
        return this.#inlineCode(rangeOf(node));
      case "code":
        return this.#code(rangeOf(node));
      case "link":
        return this.#link(node);
      case "image": {
        const alt = cleanLine(node.alt ?? "");
        return this.#replace(rangeOf(node), `${alt}${alt === "" ? "" : " "}(${cleanLine(node.url)})`);
      }
      case "listItem": {
        const { start } = rangeOf(node);
        if ("-*+".includes(this.#text[start]!)) this.#replace({ start, end: start + 1 }, "•");
        return;
      }
      case "thematicBreak":
        return this.#replace(rangeOf(node), "─".repeat(Math.min(this.#options.columns - 1, maxRuleColumns)));
    }
  }

  /** Removes the marks around a node's content. */
  #marked(node: NodeOf<"strong" | "emphasis" | "delete">, style: TextStyle | undefined): void {
    const outer = rangeOf(node);
    const inner = contentOf(node);
    if (!inner) return;
    this.#replace({ start: outer.start, end: inner.start }, "");
    this.#replace({ start: inner.end, end: outer.end }, "");
    if (style) this.#style(inner, style);
  }

  #heading(node: NodeOf<"heading">): void {
    const outer = rangeOf(node);
    const inner = contentOf(node);
    if (!inner) return;
    if (this.#text[outer.start] === "#") {
      this.#replace({ start: outer.start, end: inner.start }, "");
      this.#replace({ start: inner.end, end: outer.end }, "");
    }
    this.#style(inner, "bold");
  }

  #inlineCode({ start, end }: TextRange): void {
    if (this.#options.styles === "no-colour") return;
    const marks = /^`+/.exec(this.#text.slice(start, end))![0].length;
    this.#replace({ start, end: start + marks }, "");
    this.#replace({ start: end - marks, end }, "");
    this.#style({ start: start + marks, end: end - marks }, "cyan");
  }

  /** A fenced block loses its fences. An indented block stays as it is, because it often is no code. */
  #code({ start, end }: TextRange): void {
    const isFenced = /^(`{3}|~{3})/.test(this.#text.slice(start, start + 3));
    if (!isFenced || this.#options.styles === "no-colour") return;
    const firstEnd = this.#text.indexOf("\n", start);
    if (firstEnd < 0 || firstEnd >= end) return;
    const lastStart = this.#text.lastIndexOf("\n", end - 1) + 1;
    const isClosed = lastStart > firstEnd + 1 &&
      /^[\s>]*(`{3,}|~{3,})\s*$/.test(this.#text.slice(lastStart, end));
    // An empty block, or one that is still being written.
    if (!isClosed && lastStart === firstEnd + 1 && /^\s*[`~]*$/.test(this.#text.slice(lastStart, end))) {
      return;
    }
    this.#replace({ start, end: firstEnd + 1 }, "");
    if (isClosed) this.#replace({ start: lastStart - 1, end }, "");
    this.#style({ start: firstEnd + 1, end: isClosed ? lastStart - 1 : end }, "cyan");
  }

  #link(node: NodeOf<"link">): void {
    const outer = rangeOf(node);
    const inner = contentOf(node);
    if (!inner) return;
    const url = cleanLine(node.url);
    const isSame = this.#text.slice(inner.start, inner.end) === url;
    this.#replace({ start: outer.start, end: inner.start }, "");
    this.#replace(
      { start: inner.end, end: outer.end },
      isSame || this.#text[outer.start] === "<" ? "" : ` (${url})`,
    );
    this.#style(inner, "underline");
  }

  #replace({ start, end }: TextRange, by: string): void {
    if (end > start) this.#replaced.set(start, { end, by });
  }

  #style({ start, end }: TextRange, style: TextStyle): void {
    if (this.#options.styles === "plain") return;
    const [begin, stop] = styleEnds(style);
    for (let at = start; at < end;) {
      const lineEnd = this.#text.indexOf("\n", at);
      const until = lineEnd < 0 || lineEnd > end ? end : lineEnd;
      if (until > at) {
        this.#begins.set(at, (this.#begins.get(at) ?? "") + begin);
        this.#ends.set(until, stop + (this.#ends.get(until) ?? ""));
      }
      at = until + 1;
    }
  }

  #styled(text: string, style: TextStyle): string {
    const [begin, end] = this.#options.styles === "plain" ? ["", ""] : styleEnds(style);
    return `${begin}${text}${end}`;
  }

  /** A part with its changes. */
  #built({ start, end }: TextRange): string {
    let built = "";
    for (let at = start; at < end;) {
      if (at > start) built += this.#ends.get(at) ?? "";
      built += this.#begins.get(at) ?? "";
      const replaced = this.#replaced.get(at);
      built += replaced ? replaced.by : this.#text[at]!;
      at = replaced?.end ?? at + 1;
    }
    return built + (this.#ends.get(end) ?? "");
  }
}

function rangeOf(node: MarkdownNode): TextRange {
  const { start, end } = (node as Root).position!;
  return { start: start.offset!, end: end.offset! };
}

/** The part from a node's first child to its last one. */
function contentOf(node: { readonly children: readonly unknown[] }): TextRange | undefined {
  const [first, last] = [node.children[0], node.children.at(-1)];
  if (first === undefined) return undefined;
  return { start: rangeOf(first as Root).start, end: rangeOf(last as Root).end };
}
