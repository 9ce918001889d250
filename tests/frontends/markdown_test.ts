import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { renderMarkdown } from "../../src/frontends/terminal/markdown.ts";
import { styledText } from "../../src/frontends/text_styles.ts";
import { textWidth } from "../../src/frontends/text_width.ts";
import { cleanText } from "../../src/text/mod.ts";

// deno-lint-ignore no-control-regex
const sequence = /\x1b\[\d+m/g;
const styles = new Set([1, 22, 3, 23, 4, 24, 9, 29, 36, 39].map((code) => `\x1b[${code}m`));

/** The text with its styles as letters: `<b>`, `<i>`, `<u>`, `<s>`, `<c>`. */
function shown(text: string, styles: "colour" | "no-colour" | "plain" = "colour", columns = 60): string {
  const letters: Readonly<Record<string, string>> = {
    "\x1b[1m": "<b>",
    "\x1b[22m": "</b>",
    "\x1b[3m": "<i>",
    "\x1b[23m": "</i>",
    "\x1b[4m": "<u>",
    "\x1b[24m": "</u>",
    "\x1b[9m": "<s>",
    "\x1b[29m": "</s>",
    "\x1b[36m": "<c>",
    "\x1b[39m": "</c>",
  };
  return renderMarkdown(text, { columns, styles }).replace(sequence, (each) => letters[each] ?? each);
}

Deno.test("markdown: marks become styles", async (t) => {
  const cases: readonly (readonly [name: string, text: string, expected: string])[] = [
    ["bold", "a **b** __c__", "a <b>b</b> <b>c</b>"],
    ["italic", "a *b* _c_", "a <i>b</i> <i>c</i>"],
    ["bold and italic", "***b***", "<i><b>b</b></i>"],
    ["struck", "~~a~~", "<s>a</s>"],
    ["code", "run `a *b*` now", "run <c>a *b*</c> now"],
    ["a heading", "## Head **line** ##\ntext", "<b>Head line</b>\ntext"],
    ["a list", "- a\n* b\n  + **c**\n1. d", "• a\n• b\n  • <b>c</b>\n1. d"],
    ["fenced code", "a\n```js\nlet *x*;\n\n  y\n```\nb", "a\n<c>let *x*;</c>\n\n<c>  y</c>\nb"],
    ["fenced code at the end", "```\nx\n```", "<c>x</c>"],
    ["a link", "[here](https://x.org/a_b)", "<u>here</u> (https://x.org/a_b)"],
    ["a link in brackets", "<https://x.org>", "<u>https://x.org</u>"],
    ["a link that names itself", "[https://x.org](https://x.org)", "<u>https://x.org</u>"],
    ["an image", "![A cat](cat.png)", "A cat (cat.png)"],
    ["a rule", "a\n\n---\nb", `a\n\n${"─".repeat(40)}\nb`],
    ["styles end at line ends", "**a\nb**", "<b>a</b>\n<b>b</b>"],
    [
      "a table",
      "| a | price |\n|---|--:|\n| **天** | 1 |\n| b | 20 |",
      "<b>a </b> │ <b>price</b>\n───┼──────\n<b>天</b> │     1\nb  │    20",
    ],
  ];
  for (const [name, text, expected] of cases) await t.step(name, () => assertEquals(shown(text), expected));
});

Deno.test("markdown: everything else stays exactly as it is", async (t) => {
  const texts = [
    "Welcome, Zoë!\nYou have come far,   and must be tired.  \n\n\n  Sleep well.",
    "2 * 3 * 4 = 24, a_b_c, file_name.txt, 5 < 6 > 4, # 1, x**2",
    "¯\\_(ツ)_/¯ and C:\\_temp and \\*not bold\\*",
    "a & b &amp; c &lt;d&gt; &#27;[31m",
    "    four blanks\n\ttab",
    "  /\\_/\\\n ( o.o )\n  > ^ <",
    "[not a link] [x]: y (z) [a](",
    "<b>html</b> <!-- c -->",
    "**not closed, `nor this",
    "a | b\nc | d",
    "Total: 5 - 3 + 2",
    "```",
    "```js\n",
    "",
    "\n\n",
  ];
  for (const text of texts) await t.step(JSON.stringify(text), () => assertEquals(shown(text), text));
});

Deno.test("markdown: a table that is wider than the screen keeps its source", () => {
  const table = "| one | two |\n|---|---|\n| a long cell | another long cell |";
  assertEquals(shown(table, "colour", 30), table);
  assert(shown(table, "colour", 40) !== table);
});

Deno.test("markdown: without colours code keeps its marks, and plain has no styles at all", () => {
  const text = "**a** `b`\n```\nc\n```";
  assertEquals(shown(text, "no-colour"), "<b>a</b> `b`\n```\nc\n```");
  assertEquals(shown(text, "plain"), "a b\nc");
});

Deno.test("markdown: no text puts a control sequence through, also not by an entity in an address", () => {
  for (
    const text of [
      "[a](https://x.org/&#27;[31m&#x1b;[1m)",
      "![&#27;[31m](x&#27;[2J)",
      "**a\x1b[31m**",
      "[a](<x&#155;31m>)",
      "[a](x&#x202e;y)",
      "![a](x&#x2066;y)",
    ]
  ) {
    const written = `${styledText(renderMarkdown(cleanText(text), { columns: 60, styles: "colour" }))}`;
    // Without our own styles, nothing is left that the cleaner would remove.
    const rest = written.replace(sequence, (each) => styles.has(each) ? "" : each);
    assertEquals(rest, cleanText(rest), text);
  }
});

Deno.test("markdown: an address stays in its line, also with an entity of a line break", () => {
  for (const address of ["x&#10;y", "x&#13;y", "x&#x2028;y"]) {
    const written = shown(`[a](${address})`);
    assertEquals(written.split(/[\n\r\u2028]/).length, 1, JSON.stringify(written));
  }
});

/** Whether the characters of `part` are in `whole`, in the same order. */
function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (character === part[at]) at++;
  return at === part.length;
}

Deno.test("markdown: any text is shown with styles that end in their line, and the words stay in order", () => {
  const part = fc.constantFrom(
    "a",
    "bc",
    " ",
    "\n",
    "*",
    "**",
    "_",
    "`",
    "```",
    "~~",
    "[",
    "](",
    ")",
    "- ",
    "# ",
    "| ",
    "|-|",
    "> ",
    "天",
    "1. ",
    "!",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      const text = parts.join("");
      const rendered = renderMarkdown(text, { columns: 60, styles: "colour" });
      const letters = (each: string) => each.replace(/[^a-c天]/g, "");
      const kept = letters(rendered.replace(sequence, ""));
      // The language of a fence is not shown.
      if (text.includes("```")) assert(isWithin(kept, letters(text)), JSON.stringify(text));
      else assertEquals(kept, letters(text));
      for (const line of rendered.split("\n")) {
        for (const [begin, end] of [[1, 22], [3, 23], [4, 24], [9, 29], [36, 39]]) {
          const count = (code: number) => line.split(`\x1b[${code}m`).length;
          assertEquals(count(begin!), count(end!), JSON.stringify(text));
        }
      }
      assertEquals(textWidth(rendered), textWidth(`${styledText(rendered)}`));
    }),
    { numRuns: 500 },
  );
});

Deno.test("markdown: words that would take the parser long are shown as they are", () => {
  const texts = [
    "**a** ".repeat(20_000),
    ">".repeat(15_000),
    "- ".repeat(9_000),
    `${"|a".repeat(5_000)}\n${"|-".repeat(5_000)}`,
  ];
  for (const text of texts) assertEquals(shown(text), text);
});
