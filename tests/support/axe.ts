import axe from "axe-core";
import type { Page } from "playwright-core";

/** The violations of accessibility on a page: the rule, and the elements. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // The policy of the page holds for scripts of the page, and not for those of the browser's owner.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { readonly axe: { run(): Promise<AxeResults> } };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) =>
      `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`
    );
  });
  return found;
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}
