import { assert, assertEquals } from "@std/assert";
import { axeViolations } from "../../support/axe.ts";
import { assertBecomes, needsBrowser, screenSizes, withBrowser } from "../../support/browser.ts";
import { folderWith } from "../../support/playbooks_process.ts";

/** Words and values that would do harm if they became markup, links or marks of the direction. */
const attacks = `# Attacker
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.html = "<script>window.hacked = 1</script><img src=x onerror='window.hacked=2'>";
  state.bidi = "abc\\u202Edef";
  await Say("user", "<script>window.hacked = 3</script> <img src=x onerror=window.hacked=4> <svg/onload=window.hacked=5>");
  await Say("user", "[press](javascript:window.hacked=6) ![p](https://example.org/p.png) [site](https://example.org) <b>bold</b>");
  await Say("user", "**left\\u202Eright** &lt;i&gt;");
  state.answer = await Yield("user");
}
\`\`\`
`;

async function savedPage(text: string, work: (address: string) => Promise<void>): Promise<void> {
  await using folder = await folderWith({ "page.pb": text });
  await folder.run(["run", "page.pb", "--name", "page"]);
  assertEquals((await folder.run(["sessions", "export", "page", "--html"])).code, 0);
  await work(`file://${folder.path}/page.html`);
}

Deno.test("saved page: it shows the session offline, and asks for nothing", needsBrowser, async () => {
  await savedPage(attacks, async (address) => {
    await withBrowser(async (open) => {
      const { page, errors, requests } = await open(address);
      await page.getByRole("heading", { name: "page", level: 1 }).waitFor();
      await page.getByText("press (javascript:window.hacked=6)").waitFor();
      assertEquals(requests, [address]);
      assertEquals(errors, []);
      assertEquals(await page.getByRole("button", { name: "Fork" }).count(), 0);
    });
  });
});

Deno.test("saved page: texts of a session stay texts in every part of the page", needsBrowser, async () => {
  await savedPage(attacks, async (address) => {
    await withBrowser(async (open) => {
      const { page, errors } = await open(address);
      await page.getByText("<script>window.hacked = 3</script>").first().waitFor();
      await page.getByRole("button", { name: "Everything" }).click();
      await page.getByText("$html = ").first().click();
      for (const tab of ["Variables", "Turns", "Spend", "Stack"]) {
        await page.getByRole("tab", { name: tab }).click();
      }
      const shown = await page.evaluate<{
        readonly hacked?: unknown;
        readonly elements: number;
        readonly addresses: readonly string[];
        readonly text: string;
      }>(`({
        hacked: window.hacked,
        elements: document.querySelectorAll("#studio script, #studio img, #studio iframe").length,
        addresses: [...document.querySelectorAll("#studio a")].map((link) => link.protocol),
        text: document.body.innerText,
      })`);
      assertEquals(shown.hacked, undefined);
      assertEquals(shown.elements, 0);
      assert(shown.addresses.every((protocol) => protocol !== "javascript:"), shown.addresses.join());
      assert(!/[\u202a-\u202e\u2066-\u2069]/.test(shown.text), "an override of the direction is shown");
      assertEquals(errors, []);
    });
  });
});

const talk = `# Talker
## Main
### Triggers
- At the beginning
### Steps
- $price = 900
- Say "The price is {$price}"
- Reduce $price by 50
- Say "Now it is {$price}"
- Ask user for $offer
- End program
`;

Deno.test("saved page: the slider shows the variables of each moment", needsBrowser, async () => {
  await savedPage(talk, async (address) => {
    await withBrowser(async (open) => {
      const { page } = await open(address);
      await page.getByRole("tab", { name: "Variables" }).click();
      await page.getByText("850", { exact: true }).first().waitFor();
      await page.getByRole("slider", { name: "Position" }).focus();
      const price = page.locator(".variable", { hasText: "$price" }).locator("pre");
      const isBusy = () => page.locator("#inspector-body").getAttribute("aria-busy");
      for (let tries = 0; tries < 30 && await price.textContent() !== "900"; tries++) {
        await page.getByRole("button", { name: "One entry back" }).click();
        await assertBecomes(page, isBusy, "false");
      }
      assertEquals(await price.textContent(), "900");
      await page.getByRole("button", { name: "End", exact: true }).click();
      await page.getByText("850", { exact: true }).first().waitFor();
    });
  });
});

Deno.test(
  "saved page: axe finds no violation in any tab, at any size, in light and dark",
  needsBrowser,
  async () => {
    await savedPage(talk, async (address) => {
      await withBrowser(async (open) => {
        for (const [name, size] of Object.entries(screenSizes)) {
          for (const colours of ["light", "dark"] as const) {
            const { page } = await open(address, { size, colours });
            for (const tab of ["Variables", "Turns", "Spend", "Stack"]) {
              await page.getByRole("tab", { name: tab }).click();
              await page.locator("#inspector-body .empty, #inspector-body section, #inspector-body div")
                .first().waitFor();
              assertEquals(await axeViolations(page), [], `${tab}, ${name}, ${colours}`);
            }
            const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
            assert(wide <= 0, `${name}: the page is ${wide} pixels wider than the screen`);
            await page.context().close();
          }
        }
      });
    });
  },
);
