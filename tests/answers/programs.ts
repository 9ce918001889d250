import { readRecording, type Recording } from "./recording.ts";

const recorded = new URL("./recorded/", import.meta.url);
const examples = new URL("../../examples/", import.meta.url);
const corpus = new URL("../../../shared/corpus/", import.meta.url);

/** Programs of the corpus, by the names of their recordings. The corpus lies beside the repository and may be missing. */
const corpusPrograms: Readonly<Record<string, string>> = {
  "corpus_greeting": "02-personalized-greeting.pb",
  "corpus_injection": "13-description-injection.pb",
  "corpus_scopes": "16-variables.pb",
  "corpus_waiting": "adaptive-waiting.pb",
  "corpus_chat": "chat.pb",
  "corpus_utility": "command-line-utilities_hello",
  "corpus_pen": "negotiation.pb",
  "corpus_storyteller": "storyteller.pb",
  "corpus_order": "tutorials_03.01_order_assistant.pb",
  "corpus_variables": "variables.pb",
};

/** Files that the programs read. */
export const corpusFiles: Readonly<Record<string, string>> = {
  "tests/data/13-description-injection-story.txt":
    "A dog with a bone saw another dog in the water, snapped at its bone, and lost its own.",
  "tests/data/13-description-injection-instructions.txt": "In one word: which vice is the story about?",
};

/** The recordings that can be played here, sorted by name; those of the corpus only if it exists. */
export function recordings(): Recording[] {
  return [...Deno.readDirSync(recorded)].map(({ name }) => name).sort().flatMap((file) => {
    const recording = readRecording(
      file.replace(/\.md$/, ""),
      Deno.readTextFileSync(new URL(file, recorded)),
    );
    return recording.program in corpusPrograms && !hasCorpus() ? [] : [recording];
  });
}

/** Whether the corpus lies beside the repository. */
export function hasCorpus(): boolean {
  try {
    return Deno.statSync(corpus).isDirectory;
  } catch {
    return false;
  }
}

/** The text of the program that a recording runs. */
export function programText(program: string): string {
  const file = corpusPrograms[program];
  const url = file === undefined ? new URL(`${program}.pb`, examples) : new URL(encodeURI(file), corpus);
  return Deno.readTextFileSync(url);
}
