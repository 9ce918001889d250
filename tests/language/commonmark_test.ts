import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { readElements } from "../../src/language/elements.ts";
import { readProgramFiles } from "../../src/language/files.ts";
import type { SourceLine } from "../../src/language/source.ts";

/** The structure of a text: `12 ## Title` for a heading, `14-17 js` for a fenced code block. */
type Structure = readonly string[];

Deno.test("commonmark: headings and fences of the corpus and the examples are those of CommonMark", async (t) => {
  for (
    const folder of [
      new URL("../../../shared/corpus/", import.meta.url),
      new URL("../../examples/", import.meta.url),
    ]
  ) {
    for (const name of programsIn(folder)) {
      const { lines } = readProgramFiles(
        [{ path: name, text: Deno.readTextFileSync(new URL(name, folder)) }],
        {
          problems: [],
        },
      );
      await t.step(name, () => assertEquals(ours(lines), commonMark(lines)));
    }
  }
});

Deno.test("commonmark: headings and fences of any text without lists, tags and comments are those of CommonMark", () => {
  const line = fc.constantFrom(
    ..."# A|## B ##|### C#|###### F # #|####### no|#no|   # G|#|## |text|more text|---|***|  |".split("|"),
    ..."```|```js|````ts x|~~~|~~~~ ~|``` a`b|  ```js|   ~~~|`code`|`` ` ``|\\# no|a # b|\\```".split("|"),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (texts) => {
      const lines = toLines(texts.join("\n"));
      assertEquals(ours(lines), commonMark(lines));
    }),
    { numRuns: 500 },
  );
});

const exceptions: readonly {
  readonly name: string;
  readonly text: string;
  readonly ours: Structure;
  readonly commonMark: Structure;
}[] = [
  {
    name: "commonmark: the heading of a section needs no space",
    text: "##Steps\n###triggers:",
    ours: ["1 ## Steps", "2 ### triggers:"],
    commonMark: [],
  },
  {
    name: "commonmark: a fence may have any indentation, because steps may too",
    text: "text\n\n     ```js\n     a\n     ```",
    ours: ["3-5 js"],
    commonMark: [],
  },
  {
    name: "commonmark: code in a list item's fence may start at the margin, and the closing fence anywhere",
    text: "- ```js\na\n  ```",
    ours: ["1-3 js"],
    commonMark: ["1-1 js", "3-3 "],
  },
  {
    name: "commonmark: a heading in a list item belongs to the item",
    text: "- # A",
    ours: [],
    commonMark: ["1 # A"],
  },
  {
    name:
      "commonmark: a heading below a list ends the list, also if it is indented less than the item's text",
    text: "1. a\n# B",
    ours: ["2 # B"],
    commonMark: ["2 # B"],
  },
  {
    name: "commonmark: a block from <tag> to </tag> holds no heading, also after an empty line",
    text: "<notes>\n\n# A\n\n</notes>\n# B",
    ours: ["6 # B"],
    commonMark: ["3 # A"],
  },
  {
    name: "commonmark: a tag without its partner is text",
    text: "<notes>\n# A",
    ours: ["2 # A"],
    commonMark: [],
  },
  {
    name: "commonmark: text after the end of a comment belongs to the line",
    text: "<!-- a\n--> # B",
    ours: ["2 # B"],
    commonMark: [],
  },
  {
    name: "commonmark: a comment in a sentence may span empty lines",
    text: "text <!-- a\n\n# B\n--> text",
    ours: [],
    commonMark: ["3 # B"],
  },
  {
    name: "commonmark: a comment without an end is text",
    text: "<!-- a\n# B",
    ours: ["2 # B"],
    commonMark: [],
  },
];

Deno.test("commonmark: the language differs from CommonMark in these points only on purpose", async (t) => {
  for (const exception of exceptions) {
    await t.step(exception.name, () => {
      const lines = toLines(exception.text);
      assertEquals(ours(lines), exception.ours);
      assertEquals(commonMark(lines), exception.commonMark);
    });
  }
});

function ours(lines: readonly SourceLine[]): Structure {
  const numbers = new Map(lines.map((line, index) => [line.line, index + 1]));
  return readElements(lines, []).flatMap((element) => {
    const first = numbers.get(element.line.line)!;
    if (element.kind === "heading") return [`${first} ${"#".repeat(element.level)} ${element.title}`];
    if (element.kind !== "fence") return [];
    const isOpen = first + element.lines.length === lines.length;
    return [`${first}-${first + element.lines.length + (isOpen ? 0 : 1)} ${element.language}`];
  });
}

interface MarkdownNode {
  readonly type: string;
  readonly depth?: number;
  readonly lang?: string | null;
  readonly children?: readonly MarkdownNode[];
  readonly position?: {
    readonly start: { readonly line: number; readonly offset?: number | undefined };
    readonly end: { readonly line: number; readonly offset?: number | undefined };
  } | undefined;
}

function commonMark(lines: readonly SourceLine[]): Structure {
  const text = lines.map((line) => line.text).join("\n");
  const found: string[] = [];
  const visit = (node: MarkdownNode) => {
    const { start, end } = node.position!;
    const source = text.slice(start.offset, end.offset);
    // A line with "---" below it is a heading in CommonMark, and a line above a rule here.
    if (node.type === "heading" && /^#{1,6}(\s|$)/.test(source) && start.line === end.line) {
      const title = text.slice(
        node.children![0]?.position?.start.offset,
        node.children!.at(-1)?.position?.end.offset,
      );
      found.push(`${start.line} ${"#".repeat(node.depth!)} ${node.children!.length === 0 ? "" : title}`);
    } else if (node.type === "code" && /^[`~]/.test(source)) {
      found.push(`${start.line}-${end.line} ${(node.lang ?? "").toLowerCase()}`);
    } else for (const child of node.children ?? []) visit(child);
  };
  visit(fromMarkdown(text) as MarkdownNode);
  return found;
}

/** The programs in a folder; none if the folder is not there. */
function programsIn(folder: URL): string[] {
  try {
    return Deno.readDirSync(folder).map(({ name }) => name).filter((name) => name.endsWith(".pb")).toArray();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function toLines(text: string): SourceLine[] {
  return text.split("\n").map((text, index) => ({ text, file: "a.pb", line: index + 1, indent: 0, root: 0 }));
}
