import { exampleText } from "../support/examples.ts";

/** A program to be killed, with a person's answers. */
export interface KilledProgram {
  readonly name: string;
  /** `url` is the address of the shop. */
  readonly source: (url: string) => string;
  readonly answers: readonly string[];
}

/** The examples, and a program with code that reads a shop's stock and orders from it. */
export const programs: readonly KilledProgram[] = [
  { name: "shop", source: shop, answers: ["3"] },
  ...([
    ["hello", []],
    ["country_facts", ["India, Nepal"]],
    ["negotiation", []],
    ["tax", ["50000"]],
    ["story", ["Mila"]],
    ["order_support", ["12", "100200"]],
  ] as const).map(([name, answers]) => ({ name, answers, source: () => exampleText(`${name}.pb`) })),
];

function shop(url: string): string {
  return `# Buyer
## Main
### Triggers
- At the beginning
### Steps
- Ask the user "How many?"
- Wait for the user's $count
- $ordered = OrderAll($count)
- Tell the user "Ordered: {$ordered}"
- End program

## Praise($item)
### Steps
- Return "a fine {$item}"

\`\`\`ts
export async function OrderAll(count: number): Promise<string> {
  const lines: string[] = [];
  for (let item = 1; item <= Number(count); item++) {
    const [words, seen] = await Promise.all([Praise("item " + item), fetch("${url}/stock")]);
    const reply = await Order(item);
    lines.push(words + " of " + (await seen.json()).stock + " " + reply);
    await Say("user", "Item " + item + " is " + reply);
  }
  return lines.join("; ");
}

async function Order(item: number): Promise<string> {
  try {
    const answer = await fetch("${url}/orders", { method: "POST", body: "item " + item });
    return (await answer.json()).order;
  } catch (error) {
    if (error.name !== "UncertainEffectError") throw error;
    return "left as it is";
  }
}
\`\`\`
`;
}
