// deno-lint-ignore-file no-console
/**
 * Measures the page of `playbooks studio` with a session of many entries: the time until its rows are there, and the frames
 * of a scroll; and how far the page of a running session is behind its journal.
 *
 *     deno run -A bench/page.ts BINARY [--entries 100000] [--rounds 5]
 *
 * It needs chromium. Takes about a minute.
 */
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { FileStore } from "../src/store/mod.ts";
import { withBrowser } from "../tests/support/browser.ts";
import { storeLongSession } from "../tests/support/long_session.ts";
import { median } from "./statistics.ts";

const { values, positionals: [given = "dist/playbooks"] } = parseArgs({
  allowPositionals: true,
  options: { entries: { type: "string", default: "100000" }, rounds: { type: "string", default: "5" } },
});
const binary = Deno.realPathSync(given);
const [entries, rounds] = [Number(values.entries), Number(values.rounds)];
const folder = Deno.makeTempDirSync({ prefix: "playbooks_page_" });
const env = { HOME: folder, PLAYBOOKS_LIMITS__MAX_LLM_CALLS: "1000000" };

const storyteller =
  "# Guide\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Ask the user for a word\n- End program\n";
/** Says its own time, so that the page knows how late it is. */
const clock = `# Clock
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (let n = 0; n < 100; n++) {
    await Sleep(0.1);
    await Say("user", "at " + Date.now());
  }
}
\`\`\`
`;

const scrollMs = 3000;
/** Runs in the page. */
const countFrames = `new Promise((resolve) => {
  let count = 0;
  const begin = performance.now();
  const frame = () => {
    count++;
    const passed = performance.now() - begin;
    if (passed < ${scrollMs}) requestAnimationFrame(frame);
    else resolve(count * 1000 / passed);
  };
  requestAnimationFrame(frame);
})`;

/** Runs in the page: how late each new time is shown, for some seconds. */
const watchTimes = `new Promise((resolve) => {
  const times = () => [...document.body.innerText.matchAll(/\\bat (\\d{13})\\b/g)].map(([, time]) => Number(time));
  const seen = new Set(times());
  const late = [];
  new MutationObserver(() => {
    for (const time of times()) {
      if (seen.has(time)) continue;
      seen.add(time);
      late.push(Date.now() - time);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
  setTimeout(() => resolve(late), 6000);
})`;

try {
  await measure();
} finally {
  Deno.removeSync(folder, { recursive: true });
}

async function measure(): Promise<void> {
  Deno.writeTextFileSync(`${folder}/guide.pb`, storyteller);
  Deno.writeTextFileSync(`${folder}/clock.pb`, clock);
  await new Deno.Command(binary, { args: ["run", "guide.pb"], cwd: folder, env, stdin: "null" }).output();
  const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
  const [like] = store.list();
  console.log(`Making a session of ${entries} entries`);
  const id = await storeLongSession(store, { like: like!.id, count: entries, name: "long" });
  const studio = new Deno.Command(binary, {
    args: ["studio", "--no-open", "--json"],
    cwd: folder,
    env,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const { value } = await studio.stdout.getReader().read();
    const { origin, token } = JSON.parse(new TextDecoder().decode(value).split("\n")[0]!);
    await withBrowser(async (open) => {
      const { page } = await open(`${origin}/?token=${token}`);
      await measureLongSession(page, `${origin}/#/session/${id}`);
      await measureLateness(page, { origin, token });
    });
  } finally {
    studio.kill("SIGTERM");
    await studio.status;
  }
}

async function measureLongSession(page: Page, address: string): Promise<void> {
  const [opened, frames] = [[] as number[], [] as number[]];
  for (let round = 0; round < rounds; round++) {
    await page.goto("about:blank");
    const start = performance.now();
    await page.goto(address);
    await page.locator(".row .what").first().waitFor();
    opened.push(performance.now() - start);
    await page.locator(".chunk-list.tail").waitFor({ state: "detached" });
    frames.push(await framesOfScroll(page));
  }
  const shown = opened.map((ms) => ms.toFixed(0)).join(", ");
  console.log(`first rows after ${median(opened).toFixed(0)} ms (${shown})`);
  console.log(
    `scroll: ${median(frames).toFixed(0)} frames a second (${
      frames.map((each) => each.toFixed(0)).join(", ")
    })`,
  );
}

/** Frames a second while the list of rows is scrolled by a wheel for three seconds. */
async function framesOfScroll(page: Page): Promise<number> {
  const list = page.getByRole("region", { name: "Rows of the story" });
  await list.hover();
  const counted = page.evaluate<number>(countFrames);
  const end = performance.now() + scrollMs;
  while (performance.now() < end) {
    await page.mouse.wheel(0, -700);
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
  return await counted;
}

async function measureLateness(
  page: Page,
  { origin, token }: { readonly origin: string; readonly token: string },
): Promise<void> {
  // The program is run by another process, so the server follows its files.
  const run = new Deno.Command(binary, {
    args: ["run", "clock.pb", "--name", "clock"],
    cwd: folder,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const answer = await fetch(`${origin}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } });
  const { sessions } = await answer.json();
  const { id } = sessions.find(({ name }: { readonly name?: string }) => name === "clock");
  await page.goto(`${origin}/#/session/${id}`);
  await page.getByText(/^at \d+$/).first().waitFor();
  const late = await page.evaluate<readonly number[]>(watchTimes);
  const sorted = [...late].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  console.log(
    `the page of a session of another process is behind its journal: median ${at(0.5)} ms, 90 % within ${
      at(0.9)
    } ms, ` +
      `all ${sorted.length} within ${at(1)} ms`,
  );
  run.kill("SIGTERM");
  await run.status;
}
