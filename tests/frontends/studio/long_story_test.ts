import { assert, assertEquals } from "@std/assert";
import { needsBrowser } from "../../support/browser.ts";
import { addressOfSession, onStage } from "./stage.ts";

const long = `# Counter
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (let count = 1; count <= 1500; count++) {
    state.count = await Next(count);
    if (count % 3 === 0) await Say("user", "said " + count);
  }
}
export async function Next(count: number) {
  return count;
}
\`\`\`
`;
const settings = '[durability]\nsync = "off"\n[limits]\nmax_words_per_minute = 100000\n';

Deno.test(
  "studio: a story of thousands of rows is drawn in parts, at its end, its middle and its start",
  needsBrowser,
  async () => {
    const before = [{ args: ["run", "long.pb", "--name", "long"] }];
    await onStage({ files: { "long.pb": long, "playbooks.toml": settings }, before }, async (stage) => {
      const { page, errors } = await stage.open(await addressOfSession(stage, "long"));
      await page.getByText("said 1500", { exact: true }).waitFor();
      // Until the story was read to its end, only its newest rows are there.
      await page.locator(".chunk-list.tail").waitFor({ state: "detached" });
      await page.getByText("said 1500", { exact: true }).waitFor();
      const list = page.getByRole("region", { name: "Rows of the story" });
      assert(await page.locator(".row").count() < 400, "all rows are drawn");
      await list.evaluate((box) => box.scrollTop = 0);
      await page.getByText("said 3", { exact: true }).waitFor();
      // The slider leads to the rows of its moment, and the rows after it are grey.
      const slider = page.getByRole("slider", { name: "Position" });
      const last = Number(await slider.getAttribute("max"));
      await slider.fill(String(Math.round(last / 2)));
      await page.locator(".row.later").first().waitFor();
      await page.locator(".row:not(.later)").first().waitFor();
      await page.getByRole("button", { name: "Everything" }).click();
      await page.locator(".row.line.later").first().waitFor();
      await page.getByRole("button", { name: "End", exact: true }).click();
      await page.getByText("The program ends: completed").waitFor();
      assertEquals(errors, []);
    });
  },
);

Deno.test(
  "studio: the timeline is zoomed, moved and clicked with the mouse and with keys",
  needsBrowser,
  async () => {
    const before = [{ args: ["run", "long.pb", "--name", "long"] }];
    const short = long.replace("1500", "30");
    await onStage({ files: { "long.pb": short, "playbooks.toml": settings }, before }, async (stage) => {
      const { page, errors } = await stage.open(await addressOfSession(stage, "long"));
      await page.getByText("said 30", { exact: true }).waitFor();
      const canvas = page.locator(".lane-canvas canvas");
      const picture = () =>
        canvas.evaluate((element) => (element as unknown as { toDataURL(): string }).toDataURL());
      const whole = await picture();
      const changes = async (what: () => Promise<unknown>, before: string) => {
        await what();
        for (let tries = 0; tries < 100; tries++) {
          const now = await picture();
          if (now !== before) return now;
          await page.evaluate("new Promise(requestAnimationFrame)");
        }
        throw new Error("The picture does not change");
      };
      const box = (await canvas.boundingBox())!;
      const [x, y] = [box.x + box.width / 2, box.y + 30];
      const zoomed = await changes(async () => {
        await page.mouse.move(x, y);
        await page.mouse.wheel(0, -400);
      }, whole);
      const moved = await changes(async () => {
        await page.mouse.down();
        await page.mouse.move(x + 120, y, { steps: 4 });
        await page.mouse.up();
      }, zoomed);
      await changes(() => page.keyboard.press("0"), moved);
      await page.mouse.click(x, y);
      await page.getByRole("button", { name: "Fork here" }).waitFor();
      const position = Number((await page.locator(".scrubber .where b").textContent())!.replace(",", ""));
      const last = Number(await page.getByRole("slider", { name: "Position" }).getAttribute("max"));
      assert(Math.abs(position / last - 0.5) < 0.15, `${position} of ${last}`);
      assertEquals(errors, []);
    });
  },
);
