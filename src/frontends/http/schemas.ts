import { isNestedTooDeep } from "../../text/mod.ts";
import type { SchemaLibrary } from "./route.ts";

/** The schemas of bodies, queries and answers. They check requests, and the OpenAPI document is made from them. */
export type HttpSchemas = ReturnType<typeof httpSchemas>;

/** Makes the schemas. Objects of answers may get fields; objects of requests have no others. */
export function httpSchemas(z: SchemaLibrary) {
  return { ...requestSchemas(z), ...answerSchemas(z) };
}

function requestSchemas(z: SchemaLibrary) {
  const count = z.coerce.number().int().nonnegative();
  const position = count.describe("A number of journal entries");
  const name = z.string().min(1).max(maxNameCharacters);
  const text = z.string().max(maxTextCharacters);
  const row = count.default(0).describe("Rows from this one on; they count from 0");
  const maxCharacters = count.min(1).default(2000).describe("Longer values are cut");
  const listFilter = {
    status: z.string().optional().describe(
      "With commas: queued, running, stopped, waiting, completed, failed",
    ),
    program: z.string().optional().describe("A file, or its name"),
    since: z.string().optional().describe("Sessions that ran since then: `2d`, `2026-03-01`"),
    until: z.string().optional().describe("Sessions whose last run began until then"),
    text: z.string().optional().describe("A text in the name, the id or the program's name"),
    sort: z.enum(["age", "started", "cost", "size", "name", "status"]).optional(),
    limit: z.string().optional().describe("The most sessions; 0 for all"),
  };
  return {
    listQuery: z.strictObject(listFilter),
    start: z.strictObject({
      program: z.string().min(1).max(4096).describe("A name or a path of GET /v1/programs"),
      parameters: z.record(z.string(), z.unknown()).default({}).describe(
        "Parameters of the program, by name",
      ),
      name: name.optional().describe("A name for the session, unique in the storage"),
      model: z.string().min(1).max(500).optional().describe("The model to ask, as provider:name"),
      message: text.optional().describe("The first words of the user, or `$startup_message`"),
      call: text.optional().describe("`Name(arguments)`: begin with this call"),
    }),
    showQuery: z.strictObject({
      position: position.optional(),
      maxCharacters,
      past: z.enum(["yes", "no"]).default("yes").describe(
        "Also the spend by model and the failure, which takes longer",
      ),
    }),
    outlineQuery: z.strictObject({ from: row }),
    rowsQuery: z.strictObject({
      from: row,
      limit: count.min(1).max(maxRowsAtOnce).default(100),
      kinds: z.string().max(500).optional().describe("With commas: rows of these kinds only"),
    }),
    turnQuery: z.strictObject({ row: count.describe("The row of an answer in the outline") }),
    writesQuery: z.strictObject({
      agent: z.string().min(1).max(200).describe("Id of the agent"),
      name: z.string().min(1).max(1000).describe("Name of the variable"),
    }),
    positionQuery: z.strictObject({ position: position.optional() }),
    eventsQuery: z.strictObject({
      from: z.string().max(30).default("0").describe(
        "Events after this position, or after an id of the stream",
      ),
    }),
    storyQuery: z.strictObject({
      from: position.default(0).describe("Items after this position"),
      to: position.optional().describe("Items up to this position"),
      limit: count.min(1).max(maxPageItems).default(1000).describe("The most items; an entry is never split"),
      maxCharacters,
    }),
    diffQuery: z.strictObject({
      a: position.optional().describe("A moment of this session; now if absent"),
      with: z.string().optional().describe("Another session; this one if absent"),
      b: position.optional().describe("A moment of the other session; now if absent"),
    }),
    searchQuery: z.strictObject({
      text: z.string().min(1).max(maxNameCharacters),
      limit: count.min(1).max(maxPageItems).default(200),
    }),
    words: z.strictObject({
      text: text.describe("The words"),
      to: z.string().max(200).optional().describe(
        "Id of an agent, or `meeting 100`; else the oldest question",
      ),
      person: z.string().max(200).optional().describe("Who speaks; else the person who is asked"),
    }),
    decision: z.strictObject({
      effect: z.string().min(1).max(200).describe("Id of an open effect of the session"),
      choice: z.enum(["retry", "skip", "done", "fail"]),
      result: z.unknown().optional().describe("With `done`: the result that the effect had, any JSON"),
    }).refine(({ choice, result }) => (choice === "done") === (result !== undefined), {
      path: ["result"],
      message: '"done" needs a result, and no other choice has one',
    }).refine(({ result }) => !isNestedTooDeep(result), {
      path: ["result"],
      message: "it has more than 100 levels of lists and objects in each other",
    }),
    nothing: z.strictObject({}),
    fork: z.strictObject({
      position: z.int().min(0).optional().describe(
        "The entries to copy; all but the program's end if absent",
      ),
      name: name.optional(),
      set: z.record(z.string(), z.unknown()).default({}).describe(
        "Values to set there: `state.x`, `Agent.state.x`, `local.x`, `result@12`",
      ),
      run: z.boolean().default(false).describe("Continue the new session at once"),
    }),
    rename: z.strictObject({ name: name.nullable().describe("null takes the name away") }),
  };
}

function answerSchemas(z: SchemaLibrary) {
  const session = z.looseObject({
    id: z.string(),
    name: z.string().optional(),
    status: z.string().describe("queued, running, stopped, waiting, completed or failed"),
    programPaths: z.array(z.string()),
    createdAt: z.string(),
    updatedAt: z.string(),
    runAt: z.string(),
    position: z.int().describe("The number of journal entries"),
    turns: z.int(),
    tokens: z.number(),
    costUsd: z.number(),
    refusal: z.string().optional().describe("Why this server could not run it"),
    isHere: z.boolean().describe("This server runs the session, or will when one of its places is free"),
  });
  const parameter = z.looseObject({ name: z.string(), kind: z.string(), optional: z.boolean() });
  return {
    session: z.looseObject({ session }),
    list: z.looseObject({ sessions: z.array(session), total: z.int().describe("Sessions that fit") }),
    programs: z.looseObject({
      programs: z.array(z.looseObject({
        name: z.string(),
        paths: z.array(z.string()),
        parameters: z.array(parameter),
        takesMessage: z.boolean().describe("It takes `message` as `$startup_message`"),
        problems: z.array(z.string()).describe("Why it cannot be started"),
      })),
    }),
    details: z.looseObject({
      session,
      position: z.int(),
      questions: z.array(z.looseObject({ id: z.string(), agent: z.string(), person: z.string() }))
        .describe("Open questions; POST messages answers them"),
      openEffects: z.array(z.looseObject({ id: z.string(), what: z.string(), isRepeatable: z.boolean() }))
        .describe(
          "Effects that began and have no result. If no process runs the session, they are uncertain",
        ),
      agents: z.array(
        z.looseObject({ id: z.string(), klass: z.string(), variables: z.record(z.string(), z.string()) }),
      ),
      calls: z.array(
        z.looseObject({ id: z.string(), agent: z.string(), playbook: z.string(), depth: z.int() }),
      )
        .describe("Call stacks: each call after its caller, with its step, variables and waits"),
      spent: z.looseObject({ turns: z.int(), tokens: z.number(), costUsd: z.number() }),
    }),
    story: z.looseObject({
      items: z.array(z.looseObject({ type: z.string(), position: z.int(), atMs: z.number() })),
      next: z.int().nullable().describe("`from` of the next page; null at the end"),
    }),
    source: z.looseObject({
      files: z.array(z.looseObject({ path: z.string(), text: z.string() })),
      steps: z.array(z.looseObject({ number: z.string(), file: z.string(), line: z.int() })),
    }),
    tail: z.looseObject({ items: z.array(z.looseObject({ type: z.string(), position: z.int() })) }),
    outline: z.looseObject({
      rows: z.int().describe("The number of all rows so far"),
      isWhole: z.boolean().describe("The session was read to its end"),
      from: z.int().describe("The first row of the columns"),
      kinds: z.array(z.int()),
      tail: z.array(z.looseObject({ type: z.string(), position: z.int() })).optional().describe(
        "The items of the last 300 entries, in the first answer about a long session",
      ),
    }),
    rows: z.looseObject({ rows: z.array(z.looseObject({ row: z.int(), type: z.string() })) }),
    turns: z.looseObject({ turns: z.array(z.looseObject({ row: z.int(), model: z.string() })) }),
    turnText: z.looseObject({
      code: z.string(),
      prompt: z.string().optional().describe("Absent for code of the program"),
    }),
    writes: z.looseObject({
      writes: z.array(z.looseObject({ position: z.int(), value: z.string().optional() })),
      leftOut: z.int().describe("The number of earlier writes"),
    }),
    diff: z.looseObject({ common: z.int().describe("The number of equal entries from the first one on") }),
    hits: z.looseObject({
      hits: z.array(z.looseObject({ session: z.string(), kind: z.string(), line: z.string() })),
      isCut: z.boolean().describe("There are more"),
    }),
    posted: z.looseObject({ key: z.string() }),
    problem: z.looseObject({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      detail: z.string().describe("What failed, why, and what to do"),
      exit: z.int().optional().describe("The exit code that the command line has for this failure"),
      errors: z.array(z.looseObject({ field: z.string(), message: z.string() })).optional(),
    }),
  };
}

const maxNameCharacters = 200;
const maxTextCharacters = 500_000;
const maxPageItems = 10_000;
const maxRowsAtOnce = 1000;
