import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { needsBrowser } from "../../support/browser.ts";
import { addressOfSession, onStage } from "./stage.ts";

/** Markup that runs a script if it is taken as markup. */
const markup = "<img src=x onerror=window.hacked=1>";
const name = `${markup} &amp; [x](javascript:window.hacked=2)`;
const file = "<b onclick=window.hacked=3>.pb";

const hostile = `# Attacker
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.text = ${JSON.stringify(markup)};
  state.list = [{ ${JSON.stringify(markup)}: ${JSON.stringify(markup)} }];
  await SaveArtifact(${JSON.stringify(markup)}, ${JSON.stringify(markup)}, "content");
  await Work(${JSON.stringify(markup)});
  await Say("user", ${
  JSON.stringify(
    `${markup}\n\n| ${markup} | [a](vbscript:x) |\n| - | - |\n\n\`\`\`${markup}\n${markup}\n\`\`\``,
  )
});
  state.answer = await Yield("user");
  throw new Error(${JSON.stringify(markup)} + state.answer);
}
export async function Work(text: string) {
  return text;
}
\`\`\`
`;

/** Elements that only markup of a text could have made, and links that run code. */
const faultsOf = (page: Page) =>
  page.evaluate<readonly string[]>(`[
    ...(window.hacked === undefined ? [] : ["a script ran: " + window.hacked]),
    ...[...document.querySelectorAll("#studio img, #studio script, #studio iframe, #studio [onclick], #studio [onerror]")]
      .map((element) => element.outerHTML.slice(0, 100)),
    ...[...document.querySelectorAll("#studio a")].map((link) => link.protocol)
      .filter((protocol) => !["http:", "https:", "mailto:"].includes(protocol)),
  ]`);

Deno.test("studio: script in every field of the list and of a session stays text", needsBrowser, async () => {
  const before = [{ args: ["run", file, "--name", name] }];
  await onStage({ files: { [file]: hostile }, before }, async (stage) => {
    const { page, errors } = await stage.open();
    await page.getByRole("link", { name: markup }).waitFor();
    await page.getByRole("cell", { name: file }).first().waitFor();
    assertEquals(await faultsOf(page), []);
    await page.getByRole("searchbox").fill("onerror");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Found inside of sessions" }).waitFor();
    assertEquals(await faultsOf(page), []);
    await page.getByRole("button", { name: "Start a program" }).click();
    await page.getByRole("dialog").getByRole("combobox").waitFor();
    assertEquals(await faultsOf(page), []);
    await page.goto(`${stage.server.origin}/${await addressOfSession(stage, name)}`);
    await page.getByRole("textbox", { name: "Answer for Attacker" }).fill(markup);
    await page.keyboard.press("Enter");
    const notice = page.getByRole("region", { name: "Failure" });
    await notice.getByText(markup).first().waitFor();
    for (const part of ["Words", "Steps", "Everything"]) {
      await page.getByRole("button", { name: part, exact: true }).click();
      assertEquals(await faultsOf(page), [], part);
    }
    await page.getByText("Work returns").first().click();
    await page.getByRole("button", { name: "Set another result" }).click();
    assertEquals(await faultsOf(page), []);
    await page.keyboard.press("Escape");
    await notice.getByRole("button", { name: "Show the moment before" }).click();
    for (const tab of ["Stack", "Turns", "Spend", "Compare", "Variables"]) {
      await page.getByRole("tab", { name: tab }).click();
      assertEquals(await faultsOf(page), [], tab);
    }
    await page.getByRole("button", { name: "History of list" }).click();
    await page.getByRole("list", { name: "History of list" }).waitFor();
    assertEquals(await faultsOf(page), []);
    assertEquals(errors, []);
  });
});
