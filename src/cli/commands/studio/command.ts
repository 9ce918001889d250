import { defineCommand } from "../../command.ts";
import { readServeOptions, serveFlags } from "../serve/flags.ts";

/** `playbooks studio`. */
export const studioCommand = defineCommand({
  name: "studio",
  operands: "[FILES…]",
  completes: "files",
  operandCount: { min: 0, max: Infinity },
  summary: "show all sessions on a page in the browser",
  detail:
    `The page lists the sessions of the storage. It shows a session at each moment: words, timeline, call stacks
with the program's text, variables, code and prompt of each turn, spend. It answers questions, stops, resumes,
renames and forks sessions, and starts programs: FILES, else those of the current folder.

The page needs no network. Only this machine can connect, with the token in the printed address. Sessions that
the page starts run in this process. At Ctrl+C they stop, and go on at the next start.`,
  flags: [{ name: "no-open", doc: "only print the address" }, ...serveFlags],
  examples: ["playbooks studio", "playbooks studio --no-open --port 8080"],
  asksModels: true,
  read: (given) => ({ ...readServeOptions(given), page: { open: !given.flags.has("no-open") } }),
  load: async () => (await import("./studio.ts")).studio,
});
