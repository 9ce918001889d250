import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { axeViolations } from "../../support/axe.ts";
import { assertBecomes, needsBrowser } from "../../support/browser.ts";
import { addressOfSession, inSteps, type Stage } from "./stage.ts";

const shop = `# Shop
## Main
### Triggers
- At the beginning
### Steps
- $price = 900
- Say "The price is {$price}"
- Ask the user for their $offer
- Say "You offer {$offer}"
- Ask the user for their $name
- End program
`;

const longName = "the yearly declaration of everything that Ada and her brother earned in Rome";
const longPath = "a_program_whose_file_has_a_name_that_is_longer_than_a_phone_is_wide.pb";

const files = {
  "shop.pb": shop,
  [longPath]: shop,
  "playbooks.toml": '[model]\nprovider = "rehearsal"\n',
};
const before = [
  { args: ["run", "shop.pb", "--name", "patient"] },
  { args: ["resume", "patient", "--message", "850", "--non-interactive"] },
  { args: ["run", "shop.pb", "--name", "killed"], crashAt: 8 },
  { args: ["resume", "killed", "--non-interactive"] },
  { args: ["run", longPath, "--name", longName] },
];

const phone = { width: 390, height: 844 };

async function openSession(stage: Stage, name: string, size: "laptop" | "phone" = "laptop") {
  const opened = await stage.open(await addressOfSession(stage, name), { size });
  await opened.page.getByText("The price is 900").first().waitFor();
  return opened;
}

const story = (page: Page) => page.getByRole("region", { name: "Rows of the story" });

Deno.test({
  ...needsBrowser,
  name: "studio: the page of a session tells what happened, where a person is, and leads on",
  fn: (context) =>
    inSteps(context, { files, before }, {
      "a wait that ended is no stop": tellWaits,
      "the open row and the row of the moment have marks of their own": markRows,
      "a turn without a cost says why, and no plot is empty": plotSpend,
      "each mark of the timeline is in the legend, on a phone behind a button": readLegend,
      "the fork is drawn before the page of its origin goes, and names it": forkWithoutFlash,
      "menus and dialogs give the focus back": keepFocus,
      "words are searched with a button": searchWords,
      "on a phone, what is cut has a title, and nothing scrolls sideways": fitPhone,
      "a session goes to the trash, and comes back": trashAndRestore,
    }),
});

async function tellWaits(stage: Stage): Promise<void> {
  const { page } = await openSession(stage, "patient");
  await story(page).getByText("You offer 850").waitFor();
  assertEquals(await page.getByText("here; resumed").count(), 0);
  await page.getByRole("img", { name: / 0 stops/ }).waitFor();
  await page.getByRole("button", { name: "Steps" }).click();
  await story(page).getByText(/^Waited here; resumed/).waitFor();
  const killed = (await openSession(stage, "killed")).page;
  await story(killed).getByText(/^Stopped here; resumed/).waitFor();
  await killed.getByRole("img", { name: / 1 stops/ }).waitFor();
}

async function markRows(stage: Stage): Promise<void> {
  const { page } = await openSession(stage, "patient");
  const current = page.locator(".row[aria-current=true]");
  const open = page.locator(".row", { has: page.locator("button[aria-expanded=true]") });
  assertEquals([await current.count(), await open.count()], [0, 0]);
  await page.getByRole("button", { name: "Steps" }).click();
  await page.keyboard.press("k");
  await current.getByText("shown").waitFor();
  assertEquals(await open.count(), 0);
  const look = (selector: string) =>
    page.evaluate<{ readonly shadow: string; readonly bar: string }>(`
      (({ boxShadow, borderInlineStartColor }) => ({ shadow: boxShadow, bar: borderInlineStartColor }))(
        getComputedStyle(document.querySelector("${selector}")))
    `);
  const currentLook = await look(".row.current");
  await story(page).getByText("You offer {$offer}").first().click();
  await open.getByText("Fork after this").waitFor();
  // It is the row of the moment, too; at the end, it is only open.
  await current.getByText("Fork after this").waitFor();
  await page.getByRole("button", { name: "End", exact: true }).click();
  await assertBecomes(page, () => current.count(), 0);
  const openLook = await look(".row.open");
  assert(currentLook.shadow === "none" && openLook.shadow !== "none", "only the open row is a card");
  assert(currentLook.bar !== openLook.bar, "both rows have the same bar");
  assertEquals(await open.getByText("shown").count(), 0);
}

async function plotSpend(stage: Stage): Promise<void> {
  const rehearsed = (await openSession(stage, "patient")).page;
  await rehearsed.getByRole("tab", { name: "Spend" }).click();
  await rehearsed.getByText("The rehearsal costs nothing.").waitFor();
  assertEquals(await rehearsed.getByRole("button", { name: "Cost" }).count(), 0);
  const turns = [
    { model: "own:free", costUsd: 0, note: "These turns cost nothing.", offers: ["Tokens", "Time"] },
    { model: "own:secret", note: "No price is known for own:secret.", offers: ["Tokens", "Time"] },
    { model: "own:dear", costUsd: 0.25, note: undefined, offers: ["Cost", "Tokens", "Time"] },
  ];
  for (const { note, offers, ...turn } of turns) {
    const { page } = await stage.open();
    const row = { row: 1, position: 4, agent: "1000", playbook: "Main", turn: 1, isRehearsal: false };
    const counts = { inputTokens: 10, cachedTokens: 0, outputTokens: 5, tookMs: 1200 };
    await page.route(
      /\/turns\?/,
      (route) => route.fulfill({ json: { turns: [{ ...row, ...counts, ...turn }] } }),
    );
    await page.goto(`${stage.server.origin}/${await addressOfSession(stage, "patient")}`);
    await page.getByRole("tab", { name: "Spend" }).click();
    await page.getByRole("cell", { name: "15" }).or(page.getByRole("rowheader", { name: turn.model })).first()
      .waitFor();
    const measures = page.getByRole("group", { name: "Measure" }).getByRole("button");
    assertEquals(await measures.allTextContents(), offers, turn.model);
    assertEquals(await measures.first().getAttribute("aria-pressed"), "true");
    assertEquals(await page.locator(".spend > .hint").allTextContents(), note === undefined ? [] : [note]);
    assert((await page.locator(".plot rect").first().boundingBox())!.height > 100, "the plot is empty");
  }
}

async function readLegend(stage: Stage): Promise<void> {
  const { page } = await openSession(stage, "patient");
  const marks = page.getByRole("list", { name: "Marks" }).getByRole("listitem");
  const texts = [
    "call",
    "model",
    "wait",
    "step",
    "words",
    "person",
    "edit",
    "failure",
    "end",
    "stop and resume",
  ];
  assertEquals(await marks.allTextContents(), texts);
  for (const mark of await marks.all()) {
    const { width, height } = (await mark.locator("i").boundingBox())!;
    assert(width > 0 && height > 0 && (await mark.getAttribute("title"))!.length > 10);
  }
  const small = (await openSession(stage, "patient", "phone")).page;
  const button = small.getByRole("button", { name: "Marks" });
  assertEquals(await small.getByRole("list", { name: "Marks" }).count(), 0);
  await button.focus();
  await small.keyboard.press("Enter");
  await small.getByRole("list", { name: "Marks" }).getByText("stop and resume").waitFor();
  assertEquals(await axeViolations(small), []);
  await small.keyboard.press("Enter");
  await small.getByRole("list", { name: "Marks" }).waitFor({ state: "detached" }).catch(() => {});
  assertEquals(await small.getByRole("list", { name: "Marks" }).count(), 0);
}

async function forkWithoutFlash(stage: Stage): Promise<void> {
  const { page, errors } = await openSession(stage, "patient");
  await page.getByRole("button", { name: "Fork", exact: true }).click();
  await page.getByRole("textbox", { name: /^Name of the fork/ }).fill("second");
  // The server takes its time, so that an empty page would be seen.
  await page.route(/\/(outline|state|rows)\?/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    await route.continue();
  });
  await page.evaluate(watchFrames);
  await page.getByRole("dialog").getByRole("button", { name: "Fork" }).click();
  await page.getByRole("heading", { name: "second", level: 1 }).waitFor();
  await assertBecomes(page, () => page.evaluate<boolean>("frames_seen.length > 20"), true);
  const seen = await page.evaluate<
    readonly { readonly title: string; readonly rows: number; readonly top: number }[]
  >(
    "frames_seen",
  );
  assertEquals([...new Set(seen.map(({ title }) => title))], ["patient", "second"]);
  assertEquals(seen.filter(({ rows }) => rows === 0), [], "a frame without a row of the story");
  const tops = new Set(seen.filter(({ title }) => title === "second").map(({ top }) => top));
  assertEquals(tops.size, 1, `the story of the fork jumps: ${[...tops]}`);
  await page.getByRole("link", { name: /^patient@\d+$/ }).click();
  await page.getByRole("heading", { name: "patient", level: 1 }).waitFor();
  assertEquals(errors, []);
}

/** Notes for each frame which page is on the screen, its rows, and the place of its story. */
const watchFrames = `
  globalThis.frames_seen = [];
  const look = () => {
    const main = [...document.querySelectorAll("main")].find((each) => getComputedStyle(each).visibility !== "hidden");
    const title = main?.querySelector("h1")?.textContent;
    const rows = main?.querySelectorAll(".row").length ?? 0;
    frames_seen.push({ title, rows, top: Math.round(main?.querySelector(".story").getBoundingClientRect().top ?? 0) });
    requestAnimationFrame(look);
  };
  look();
`;

/** The accessible text of the element with the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement.textContent.trim()");
}

async function keepFocus(stage: Stage): Promise<void> {
  const { page } = await openSession(stage, "patient");
  const more = page.getByRole("button", { name: "More" });
  await more.focus();
  await page.keyboard.press("Enter");
  await assertBecomes(page, () => focused(page), "Rename");
  assertEquals(await axeViolations(page), []);
  // A letter in the menu is no key of the page.
  await page.keyboard.press("l");
  await page.keyboard.press("ArrowDown");
  await assertBecomes(page, () => focused(page), "Copy the id");
  await page.keyboard.press("End");
  await assertBecomes(page, () => focused(page), "Move to the trash");
  await page.keyboard.press("ArrowDown");
  await assertBecomes(page, () => focused(page), "Rename");
  await page.keyboard.press("Escape");
  await assertBecomes(page, () => focused(page), "More");
  assertEquals(await page.getByRole("menu").count(), 0);
  for (
    const [item, dialog] of [["Rename", "Rename the session"], [
      "Move to the trash",
      "Move the session to the trash?",
    ]]
  ) {
    await more.click();
    await page.getByRole("menuitem", { name: item! }).click();
    await page.getByRole("dialog", { name: dialog! }).waitFor();
    assertEquals(await axeViolations(page), [], dialog);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await assertBecomes(page, () => focused(page), "More");
  }
  for (const [button, dialog] of [["Fork", "Fork the session"], ["Keys", "Keys"]]) {
    await page.getByRole("button", { name: button!, exact: true }).click();
    await page.getByRole("dialog", { name: dialog! }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const label = () =>
      page.evaluate<string>("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()");
    await assertBecomes(page, label, button!);
  }
  await page.getByRole("heading", { name: "patient", level: 1 }).waitFor();
}

async function searchWords(stage: Stage): Promise<void> {
  const { page } = await stage.open("", { size: "phone" });
  await page.getByRole("link", { name: /patient/ }).waitFor();
  const button = page.getByRole("button", { name: "Search in words" });
  assertEquals(await button.count(), 0);
  const box = page.getByRole("searchbox");
  await box.fill("offer 850");
  await button.click();
  await page.getByRole("region", { name: "Found inside of sessions" }).getByRole("link", { name: /patient/ })
    .first()
    .waitFor();
  // The hint is there while nothing is typed, and then the button is not.
  await box.fill("");
  await assertBecomes(page, () => button.count(), 0);
  const isCut = await page.evaluate(`
    ((box) => (box.value = box.placeholder, box.scrollWidth > box.clientWidth))(document.activeElement)
  `);
  assertEquals(isCut, false, "the hint of the search box is cut");
}

async function fitPhone(stage: Stage): Promise<void> {
  const { page } = await stage.open();
  await page.getByRole("link", { name: /^the yearly/ }).waitFor();
  for (const size of [{ width: 800, height: 1000 }, phone]) {
    await page.setViewportSize(size);
    await checkFit(page, `list, ${size.width}`);
  }
  await page.goto(`${stage.server.origin}/${await addressOfSession(stage, longName)}`);
  await page.getByRole("heading", { name: longName, level: 1 }).waitFor();
  await checkFit(page, "session");
  await page.evaluate("scrollTo(0, 300)");
  await page.goto(`${stage.server.origin}/${await addressOfSession(stage, "patient")}`);
  await page.getByRole("heading", { name: "patient", level: 1 }).waitFor();
  await assertBecomes(page, () => page.evaluate<number>("scrollY"), 0);
  await checkFit(page, "another session");
  await page.getByRole("button", { name: "More" }).click();
  await checkFit(page, "menu");
  const { x, width } = (await page.getByRole("menu").boundingBox())!;
  assert(x >= 0 && x + width <= phone.width, `the menu is at ${x}, ${width} wide`);
  await page.getByRole("menuitem", { name: "Move to the trash" }).click();
  await checkFit(page, "dialog");
}

/** The page is no wider than the screen, and each name that is cut can be read in its title. */
async function checkFit(page: Page, where: string): Promise<void> {
  assertEquals(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0, where);
  const cut = await page.evaluate<readonly string[]>(`
    [...document.querySelectorAll(".sessions th, .sessions td, .session-head dd, .session-head h1, .lane-names li, .notice, .segments")]
      .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0)
      .filter((each) => !each.closest("[title]") && !each.querySelector("[title]"))
      .map((each) => each.textContent)
  `);
  assertEquals(cut, [], where);
}

async function trashAndRestore(stage: Stage): Promise<void> {
  const { page, errors } = await openSession(stage, "killed");
  const id = (await addressOfSession(stage, "killed")).slice(-8);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Move to the trash" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(`playbooks sessions rm --restore ${id}`).waitFor();
  await dialog.getByRole("button", { name: "Move to the trash" }).click();
  const notice = page.getByRole("status").filter({ hasText: "killed is in the trash" });
  await notice.getByText(`playbooks sessions rm --restore ${id}`).waitFor();
  await page.getByRole("link", { name: /patient/ }).first().waitFor();
  assertEquals(await page.getByRole("link", { name: /killed/ }).count(), 0);
  assertEquals(await focused(page), (await notice.textContent())!.trim());
  assertEquals(await axeViolations(page), []);
  const { code } = await stage.folder.run(["sessions", "rm", "--restore", id]);
  assertEquals(code, 0);
  await page.getByRole("link", { name: /killed/ }).waitFor();
  await notice.waitFor({ state: "detached" });
  assertEquals(errors, []);
}
