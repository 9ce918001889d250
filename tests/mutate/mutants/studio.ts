import type { Mutant } from "../mutant.ts";

const index = ["tests/session/story_index_test.ts"];

export const studioMutants: readonly Mutant[] = [
  {
    bug: "after a rewind, the rows of the removed entries stay",
    file: "src/session/story_index.ts",
    find: "if (position === this.position) return markOf(entry) === markOf(this.#last);",
    put: "if (position === this.position) return true;",
    tests: index,
  },
  {
    bug: "a part of an outline begins at a wrong entry",
    file: "src/session/story_index.ts",
    find: "const fromPosition = before?.position ?? 0;",
    put: "const fromPosition = 0;",
    tests: index,
  },
  {
    bug: "a resume looks as the first run of a session",
    file: "src/session/story_index.ts",
    find: 'if (item.type === "run" && item.stoppedMs !== undefined) return "resumed";',
    put: "",
    tests: index,
  },
  {
    bug: "a resume after a wait looks as a stop",
    file: "src/session/story_fold.ts",
    find: "...(isResumed && this.#waits.onlyWaits ? { waited: true } : {}),",
    put: "",
    tests: index,
  },
  {
    bug: "code that was edited waits for calls that are gone",
    file: "src/session/open_waits.ts",
    find: 'if (wait.kind === "call") this.#remove(wait.callee);\n    }',
    put: "}",
    tests: ["tests/session/open_waits_test.ts"],
  },
  {
    bug: "the oldest writes of a variable are shown in place of the newest ones",
    file: "src/session/story_index.ts",
    find: "return { writes: writes.slice(leftOut), leftOut };",
    put: "return { writes: writes.slice(0, limit), leftOut };",
    tests: index,
  },
  {
    bug: "a saved page lacks the end of the session among its moments",
    file: "src/session/saved_story.ts",
    find: "return [...new Set([...chosen, last])];",
    put: "return chosen.slice(0, -1);",
    tests: ["tests/cli/sessions_export_page_test.ts"],
  },
  {
    bug: "a saved page may load and send anything",
    file: "src/frontends/studio/studio_page.ts",
    find: '<meta http-equiv="Content-Security-Policy" content="${policy}">',
    put: "",
    tests: ["tests/cli/sessions_export_page_test.ts"],
  },
  {
    bug: "the name of a session becomes markup in a saved page",
    file: "src/frontends/studio/studio_page.ts",
    find: "<title>${htmlText(title)}</title>",
    put: "<title>${title}</title>",
    tests: ["tests/cli/sessions_export_page_test.ts"],
  },
  {
    bug: "the end of a long story begins at a wrong entry",
    file: "src/session/story_tail.ts",
    find: "position: last - maxEntries })",
    put: "position: last - maxEntries + 1 })",
    tests: index,
  },
  {
    bug: "a saved page holds texts that were to be redacted",
    file: "src/cli/commands/sessions_export/export_page.ts",
    find: "if (Array.isArray(part)) return part.map(of);",
    put: "if (Array.isArray(part)) return part;",
    tests: ["tests/cli/sessions_export_page_test.ts"],
  },
];
