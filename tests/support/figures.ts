import { batchSyncMs } from "../../src/store/file/journal.ts";
import { encodeCursor } from "../../src/store/file/delivery_cursor.ts";
import { maxInlineLength } from "../../src/store/packed_value.ts";
import { effortTokens } from "../../src/model/protocols/protocol.ts";
import { maxUnsynced, maxUnsyncedMs } from "../../src/engine/continuations.ts";
import { maxTextBounds } from "../../src/prompt/message_texts.ts";
import { maxInlineResults } from "../../src/engine/fold/history.ts";
import { defaultLimits } from "../../src/sandbox/host/limits.ts";
import { settings } from "../../src/cli/settings.ts";

/** Words of a document that promise a bound, generated from the code. */
export interface Figure {
  readonly file: string;
  readonly says: string;
}

const { words: wordsBound, newest: newestBound, page: pageBound, list: listBound } = maxTextBounds;
const [words, newest, page, list] = [wordsBound, newestBound, pageBound, listBound].map((bound) =>
  bound.toLocaleString("en-US")
);

/** Every bound and default in prose. Another test checks the settings' defaults in `playbooks.toml`. */
export const figures: readonly Figure[] = [
  { file: "docs/durability.md", says: `at most ${maxUnsynced} entries, for ${maxUnsyncedMs} ms` },
  { file: "docs/durability.md", says: `more than ${maxInlineResults} results` },
  { file: "docs/format.md", says: `Values over ${maxInlineLength / 1024} KiB` },
  { file: "docs/format.md", says: `one line of ${encodeCursor(0, "").length} bytes` },
  {
    file: "docs/models.md",
    says: `low up to ${effortTokens.low} tokens, medium up to ${effortTokens.medium}, then high`,
  },
  { file: "docs/models.md", says: `up to ${newest} characters together` },
  { file: "docs/models.md", says: `over ${list} characters (0.3 as many` },
  { file: "docs/models.md", says: `whole up to ${words} characters` },
  { file: "docs/models.md", says: `${page} characters together. \`LoadArtifact` },
  { file: "docs/models.md", says: `${page} characters; \`{ from:` },
  { file: "playbooks.toml", says: `"batch": within ${batchSyncMs} ms` },
  { file: "src/cli/settings.ts", says: `within ${batchSyncMs} ms` },
  { file: "playbooks.toml", says: `sleeps under ${defaultLimits.shortSleepSeconds} s` },
  { file: "src/cli/settings.ts", says: `sleeps under ${defaultLimits.shortSleepSeconds} s` },
];

/** The documents in which every figure with a unit must come from the code. */
export const promising = [
  "README.md",
  "docs/format.md",
  "docs/sessions.md",
  "docs/durability.md",
  "docs/models.md",
  "playbooks.toml",
];

/**
 * Figures with a unit in a document that are not compared with the code. Table rows and sentences that start with a
 * task hold measurements, not promises. Another test compares the lines of `playbooks.toml` that set a key.
 */
export function loneFigures(file: string, document: string): string[] {
  const own = figures.filter((figure) => figure.file === file);
  let text = document.replaceAll(/<!-- made: (.*?) -->.*?<!-- end: \1 -->/gs, "");
  for (const { says } of own) text = text.replaceAll(says, "");
  const lines = text.split("\n").filter((line) => !/^\||^`deno /.test(line));
  return lines.flatMap((line) => line.match(withUnit) ?? []);
}

const withUnit =
  /(?<![\w.:-])\d[\d,._]*\s?(?:ms|s|seconds?|minutes?|hours?|[KMG]iB|[kMG]B|bytes|entries|characters|tokens|agents|messages|results|times)\b/g;

/** Settings with their default repeated in the description. */
export function settingsWithFigures(): string[] {
  const compared = figures.filter(({ file }) => file === "src/cli/settings.ts").map(({ says }) => says);
  return settings.filter(({ doc }) => {
    const rest = compared.reduce((text, says) => text.replaceAll(says, ""), doc);
    return rest.match(withUnit) !== null;
  }).map(({ table, key }) => `${table}.${key}`);
}
