import { decodeJournal } from "../../src/store/file/record.ts";

const root = new URL("../testdata/journals/", import.meta.url);

/** The program's behaviour in the release that wrote the journal. */
export interface JournalMeaning {
  readonly status: string | null;
  /** Words to persons. */
  readonly said: readonly string[];
  readonly calls: readonly string[];
  readonly results: readonly unknown[];
  /** The first 16 hexadecimal digits of the SHA-256 of each request's messages, as JSON. */
  readonly prompts: readonly string[];
  readonly agents: Readonly<
    Record<string, { readonly variables: unknown; readonly artifacts: readonly string[] }>
  >;
}

/** The folders of `tests/testdata/journals`: `<release>` or `<release>-<topic>`. */
export function releaseJournals(): readonly string[] {
  return [...Deno.readDirSync(root)].map(({ name }) => name).sort();
}

/** The entries of `journal.jsonl` as they were stored. */
export function storedJournal(name: string): readonly Readonly<Record<string, unknown>>[] {
  const bytes = Deno.readFileSync(new URL(`${name}/journal.jsonl`, root));
  return decodeJournal(bytes, name).entries as readonly Readonly<Record<string, unknown>>[];
}

export function journalMeaning(name: string): JournalMeaning {
  return JSON.parse(Deno.readTextFileSync(new URL(`${name}/expected.json`, root)));
}

/** The states of `state-<format>-<position>.json`: what checkpoints of the release held. */
export function storedStates(
  name: string,
): readonly { readonly state: unknown; readonly format: number; readonly position: number }[] {
  return [...Deno.readDirSync(new URL(`${name}/`, root))].flatMap((file) => {
    const [, format, position] = /^state-(\d+)-(\d+)\.json$/.exec(file.name) ?? [];
    if (format === undefined) return [];
    const state = JSON.parse(Deno.readTextFileSync(new URL(`${name}/${file.name}`, root)));
    return [{ state, format: Number(format), position: Number(position) }];
  });
}
