import { assertEquals } from "@std/assert";
import { axeViolations } from "../../support/axe.ts";
import { assertBecomes, needsBrowser } from "../../support/browser.ts";
import { ChatServer } from "../../process/chat_server.ts";
import { onStage } from "./stage.ts";

const guide =
  "# Guide\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Tell a story\n- End program\n";

Deno.test(
  "studio: words are shown while a model writes them, also to a page that opens later, and told to screen readers once",
  needsBrowser,
  async () => {
    await using model = new ChatServer(() => 'await Yield("user");');
    const files = { "guide.pb": guide, "playbooks.toml": model.settings };
    await onStage({ files, env: { KEY: "key" } }, async ({ server, open }) => {
      const halfway = model.hangAt("[turn 1", 'await Say("user", "Once upon ');
      const id = await server.start("guide");
      await halfway;
      const { page, errors } = await open(`#/session/${id}`);
      const writing = page.getByRole("region", { name: "Words that are being written" });
      await writing.getByText("Once upon", { exact: true }).waitFor();
      await writing.getByText("Guide").waitFor();
      model.goOn("a <b>time");
      await writing.getByText("Once upon a <b>time", { exact: true }).waitFor();
      const late = await open(`#/session/${id}`);
      await late.page.getByText("Once upon a <b>time", { exact: true }).waitFor();
      assertEquals(await axeViolations(page), []);
      const log = page.getByRole("log", { name: "News" });
      assertEquals(await log.textContent(), "");
      model.goOn('.");\nawait Yield("user");', { isEnd: true });
      const story = page.getByRole("region", { name: "Rows of the story" });
      await story.getByText("Once upon a <b>time.", { exact: true }).waitFor();
      await writing.waitFor({ state: "detached" });
      const news = "Guide says: Once upon a <b>time. | Guide waits for an answer of user";
      await assertBecomes(page, async () => (await log.locator("p").allTextContents()).join(" | "), news);
      assertEquals(await axeViolations(page), []);
      assertEquals([...errors, ...late.errors], []);
    });
  },
);

Deno.test(
  "studio: words of an answer that is withdrawn disappear, and the next ones come in their place",
  needsBrowser,
  async () => {
    await using model = new ChatServer(() => 'await Say("user", "Good day"); EndProgram();');
    const files = { "guide.pb": guide, "playbooks.toml": model.settings };
    await onStage({ files, env: { KEY: "key" } }, async ({ server, open }) => {
      const halfway = model.hangAt("[turn 1", 'await Say("user", "Half a ');
      const id = await server.start("guide");
      await halfway;
      const { page } = await open(`#/session/${id}`);
      await page.getByText("Half a", { exact: true }).waitFor();
      // The connection breaks, and the model is asked again.
      model.breakOff();
      await page.getByText("Half a", { exact: true }).waitFor({ state: "detached" });
      await page.getByRole("region", { name: "Rows of the story" }).getByText("Good day").waitFor();
    });
  },
);
