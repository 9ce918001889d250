import { assertEquals } from "@std/assert";
import fs from "node:fs";
import type { Browser, Page } from "playwright-core";

/** The browser of the system; `undefined` without one. Debian has it in the package chromium. */
export const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => isFile(path));

/** The options of a test that needs a browser. Without one, the test is skipped. */
export const needsBrowser = {
  ignore: chromiumPath === undefined,
  // The browser and its pipes belong to the library, and end with the process of the browser.
  sanitizeOps: false,
  sanitizeResources: false,
};

if (chromiumPath === undefined) {
  // deno-lint-ignore no-console
  console.warn("Skipped: tests of the page need chromium (apt-get install chromium)");
}

/** The sizes of a phone, a laptop and a wide screen. */
export const screenSizes = {
  phone: { width: 360, height: 740 },
  laptop: { width: 1280, height: 800 },
  wide: { width: 1920, height: 1080 },
} as const;

/** A page, with all errors of its scripts and all refusals of its policy. */
export interface OpenedPage {
  readonly page: Page;
  readonly errors: readonly string[];
  /** Addresses that the page asked for. */
  readonly requests: readonly string[];
}

/** Opens pages in a browser of its own, and ends the browser at the end. */
export async function withBrowser(work: (open: OpenPage) => Promise<void>): Promise<void> {
  const { chromium } = await importPlaywright();
  // The sandbox of chromium does not start as root.
  const browser = await chromium.launch({ executablePath: chromiumPath!, args: ["--no-sandbox"] });
  try {
    await work((address, options) => openPage(browser, address, options));
  } finally {
    await browser.close();
  }
}

/** Imports the library. It looks for files in /proc, which only a process with all permissions may do. */
async function importPlaywright(): Promise<typeof import("playwright-core")> {
  const { existsSync } = fs;
  fs.existsSync = (path) => !String(path).startsWith("/proc/") && existsSync(path);
  try {
    return await import("playwright-core");
  } finally {
    fs.existsSync = existsSync;
  }
}

type OpenPage = (address: string, options?: PageOptions) => Promise<OpenedPage>;

interface PageOptions {
  readonly size?: { readonly width: number; readonly height: number };
  readonly colours?: "light" | "dark";
}

async function openPage(
  browser: Browser,
  address: string,
  { size = screenSizes.laptop, colours = "light" }: PageOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport: { ...size },
    colorScheme: colours,
    hasTouch: size.width < 500,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(actionMs);
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(address);
  return { page, errors, requests };
}

/** Reads a value of the page, frame by frame, until it is the expected one. Fails with the last value that it read. */
export async function assertBecomes<T>(page: Page, read: () => Promise<T>, expected: T): Promise<void> {
  const end = Date.now() + actionMs;
  let value = await read();
  while (value !== expected && Date.now() < end) {
    await page.evaluate("new Promise(requestAnimationFrame)");
    value = await read();
  }
  assertEquals(value, expected);
}

/** Far more than a click takes on a busy machine. */
const actionMs = 20_000;

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
