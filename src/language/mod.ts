/** The language: text in, a program and its problems out. Pure, deterministic, without disk or model. */
export type * from "./program.ts";
export { entryPlaybooks, hasBeginning, isBeginning, parseProgram } from "./parse.ts";
export { importCandidates } from "./imports.ts";
export type { ReadImport, RefusedImport } from "./imports.ts";
export { formatProblems } from "./problem.ts";
export { type ProblemCode, problemKinds } from "./problem_codes.ts";
export { conditionHolds, variablesOfCondition } from "./condition.ts";
export { nameKey } from "./names.ts";
export { peopleOf, personNamed } from "./people.ts";
export { loadStripTypes, type StripTypes } from "./code_parse.ts";
export { outline } from "./outline.ts";
export { findAgentClass, hasTools, playbookNamed } from "./lookup.ts";
export { signature as playbookSignature } from "./signature.ts";
export { playbookMarkdown } from "./markdown.ts";
export { playbookDigest } from "./digest.ts";
export { compareProgram, formatChanges } from "./compare.ts";
export { expandVariables, isServerName, readRemote, variablesOfRemote } from "./remote.ts";
export type { HttpServer, RemoteServer, StdioServer } from "./remote.ts";
