import type { Mutant } from "../mutant.ts";

const writes = ["tests/files/bounded_write_test.ts"];
const effects = ["tests/engine/code_world_test.ts"];
const library = ["tests/sandbox/library_test.ts"];
const imports = ["tests/language/code_imports_test.ts"];

/** Bugs in what code can use: files, the environment, the web's standard names, imported files. */
export const codeMutants: readonly Mutant[] = [
  {
    bug: "code writes into the storage of sessions",
    file: "src/files/bounded_write.ts",
    find: "if (closed.some((each) => isBelow(real, realPlace(each).real))) {",
    put: "if (closed.some((each) => real === each)) {",
    tests: writes,
  },
  {
    bug: "code writes the program's own files",
    file: "src/files/bounded_write.ts",
    find: "if (isGuarded && !allowed.includes(real)) {",
    put: "if (isGuarded && allowed.length === 0) {",
    tests: writes,
  },
  {
    bug: "a file with a second name is appended to",
    file: "src/files/bounded_write.ts",
    find: "if (info.nlink > 1)",
    put: "if (info.nlink > 2)",
    tests: writes,
  },
  {
    bug: "a repeated append adds its text once more",
    file: "src/files/bounded_write.ts",
    find: "const rest = earlier === undefined ? bytes : restOf(",
    put: "const rest = bytes.length > 0 ? bytes : restOf(",
    tests: [...writes, ...effects],
  },
  {
    bug: "appends at the same time have the same place",
    file: "src/engine/builtins/write_text_file.ts",
    find: "from: Math.max(place.bytes, endOfAppends(state, place.path)),",
    put: "from: place.bytes,",
    tests: effects,
  },
  {
    bug: "an append that may have been done is repeated without a decision",
    file: "src/engine/outside_requests.ts",
    find: "if (open.repeatable && open.append === undefined && sends < maxSends) {",
    put: "if (open.repeatable && sends < maxSends) {",
    tests: effects,
  },
  {
    bug: "* opens the keys of model providers",
    file: "src/engine/builtins/env.ts",
    find: '!(env.includes("*") && !isSecret)',
    put: '!env.includes("*")',
    tests: effects,
  },
  {
    bug: "random values are the same in all turns",
    file: "src/sandbox/host/host_functions.ts",
    find: 'createHmac("sha256", seed)',
    put: 'createHmac("sha256", "seed")',
    tests: library,
  },
  {
    bug: "a cleared timer runs",
    file: "src/sandbox/guest/library/timers.ts",
    find: "if (running.delete(id)) call(args);",
    put: "call(args);",
    tests: library,
  },
  {
    bug: "files that import each other are read up to the bound",
    file: "src/language/code_imports.ts",
    find: "if (chain.includes(found.path)) return",
    put: "if (chain.length > 5 && chain.includes(found.path)) return",
    tests: imports,
  },
];
