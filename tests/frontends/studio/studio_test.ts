import { assert, assertEquals } from "@std/assert";
import { axeViolations } from "../../support/axe.ts";
import { assertBecomes, needsBrowser, screenSizes } from "../../support/browser.ts";
import { postgresMissing } from "../../support/postgres_server.ts";
import { TestTables } from "../../support/postgres_store.ts";
import { addressOfSession, inSteps, onStage, type Stage, waitForStatus } from "./stage.ts";

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
- Say "Thank you, {$name}"
- End program
`;

const rates = `# Exchange
\`\`\`ts
export async function RateOf(currency: string) {
  const rates: Record<string, number> = { USD: 0.92 };
  if (!(currency in rates)) throw new Error(\`There is no rate for \${currency}\`);
  return rates[currency];
}
/** @trigger At the beginning */
export async function Main() {
  state.currency = "YEN";
  await Say("user", "Changing money");
  await Say("user", \`The rate is \${await RateOf(state.currency)}\`);
}
\`\`\`
`;

const greeting = `# Greeter
## Main($city, $count = 2)
### Triggers
- At the beginning
### Steps
- Say "Hello {$city}, {$count} times"
- End program
`;

const files = {
  "shop.pb": shop,
  "rates.pb": rates,
  "greeting.pb": greeting,
  "playbooks.toml": '[model]\nprovider = "rehearsal"\n',
};
const asked = { args: ["run", "shop.pb", "--name", "monday"] };
const failed = { args: ["run", "rates.pb", "--name", "exchange"] };

for (const size of Object.keys(screenSizes) as (keyof typeof screenSizes)[]) {
  Deno.test({
    ...needsBrowser,
    name: `studio, ${size}: each task is done by clicking, and axe finds no violation`,
    fn: (context) =>
      inSteps(context, { files, before: [asked, failed] }, {
        "the list is filtered by status and text, and leads to a session": (stage) => filterList(stage, size),
        "an answer is written, the program goes on, and the page shows it": (stage) => answer(stage, size),
        "why a session failed is shown; a value is changed, and the fork ends well": (stage) =>
          repairFailed(stage, size),
        "axe finds no violation on the list, a session and its dialogs": (stage) => checkWithAxe(stage, size),
      }),
  });
}

Deno.test({
  ...needsBrowser,
  name: "studio, with sessions in Postgres: each task is done by clicking as with a folder",
  ignore: needsBrowser.ignore || postgresMissing() !== undefined,
  fn: async (context) => {
    await using tables = await TestTables.make();
    const env = {
      PLAYBOOKS_DURABILITY__URL: tables.address,
      PLAYBOOKS_LIMITS__MAX_WORDS_PER_MINUTE: "100000",
    };
    await inSteps(context, { files, before: [asked, failed], env }, {
      "the list is filtered by status and text, and leads to a session": (stage) =>
        filterList(stage, "laptop"),
      "an answer is written, the program goes on, and the page shows it": (stage) => answer(stage, "laptop"),
      "why a session failed is shown; a value is changed, and the fork ends well": (stage) =>
        repairFailed(stage, "laptop"),
    });
  },
});

type Size = keyof typeof screenSizes;

async function filterList({ open }: Stage, size: Size): Promise<void> {
  const { page, errors } = await open("", { size });
  const rows = page.locator(".sessions tbody tr");
  await page.getByRole("link", { name: /monday/ }).waitFor();
  await assertBecomes(page, () => rows.count(), 2);
  await page.getByText("Shop: Your offer?").waitFor();
  await page.getByRole("button", { name: /^failed/ }).click();
  await assertBecomes(page, () => rows.count(), 1);
  await page.getByRole("link", { name: /exchange/ }).waitFor();
  await page.getByRole("button", { name: /^failed/ }).click();
  await page.getByRole("searchbox").fill("MONDAY");
  await page.getByRole("link", { name: /exchange/ }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: /monday/ }).click();
  await page.getByRole("heading", { name: "monday", level: 1 }).waitFor();
  await page.getByText("The price is 900").first().waitFor();
  assertEquals(errors, []);
}

async function answer(stage: Stage, size: Size): Promise<void> {
  const { page, errors } = await stage.open(await addressOfSession(stage, "monday"), { size });
  await page.getByRole("textbox", { name: "Answer for Shop" }).fill("850");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("You offer 850").first().waitFor();
  await page.getByRole("textbox", { name: "Answer for Shop" }).fill("Ada");
  // Before the next question, Enter answers it when it comes.
  await page.keyboard.press("Enter");
  await page.getByText("Thank you, Ada").first().waitFor();
  await waitForStatus(page, "completed");
  await assertBecomes(page, () => page.getByRole("textbox", { name: "Answer for Shop" }).count(), 0);
  assertEquals(errors, []);
}

/** Only the keyboard is used, and never the box itself: what is typed must land in the box. */
async function answerByKeyboard(stage: Stage): Promise<void> {
  const { page, errors } = await stage.open(await addressOfSession(stage, "keys"));
  const box = page.getByRole("textbox", { name: "Answer for Shop" });
  const story = page.getByRole("region", { name: "Rows of the story" });
  await waitForStatus(page, "waiting for you");
  assertEquals(await page.locator("main button.primary").allTextContents(), ["Send"]);
  await box.focus();
  await page.keyboard.type("2l");
  await page.keyboard.press("Enter");
  await page.keyboard.type("l2");
  await story.getByText("You offer 2l").waitFor();
  await assertBecomes(page, () => box.inputValue(), "l2");
  await page.keyboard.press("Enter");
  await story.getByText("Thank you, l2").waitFor();
  await page.getByRole("tab", { name: "Stack", selected: true }).waitFor();
  assertEquals(errors, []);
}

/** On a phone, a finger or a wheel on each panel moves the page. */
async function scrollPanels(stage: Stage): Promise<void> {
  const { page } = await stage.open(await addressOfSession(stage, "monday"), { size: "phone" });
  await page.getByText("The price is 900").first().waitFor();
  const devtools = await page.context().newCDPSession(page);
  const scrolled = () => page.evaluate<number>("scrollY");
  const drag = async (x: number, y: number) => {
    await devtools.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
    for (let to = y - 10; to >= y - 60; to -= 10) {
      await devtools.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x, y: to }] });
    }
    await devtools.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  };
  const turnWheel = async (x: number, y: number) => {
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, 60);
  };
  for (const selector of [".chunk-list", ".inspector-body", ".program .text", ".lane-canvas"]) {
    for (const move of [drag, turnWheel]) {
      // The page has room below, the panel is on the screen, and lists and texts stand at their ends.
      await page.evaluate(`document.querySelector("${selector}").scrollIntoView({ block: "center" })`);
      await page.evaluate("scrollBy(0, -60)");
      await page.evaluate(
        "document.querySelectorAll('.chunk-list, .text').forEach((each) => each.scrollTop = 1e6)",
      );
      const before = await scrolled();
      const { x, y, width, height } = (await page.locator(selector).boundingBox())!;
      await move(x + width / 2, Math.min(y + height / 2, screenSizes.phone.height - 40));
      const result = async () => `${selector}, ${move.name}: ${await scrolled() > before}`;
      await assertBecomes(page, result, `${selector}, ${move.name}: true`);
    }
  }
}

async function repairFailed(stage: Stage, size: Size): Promise<void> {
  const { page, errors } = await stage.open(await addressOfSession(stage, "exchange"), { size });
  const notice = page.getByRole("region", { name: "Failure" });
  await notice.getByText("There is no rate for YEN").waitFor();
  await notice.getByText("In RateOf of Exchange 1000, turn 1").waitFor();
  await notice.getByRole("button", { name: 'Return another result from RateOf("YEN")' }).waitFor();
  await notice.getByRole("button", { name: "Show the moment before" }).click();
  await page.locator(".variable", { hasText: "$currency" }).getByText("read by the failed step").waitFor();
  await page.getByRole("button", { name: "Set currency in a fork" }).click();
  await page.getByRole("dialog", { name: "Set $currency of Exchange and fork" }).waitFor();
  await page.getByRole("textbox", { name: "New value, as JSON" }).fill('"USD"');
  await page.getByRole("textbox", { name: /^Name of the fork/ }).fill("with dollars");
  await page.getByRole("dialog").getByRole("button", { name: "Fork" }).click();
  await page.getByRole("heading", { name: "with dollars", level: 1 }).waitFor();
  await page.getByText("The rate is 0.92").first().waitFor();
  await waitForStatus(page, "completed");
  // The session of before stays as it was.
  await page.goBack();
  await waitForStatus(page, "failed");
  assertEquals(errors, []);
}

async function checkWithAxe(stage: Stage, size: Size): Promise<void> {
  const exchange = await addressOfSession(stage, "exchange");
  for (const colours of ["light", "dark"] as const) {
    const { page } = await stage.open("", { size, colours });
    await page.getByRole("link", { name: /monday/ }).waitFor();
    assertEquals(await axeViolations(page), [], `list, ${colours}`);
    await page.getByRole("button", { name: "Start a program" }).click();
    await page.getByRole("dialog").getByRole("combobox").waitFor();
    assertEquals(await axeViolations(page), [], `start, ${colours}`);
    await page.keyboard.press("Escape");
    await page.goto(`${stage.server.origin}/${exchange}`);
    await page.getByRole("region", { name: "Failure" }).waitFor();
    for (const tab of ["Variables", "Turns", "Spend", "Compare", "Stack"]) {
      await page.getByRole("tab", { name: tab }).click();
      assertEquals(await axeViolations(page), [], `${tab}, ${colours}`);
    }
    await page.getByRole("button", { name: "Everything" }).click();
    await page.getByText("RateOf fails").first().click();
    await page.getByRole("button", { name: "Set another result" }).waitFor();
    assertEquals(await axeViolations(page), [], `row, ${colours}`);
    await page.getByRole("button", { name: "Keys" }).click();
    assertEquals(await axeViolations(page), [], `keys, ${colours}`);
    const extra = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    assert(extra <= 0, `the page is ${extra} pixels wider than the screen`);
    await page.context().close();
  }
}

Deno.test({
  ...needsBrowser,
  name: "studio: a program is started with its parameters",
  fn: (context) =>
    inSteps(context, { files }, {
      "a missing parameter is told, and nothing is started": async ({ open, server }) => {
        const { page } = await open();
        await page.getByText("There are no sessions yet").waitFor();
        await page.getByRole("button", { name: "Start a program" }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("combobox", { name: "Program" }).selectOption("greeting");
        await dialog.getByRole("button", { name: "Start" }).click();
        await dialog.getByRole("alert").getByText("city").waitFor();
        assertEquals((await server.get("/v1/sessions")).sessions.length, 0);
      },
      "its words are shown when it runs": async ({ open }) => {
        const { page } = await open();
        await page.getByText("There are no sessions yet").waitFor();
        await page.keyboard.press("n");
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("combobox", { name: "Program" }).selectOption("greeting");
        await dialog.getByRole("textbox", { name: /^city/ }).fill("Rome");
        await dialog.getByRole("button", { name: "Start" }).click();
        await page.getByText("Hello Rome, 2 times").first().waitFor();
        await waitForStatus(page, "completed");
      },
    }),
});

Deno.test({
  ...needsBrowser,
  name: "studio: a session is read, travelled, compared and renamed",
  fn: (context) =>
    inSteps(context, { files, before: [asked, { args: ["run", "shop.pb", "--name", "keys"] }] }, {
      "every key of the help works": pressKeys,
      "answers are typed without a click, and no key of them is a shortcut": answerByKeyboard,
      "on a phone, each panel passes a scroll on to the page": scrollPanels,
      "a turn shows its code and the message of its prompt": async (stage) => {
        const { page } = await stage.open(await addressOfSession(stage, "monday"));
        await page.getByRole("tab", { name: "Turns" }).click();
        await page.locator(".turns .code").getByText('"The price is').waitFor();
        await page.getByRole("button", { name: "Prompt" }).click();
        await page.getByText("[turn 1 of Main · Shop (agent 1000)]").waitFor();
      },
      "a variable has its history, and leads to the moment of a write": async (stage) => {
        const { page } = await stage.open(await addressOfSession(stage, "monday"));
        await page.getByRole("tab", { name: "Variables" }).click();
        await page.getByRole("button", { name: "History of price" }).click();
        await page.getByRole("list", { name: "History of price" }).getByRole("button").first().click();
        await page.getByRole("button", { name: "Fork here" }).waitFor();
        await page.getByText("not set until").waitFor();
        await page.getByRole("button", { name: "Turn that set price" }).click();
        await page.getByRole("tab", { name: "Turns", selected: true }).waitFor();
      },
      "the slider shows state, stack and words of a moment, and a fork from there": travel,
      "two sessions are compared side by side": async (stage) => {
        const { page } = await stage.open(await addressOfSession(stage, "monday"));
        await page.getByRole("tab", { name: "Variables" }).click();
        await page.getByRole("button", { name: "Set price in a fork" }).click();
        await page.getByRole("textbox", { name: "New value, as JSON" }).fill("700");
        await page.getByRole("dialog").getByRole("button", { name: "Fork" }).click();
        await page.getByRole("link", { name: /@\d+$/ }).waitFor();
        await page.getByRole("tab", { name: "Compare" }).click();
        await page.getByRole("columnheader", { name: /^monday/ }).waitFor();
        await page.getByRole("link", { name: /^They part at entry/ }).waitFor();
        await page.locator(".row.k-edit").getByText(/ changed \$price of Shop\(\d+\) from 900 to 700$/)
          .waitFor();
        const changed = page.locator(".sides tr.changed", { hasText: "$price" });
        await changed.getByText("700").waitFor();
        await changed.getByText("900").waitFor();
      },
      "a session is renamed, and found by its words": async (stage) => {
        const { page } = await stage.open(await addressOfSession(stage, "monday"));
        await page.getByRole("button", { name: "More" }).click();
        await page.getByRole("menuitem", { name: "Rename" }).click();
        await page.getByRole("textbox", { name: "Name" }).fill("tuesday");
        await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
        await page.getByRole("heading", { name: "tuesday", level: 1 }).waitFor();
        await page.keyboard.press("l");
        await page.getByRole("searchbox").fill("price is 900");
        await page.getByText("Press Enter to search in all words").waitFor();
        await page.keyboard.press("Enter");
        const found = page.getByRole("region", { name: "Found inside of sessions" });
        await found.getByRole("link", { name: /tuesday/ }).first().click();
        await page.getByRole("heading", { name: "tuesday", level: 1 }).waitFor();
      },
    }),
});

async function pressKeys(stage: Stage): Promise<void> {
  const { page } = await stage.open(await addressOfSession(stage, "monday"));
  await page.getByText("The price is 900").first().waitFor();
  const output = page.locator(".scrubber .where b");
  const last = Number(await output.textContent());
  await page.keyboard.press("k");
  await output.getByText(String(last - 1), { exact: true }).waitFor();
  await page.keyboard.press("j");
  await output.getByText(String(last), { exact: true }).waitFor();
  await page.keyboard.press(",");
  await output.getByText("1", { exact: true }).waitFor();
  await page.keyboard.press("]");
  await assertBecomes(page, async () => Number(await output.textContent()) > 1, true);
  await page.keyboard.press(".");
  await output.getByText(String(last), { exact: true }).waitFor();
  await page.keyboard.press("2");
  await page.getByRole("tab", { name: "Variables", selected: true }).waitFor();
  await page.keyboard.press("t");
  await page.locator("html.dark").waitFor({ state: "attached" });
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("a");
  await page.keyboard.type("j?");
  await assertBecomes(page, () => page.getByRole("textbox", { name: "Answer for Shop" }).inputValue(), "j?");
}

async function travel(stage: Stage): Promise<void> {
  const { page } = await stage.open(await addressOfSession(stage, "monday"));
  const step = page.locator(".program .line.current");
  await step.getByText("Ask the user for their $offer").waitFor();
  await page.getByRole("tab", { name: "Variables" }).click();
  await page.locator(".variable", { hasText: "$price" }).waitFor();
  await page.getByRole("slider", { name: "Position" }).fill("3");
  await page.getByText("No variable has a value here").waitFor();
  await page.locator(".row.later").first().waitFor();
  await assertBecomes(page, () => Promise.resolve(new URL(page.url()).hash.endsWith("@3")), true);
  await page.getByRole("button", { name: "Fork here" }).click();
  await page.getByRole("textbox", { name: /^Name of the fork/ }).fill("again");
  await page.getByRole("dialog").getByRole("button", { name: "Fork" }).click();
  await page.getByRole("heading", { name: "again", level: 1 }).waitFor();
  await page.getByRole("textbox", { name: "Answer for Shop" }).waitFor();
  await page.getByRole("link", { name: /@3$/ }).waitFor();
}

const paying = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Pay() {
  try {
    const answer = await fetch("http://127.0.0.1:9/pay", { method: "POST", body: "5" });
    await Say("user", "Paid: " + await answer.text());
  } catch (error) {
    await Say("user", "Not paid: " + error.name);
  }
}
\`\`\`
`;

Deno.test(
  "studio: a person decides about an effect that may have happened, and the program goes on",
  needsBrowser,
  async () => {
    const permits = '[permissions]\nnet = ["127.0.0.1"]\n';
    const before = [{ args: ["run", "pay.pb", "--name", "pay"], crashAt: 5 }];
    await onStage({ files: { "pay.pb": paying, "playbooks.toml": permits }, before }, async (stage) => {
      const { page } = await stage.open(await addressOfSession(stage, "pay"));
      const notice = page.getByRole("region", { name: "Uncertain effect" });
      await notice.getByText("POST http://127.0.0.1:9/pay").waitFor();
      await notice.getByRole("button", { name: "Go on without it" }).click();
      await page.getByText("Not paid: UncertainEffectError").first().waitFor();
      await waitForStatus(page, "completed");
    });
  },
);

Deno.test("studio: a person gives the result of an effect that was done, and the program goes on with it", {
  ...needsBrowser,
}, async () => {
  const permits = '[permissions]\nnet = ["127.0.0.1"]\n';
  const before = [{ args: ["run", "pay.pb", "--name", "pay"], crashAt: 5 }];
  await onStage({ files: { "pay.pb": paying, "playbooks.toml": permits }, before }, async (stage) => {
    const { page, errors } = await stage.open(await addressOfSession(stage, "pay"));
    const notice = page.getByRole("region", { name: "Uncertain effect" });
    await notice.getByRole("button", { name: "It was done" }).click();
    await page.keyboard.type("receipt 12");
    await notice.getByRole("button", { name: "Go on with it" }).click();
    await page.getByText("Paid: receipt 12").first().waitFor();
    await waitForStatus(page, "completed");
    await page.getByRole("button", { name: "Everything" }).click();
    await page.getByText("(given by a person)").first().waitFor();
    assertEquals(errors, []);
  });
});

Deno.test("studio: a request that waits for its answer is not called uncertain", needsBrowser, async () => {
  const [arrived, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<Response>()];
  await using shop = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    arrived.resolve();
    return answer.promise;
  });
  const permits = '[permissions]\nnet = ["127.0.0.1"]\n';
  const files = { "pay.pb": paying.replace(":9/", `:${shop.addr.port}/`), "playbooks.toml": permits };
  await onStage({ files }, async ({ server, open }) => {
    const id = await server.start("pay");
    await arrived.promise;
    const { page } = await open(`#/session/${id}`);
    const calls = page.getByRole("list", { name: "Calls" });
    await calls.getByText(`waits for the answer of POST http://127.0.0.1:${shop.addr.port}/pay`).waitFor();
    await server.post(`/v1/sessions/${id}/stop`);
    await calls.getByText("does not know whether this was done: POST").waitFor();
    answer.resolve(new Response("late"));
  });
});

const pausing = `# Shop
\`\`\`ts
/** @trigger At the beginning */
export async function Sell() {
  for (const thing of ["pen", "cup", "bag"]) {
    await Say("user", "How many of " + thing + "?");
    const [{ text }] = await WaitForMessage("human");
    await Say("user", text + " of " + thing);
    await Sleep(1.5);
  }
}
\`\`\`
`;

Deno.test({
  ...needsBrowser,
  name: "studio: between two questions, words stay in the box, and Enter sends them to the next",
  fn: () =>
    onStage({ files: { "shop.pb": pausing } }, async (stage) => {
      const { page, errors } = await stage.open(`#/session/${await stage.server.start("shop")}`);
      const box = page.getByRole("textbox", { name: "Answer for Shop" });
      await box.fill("1");
      await page.keyboard.press("Enter");
      await page.getByText("1 of pen").first().waitFor();
      await page.getByText("Waiting for the next question").waitFor();
      await box.fill("two");
      // What is typed is not lost when something else is clicked.
      await page.getByRole("tab", { name: "Variables" }).click();
      await page.getByText("How many of cup?").first().waitFor();
      assertEquals(await box.inputValue(), "two");
      await box.fill("2");
      await page.keyboard.press("Enter");
      await page.getByText("2 of cup").first().waitFor();
      await box.fill("3");
      await page.keyboard.press("Enter");
      await page.getByText("Answers the next question").waitFor();
      await page.getByText("3 of bag").first().waitFor();
      await waitForStatus(page, "completed");
      assertEquals(await box.count(), 0);
      assertEquals(errors, []);
    }),
});

const sleeping = `# Clock
\`\`\`ts
/** @trigger At the beginning */
export async function Tick() {
  for (let count = 1; count <= 3; count++) {
    await Say("user", "tick " + count);
    await Yield("user");
  }
  await Say("user", "sleeps");
  await Sleep(3600);
}
\`\`\`
`;

Deno.test(
  "studio: the page follows a session of another process, and stops and resumes one",
  needsBrowser,
  async () => {
    await onStage({ files: { "clock.pb": sleeping } }, async (stage) => {
      const other = stage.folder.start(["run", "clock.pb", "--name", "clock"]);
      await other.until("tick 1");
      const { page } = await stage.open(await addressOfSession(stage, "clock"));
      await page.getByText("tick 1").first().waitFor();
      other.send("on\n");
      await page.getByText("tick 2").first().waitFor();
      await page.getByRole("textbox", { name: "Answer for Clock" }).fill("from the page");
      await page.keyboard.press("Enter");
      await other.until("tick 3");
      await page.getByText("tick 3").first().waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await other.finished;
      await waitForStatus(page, "stopped");
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByRole("textbox", { name: "Answer for Clock" }).fill("last");
      await page.keyboard.press("Enter");
      await page.getByText("sleeps", { exact: true }).first().waitFor();
    });
  },
);
