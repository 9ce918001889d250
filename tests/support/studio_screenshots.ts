/**
 * Makes the pictures of docs/guide/studio.md with a real studio and chromium:
 *
 *     deno run -P --no-prompt tests/support/studio_screenshots.ts
 */
import { addressOfSession, onStage, type Stage } from "../frontends/studio/stage.ts";

const rates = `# Exchange
Computes prices in other currencies.

\`\`\`ts
/** The rate of a currency in euros. */
export async function RateOf(currency: string) {
  const rates: Record<string, number> = { USD: 0.92, GBP: 1.17 };
  if (!(currency in rates)) throw new Error(\`There is no rate for \${currency}\`);
  return rates[currency];
}

/** @trigger At the beginning */
export async function Main() {
  state.amount = 250;
  state.currency = "YEN";
  await Say("user", "Changing **250** of the local currency.\\n\\n- amounts are rounded\\n- the rate is of *today*");
  state.result = Math.round(state.amount * await RateOf(state.currency) * 100) / 100;
  await Say("user", \`That is \${state.result} euros.\`);
}
\`\`\`
`;

const camera = Deno.readTextFileSync("examples/negotiation.pb");
const support = Deno.readTextFileSync("examples/order_support.pb");

const files = {
  "negotiation.pb": camera,
  "order_support.pb": support,
  "tax.pb": Deno.readTextFileSync("examples/tax.pb"),
  "rates.pb": rates,
  "playbooks.toml": '[model]\nprovider = "rehearsal"\n',
};
const before = [
  ["run", "tax.pb", "--name", "tax of Ada", "--non-interactive"],
  ["run", "rates.pb", "--name", "exchange"],
  ["run", "negotiation.pb", "--name", "camera"],
  ["run", "order_support.pb", "--name", "order 4711", "--non-interactive"],
];

const size = { width: 1120, height: 700 };

await onStage({ files, before: before.map((args) => ({ args })) }, async (stage) => {
  await picture(stage, "studio_list.png", "", (page) => page.setViewportSize({ ...size, height: 420 }));
  await picture(stage, "studio_session.png", await addressOfSession(stage, "camera"), async (page) => {
    await page.getByRole("slider", { name: "Position" }).fill("40");
    await page.locator(".program .line.current").waitFor();
  });
  await picture(stage, "studio_failure.png", await addressOfSession(stage, "exchange"), async (page) => {
    await page.getByRole("button", { name: "Show the moment before" }).click();
    await page.locator(".variable").first().waitFor();
  });
});

async function picture(
  { open }: Stage,
  name: string,
  where: string,
  prepare: (page: Awaited<ReturnType<Stage["open"]>>["page"]) => Promise<void>,
): Promise<void> {
  const { page } = await open(where);
  await page.setViewportSize(size);
  await page.locator(where === "" ? "main.list .sessions" : "#main.session .row").first().waitFor();
  await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
  await prepare(page);
  // No picture shows a focus or a hovered button.
  await page.evaluate("document.activeElement?.blur()");
  await page.mouse.move(0, 0);
  // The pictures of the timeline and the story come with the next frames.
  await page.waitForTimeout(800);
  const path = `docs/guide/${name}`;
  await page.screenshot({ path });
  // Makes a third of the bytes, if it is installed.
  const args = ["--force", "--skip-if-larger", "--nofs", "--output", path, "128", path];
  await new Deno.Command("pngquant", { args }).output().catch(() => {});
}
