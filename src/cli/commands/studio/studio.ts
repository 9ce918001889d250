import type { ExitCode } from "../../../errors.ts";
import { studioPage } from "../../../frontends/studio/studio_page.ts";
import type { World } from "../../world.ts";
import type { ServeOptions } from "../serve/options.ts";
import { serve } from "../serve/serve.ts";
import { openInBrowser } from "./open_in_browser.ts";

/** `playbooks studio`: serves the page and the API, and opens the page in the browser. */
export async function studio(options: ServeOptions, world: World): Promise<ExitCode> {
  const files = options.files.length > 0 ? options.files : programsIn(world.cwd);
  const page = {
    assets: await studioPage(),
    ...(options.page?.open ? { open: (address: string) => openInBrowser(address, world) } : {}),
  };
  return await serve({ ...options, files }, world, page);
}

/** The programs of a folder, by name. */
function programsIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name, isFile }) => isFile && name.endsWith(".pb"))
      .map(({ name }) => name).sort().slice(0, maxPrograms);
  } catch {
    return [];
  }
}

/** The programs are read when the page asks for them. */
const maxPrograms = 100;
