import { assert, assertEquals } from "@std/assert";
import { reservedNames } from "../../../src/engine/builtins/table.ts";
import { upgradeProgram } from "../../../src/upgrade/mod.ts";
import { transcriptOf } from "./transcript.ts";

/**
 * Each program has its transcript beside it, under the same name with `.txt`. The replies of the person are the lines of
 * the transcript that begin with `> `.
 */
const folder = new URL("./programs/", import.meta.url);
/** The transcripts of the programs in `shared/corpus` that can run, those in Python after an upgrade. */
const corpusTranscripts = new URL("./corpus/", import.meta.url);
const corpus = new URL("../../../../shared/corpus/", import.meta.url);
/** What the command lines of programs give. */
const parameters: Readonly<Record<string, Record<string, string>>> = {
  "command-line-utilities_hello": { name: "Ada" },
};

const cases = [
  ...casesIn(folder, folder),
  // The corpus is not part of the repository.
  ...(isFolder(corpus) ? casesIn(corpusTranscripts, corpus) : []),
];

for (const { name, path, text, transcript } of cases) {
  Deno.test(`rehearsal: ${name} goes as its transcript says`, async () => {
    const replies = transcript.filter((line) => line.startsWith("> ")).map((line) => line.slice(2));
    const { after } = await upgradeProgram({ path, text }, new Set(reservedNames));
    const given = parameters[name] ?? {};
    assertEquals(await transcriptOf(after, { path, replies, parameters: given }), transcript);
  });

  Deno.test(`rehearsal: ${name} reads no step to the person, fills every placeholder, and ends`, () => {
    const steps = text.split("\n").flatMap((line) => /^\s*(?:-|\d+\.)\s+(.*\w)/.exec(line)?.[1] ?? []);
    for (const line of transcript.filter((each) => !/^[~>[]/.test(each))) {
      assert(!steps.some((step) => step === line), `the step itself: ${line}`);
      assert(!/\$\w|\{\$?\w+\}|undefined|NaN|\[object/.test(line), `not filled in: ${line}`);
    }
    assert(!/rounds|max_rehearsal_turns|no progress|no avail/.test(transcript.at(-1)!), transcript.at(-1));
  });
}

function casesIn(transcripts: URL, programs: URL) {
  return [...Deno.readDirSync(transcripts)].filter(({ name }) => name.endsWith(".txt")).map(({ name }) => {
    const program = name.replace(/\.txt$/, "");
    const path = [program, `${program}.pb`].find((each) => isFile(new URL(each, programs)))!;
    return {
      name: program,
      path,
      text: Deno.readTextFileSync(new URL(path, programs)),
      transcript: Deno.readTextFileSync(new URL(name, transcripts)).trimEnd().split("\n"),
    };
  });
}

function isFile(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

function isFolder(url: URL): boolean {
  try {
    return Deno.statSync(url).isDirectory;
  } catch {
    return false;
  }
}
