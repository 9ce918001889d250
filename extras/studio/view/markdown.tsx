import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import { gfmTable } from "micromark-extension-gfm-table";
import type { ComponentChildren } from "preact";
import { cleanText, isCostlyMarkdown } from "../../../src/text/mod.ts";
import { CodeText } from "./code.tsx";

type Root = ReturnType<typeof fromMarkdown>;
type MarkdownNode = Root | Root["children"][number];

/**
 * Words as Markdown. Nothing of the text becomes markup by itself: each node is made here, HTML stays text, links lead to
 * the web or to mail only, and images are not loaded.
 */
export function Markdown({ text }: { readonly text: string }) {
  const cleaned = cleanText(text);
  if (!/[*_`#~[<|>=+\-\d\\&!]/.test(cleaned) || isCostlyMarkdown(cleaned)) {
    return <div class="prose plain" dir="auto">{cleaned}</div>;
  }
  const tree = fromMarkdown(cleaned, {
    extensions: [gfmTable(), gfmStrikethrough({ singleTilde: false })],
    mdastExtensions: [gfmTableFromMarkdown(), gfmStrikethroughFromMarkdown()],
  });
  return <div class="prose" dir="auto">{childrenOf(tree)}</div>;
}

function childrenOf(node: { readonly children: readonly MarkdownNode[] }): ComponentChildren {
  return node.children.map((child) => <Node key={child.position?.start.offset} node={child} />);
}

function Node({ node }: { readonly node: MarkdownNode }): ComponentChildren {
  switch (node.type) {
    case "text":
    case "html":
      return node.value;
    case "paragraph":
      return <p>{childrenOf(node)}</p>;
    case "heading":
      // Headings of words must not break the outline of the page.
      return <p class={`heading h${node.depth}`}>{childrenOf(node)}</p>;
    case "emphasis":
      return <em>{childrenOf(node)}</em>;
    case "strong":
      return <strong>{childrenOf(node)}</strong>;
    case "delete":
      return <del>{childrenOf(node)}</del>;
    case "inlineCode":
      return <code>{node.value}</code>;
    case "code":
      return <CodeText text={node.value} />;
    case "break":
      return <br />;
    case "blockquote":
      return <blockquote>{childrenOf(node)}</blockquote>;
    case "thematicBreak":
      return <hr />;
    case "list":
      return node.ordered ? <ol start={node.start ?? 1}>{childrenOf(node)}</ol> : <ul>{childrenOf(node)}</ul>;
    case "listItem":
      return <li>{childrenOf(node)}</li>;
    case "link":
      return <Link address={node.url}>{childrenOf(node)}</Link>;
    case "image":
      return <Link address={node.url}>{node.alt || node.url}</Link>;
    case "table":
      return <Table rows={node.children} />;
    default:
      return "children" in node ? childrenOf(node as { readonly children: readonly MarkdownNode[] }) : null;
  }
}

/** A link to the web or to mail. Any other address, such as `javascript:`, is shown as text. */
function Link({ address, children }: { readonly address: string; readonly children: ComponentChildren }) {
  if (!/^(?:https?:\/\/|mailto:)/i.test(address)) return <span>{children} ({address})</span>;
  return <a href={address} target="_blank" rel="noopener noreferrer nofollow" title={address}>{children}</a>;
}

type TableRows = Extract<MarkdownNode, { readonly type: "table" }>["children"];

function Table({ rows }: { readonly rows: TableRows }) {
  const [head, ...body] = rows;
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>{head?.children.map((cell, index) => <th key={index} scope="col">{childrenOf(cell)}</th>)}</tr>
        </thead>
        <tbody>
          {body.map((row, index) => (
            <tr key={index}>
              {row.children.map((cell, column) => <td key={column}>{childrenOf(cell)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
