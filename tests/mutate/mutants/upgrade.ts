import type { Mutant } from "../mutant.ts";

const tests = ["tests/upgrade"];

/** Bugs in the translation of programs of the original. */
export const upgradeMutants: readonly Mutant[] = [
  {
    bug: "an empty list of Python is true",
    file: "src/upgrade/helper_texts.ts",
    find: "if (Array.isArray(value) || py.isText(value)) return value.length > 0;",
    put: "if (Array.isArray(value)) return true;",
    tests,
  },
  {
    bug: "an artifact is no text for Python's operators",
    file: "src/upgrade/helper_texts.ts",
    find: 'return typeof value === "string" || typeof value?.charAt === "function"; // also an artifact',
    put: 'return typeof value === "string";',
    tests,
  },
  {
    bug: "the remainder of a negative number is JavaScript's",
    file: "src/upgrade/helper_texts.ts",
    find: "return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest;",
    put: "return rest;",
    tests,
  },
  {
    bug: "a division without rest rounds to zero",
    file: "src/upgrade/helper_texts.ts",
    find: "return Math.floor(a / b);",
    put: "return Math.trunc(a / b);",
    tests,
  },
  {
    bug: "a playbook that says that it is private becomes public",
    file: "src/upgrade/public_playbooks.ts",
    find: "if (hasOwnLine(lines, row)) return",
    put: "if (false) return",
    tests,
  },
  {
    bug: "a called playbook of another file stays private",
    file: "src/upgrade/public_playbooks.ts",
    find: "definition?.file !== file.path",
    put: "location.file !== file.path",
    tests,
  },
];
