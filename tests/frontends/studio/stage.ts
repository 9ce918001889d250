import type { Page } from "playwright-core";
import { type OpenedPage, screenSizes, withBrowser } from "../../support/browser.ts";
import { folderWith, type ProcessOptions, type TestFolder } from "../../support/playbooks_process.ts";
import { ServeProcess } from "../../support/serve_process.ts";

/** A running studio, and pages of it. */
export interface Stage {
  readonly folder: TestFolder;
  readonly server: ServeProcess;
  /** Opens a page of the studio: the list, or `#/session/…`. */
  readonly open: (
    where?: string,
    options?: { readonly size?: keyof typeof screenSizes; readonly colours?: "light" | "dark" },
  ) => Promise<OpenedPage>;
}

/** Runs commands in a folder, then shows its sessions in a studio. */
export async function onStage(
  { files, before = [], env = {} }: {
    readonly files: Readonly<Record<string, string>>;
    /** Command lines that run first; the number of entries after which a run dies. */
    readonly before?: readonly { readonly args: readonly string[]; readonly crashAt?: number }[];
    readonly env?: NonNullable<ProcessOptions["env"]>;
  },
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using folder = await folderWith(files);
  for (const { args, ...options } of before) await folder.run(args, { ...options, env });
  const process = folder.start(["studio", "--no-open", "--json"], { env });
  await process.until("\n");
  const begun = JSON.parse(process.stdout) as { readonly origin: string; readonly token: string };
  const server = new ServeProcess(process, begun);
  try {
    await withBrowser(async (openPage) => {
      await work({
        folder,
        server,
        open: async (where = "", { size = "laptop", ...options } = {}) => {
          const opened = await openPage(`${begun.origin}/?token=${begun.token}`, {
            size: screenSizes[size],
            ...options,
          });
          if (where !== "") await opened.page.goto(`${begun.origin}/${where}`);
          return opened;
        },
      });
    });
  } finally {
    await server.stop();
  }
}

/** The address of the session with a name. */
export async function addressOfSession({ server }: Stage, name: string): Promise<string> {
  const { sessions } = await server.get("/v1/sessions");
  const found = sessions.find((session: { readonly name?: string }) => session.name === name);
  if (!found) throw new Error(`There is no session ${name}`);
  return `#/session/${found.id}`;
}

/** Waits for a status in the header of a session. */
export async function waitForStatus(page: Page, status: string): Promise<void> {
  await page.locator("#main .session-head .status", { hasText: status }).waitFor();
}

/** Steps of a test that share a studio. Each step opens a page of its own. */
export async function inSteps(
  context: Deno.TestContext,
  set: Parameters<typeof onStage>[0],
  steps: Readonly<Record<string, (stage: Stage) => Promise<void>>>,
): Promise<void> {
  await onStage(set, async (stage) => {
    for (const [name, fn] of Object.entries(steps)) {
      await context.step({ name, fn: () => fn(stage), sanitizeOps: false, sanitizeResources: false });
    }
  });
}
