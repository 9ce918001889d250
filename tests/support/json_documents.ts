import { z } from "zod";
import { jsonLine } from "../../src/frontends/json_events.ts";
import { sessionStatuses } from "../../src/store/session_summary.ts";

const text = z.string();
const count = z.int().nonnegative();

const session = z.looseObject({
  id: text,
  name: text.optional(),
  status: z.enum(sessionStatuses),
  programPaths: z.array(text).describe("Absolute paths of the program's files"),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  runAt: z.iso.datetime().describe("The last start or resume"),
  position: count.describe("Number of journal entries"),
  turns: count,
  calls: count.describe("Calls of models"),
  tokens: count,
  costUsd: z.number().describe("0 if no price is known"),
  exit: count.optional().describe("Exit code of the last run, if it ended by itself"),
  encrypted: z.literal(true).optional().describe("Its content is encrypted"),
  locked: z.enum(["no key", "wrong key"]).optional().describe(
    "Why it cannot be read: then its name is absent, and its paths are empty",
  ),
  forkedFrom: z.looseObject({ id: text, position: count }).optional(),
  bytes: count.describe("Size of all its files"),
});

const finding = z.looseObject({ file: text, what: text, lost: text, fix: text });
const report = { findings: z.array(finding), notes: z.array(text) };

const moment = z.looseObject({
  id: text,
  position: count,
  next: text.optional(),
  stack: z.array(z.looseObject({ depth: count, agent: text, playbook: text, turn: count })),
  words: z.array(z.looseObject({ position: count, by: text, to: text, text })),
  spent: z.looseObject({}),
  end: z.enum(["completed", "failed"]).optional(),
});
const person = z.looseObject({ id: text, klass: text });

const price = z.looseObject({ input: z.number(), output: z.number() }).nullable();

/** The documents that listings print with `--json`. More fields may be added. */
export const jsonDocuments = {
  "sessions list": z.array(session).describe("All sessions, the last run first"),
  "sessions show": session.extend({
    folder: text.describe("Its folder in the storage"),
    background: z.array(z.looseObject({ model: text, id: text })).describe(
      "Answers that providers make in the background",
    ),
    resume: text.nullable().optional().describe("How to go on"),
  }),
  "sessions search": z.array(z.looseObject({
    session: text.describe("Id of the session"),
    name: text.optional().describe("Its name"),
    position: count.optional().describe("Position of the entry; absent for a match in the name or a path"),
    at: z.iso.datetime().optional().describe("Time of the entry"),
    kind: z.enum(["name", "program", "words", "variable", "artifact", "result", "error"]),
    who: text.describe("The agent or person; empty for the session itself"),
    line: text.describe("The whole line"),
    start: count.describe("Where the match begins in the line"),
    end: count.describe("Where it ends"),
  })).describe("All matches, the newest session first"),
  "sessions fork": z.looseObject({
    id: text.describe("Id of the new session"),
    forkedFrom: z.looseObject({ id: text, position: count }),
    resume: text.describe("The command that continues it"),
  }),
  "sessions diff": z.looseObject({
    a: moment.describe("The first moment: its calls, the words after the common entries, and what it spent"),
    b: moment.describe("The second moment"),
    common: count.describe("Number of equal entries from the first one on"),
    agents: z.array(z.looseObject({
      id: text,
      klass: text,
      in: z.enum(["a", "b"]).optional(),
      variables: z.array(z.looseObject({ name: text })),
    })).describe(
      "Agents that differ. `in` is absent if both moments have the agent. A variable has `a`, `b`, or both",
    ),
    results: z.array(z.looseObject({
      a: count,
      b: count,
      playbook: text,
      name: text,
      before: z.looseObject({ ok: z.boolean() }),
      after: z.looseObject({ ok: z.boolean() }),
    })).describe("Effects after the common entries that have different results; `a` and `b` are positions"),
  }),
  "sessions verify": z.looseObject({
    storagePath: text,
    sound: z.boolean().describe("false: exit code 6"),
    notChecked: count.describe("Sessions that `PLAYBOOKS_KEY` does not open; each has `locked`"),
    sessions: z.array(z.looseObject({ id: text, entries: count, ...report })),
    index: z.looseObject(report).optional().describe("The registry; absent for one session"),
  }),
  "check": z.looseObject({
    files: z.array(text),
    ok: z.boolean().describe("false: exit code 2"),
    title: text.optional(),
    description: text.optional(),
    agents: z.array(z.looseObject({ name: text, playbooks: z.array(z.looseObject({ name: text })) })),
    problems: z.array(z.looseObject({
      file: text,
      line: count,
      column: count,
      length: count,
      severity: z.enum(["error", "warning"]),
      code: text.describe("See docs/problems.md"),
      message: text,
      fix: text.optional(),
    })),
  }),
  "models": z.looseObject({
    models: z.array(z.looseObject({
      use: text,
      model: text,
      provider: text.optional(),
      name: text.optional(),
      address: text.nullable(),
      key: z.looseObject({ variable: text, set: z.boolean(), needed: z.boolean() }).nullable(),
      price: price.describe("US dollars for a million tokens"),
    })),
    prices_as_of: text,
  }),
  "config show": z.looseObject({
    config: z.looseObject({}),
    from: z.looseObject({}).describe("Where each setting comes from"),
    files_used: z.array(text),
    untrusted: z.array(z.unknown()),
    ignored: z.array(z.looseObject({ place: text, reason: text })).describe(
      "Variables with the prefix PLAYBOOKS_ that have no effect",
    ),
  }),
  "trust --list": z.looseObject({
    trusted: z.array(z.looseObject({ file: text, at: text, lines: z.array(text) })),
  }),
  "serve": z.looseObject({
    type: z.literal("serve"),
    address: text.describe("The address of the first visit; with the token, unless that is kept in a file"),
    origin: text.describe("Where the API is"),
    token: text.optional(),
    tokenFile: text.optional(),
    pid: count.describe("The process"),
    location: text.describe("The storage of its sessions"),
    programs: count.describe("Programs that clients can start"),
  }).describe("The first and only line. Everything else goes to standard error"),
} satisfies Readonly<Record<string, z.ZodType>>;

/** The lines that some commands print with `--json`, an object a line. More fields and types may be added. */
export const jsonSessionLines = {
  "sessions log": z.looseObject({
    position: count.describe("Number of the entry; `ID@position` is the session right after it"),
    at: z.iso.datetime().describe("Time of the entry"),
    type: text.describe(
      "`begin`, `run`, `agent`, `call`, `ask`, `answer`, `code`, `step`, `set`, `start`, `effect`, `words`, `return`, " +
        "`end`, and more; each has fields of its own",
    ),
    agent: person.optional().describe("The agent whose call it belongs to"),
    frame: z.looseObject({ id: text, playbook: text, turn: count }).optional().describe("The call"),
  }),
  "sessions dump": z.looseObject({
    n: count.describe("Position of the entry"),
    crc: text.describe("Checksum of its record"),
    e: z.looseObject({ type: text, at: z.number() }).describe("The entry: see docs/format.md"),
  }),
  "worker": z.strictObject({
    type: z.enum(["begin", "take", "end", "refuse", "park", "warning", "trouble", "stop"]).describe(
      "`begin` is the first line, and `stop` the last one. `take`: a session runs here; `end`: its run ended. " +
        "`refuse`: a session cannot run here. `park`: no worker takes it any more. `trouble`: the storage fails",
    ),
    time: z.iso.datetime().describe("When the line was written, UTC"),
    session: text.optional().describe("`take`, `end`, `refuse`, `park`, `warning`: id of the session"),
    name: text.optional().describe("Its name, if it has one; not of a `warning`"),
    location: text.optional().describe("`begin`: the storage"),
    concurrency: count.optional().describe("`begin`: sessions that run at the same time"),
    reason: z.enum(["queued", "due", "answered", "orphaned"]).optional().describe("`take`: why it can go on"),
    deaths: count.optional().describe("`take` of an orphan: how often its process died at this place"),
    status: z.enum(sessionStatuses).nullable().optional().describe(
      "`end`: the status of the session; null if another process has taken it over",
    ),
    exit: count.optional().describe("`end`: exit code of the run; `stop`: exit code of the worker"),
    message: text.optional().describe(
      "`end`, `refuse`, `park`, `warning`, `trouble`: what happened, for people",
    ),
    left: z.array(text).optional().describe(
      "`stop`: sessions that did not stop in time; another worker takes them",
    ),
    refused: count.optional().describe(
      "`stop` with `--until-idle`: sessions that could go on and cannot run here",
    ),
    held: count.optional().describe("`stop` with `--until-idle`: sessions that other processes hold"),
  }).describe(
    "A `take` is written when the lease is held, and has one `end`, unless `left` names its session. " +
      "A worker that is killed, or ends with exit code 6, writes no `stop`",
  ),
} satisfies Readonly<Record<string, z.ZodType>>;

/** The lines of `--json`, as tables for docs/reference/json.md. */
export function jsonLineTables(): string {
  const types = jsonLine.options.map((option) => {
    const { type, time: _time, position: _position, ...fields } = option.shape as Shape;
    return `### \`${schemaOf(type!).const}\`\n\n${option.description}.\n\n${fieldTable(fields)}`.trimEnd();
  });
  const { time, position } = jsonLine.options[0].shape;
  return [
    "Every line has these fields:",
    fieldTable({ type: z.string().describe("One of the types below"), time, position }),
    ...types,
  ].join("\n\n");
}

/** The documents of listings, as tables for docs/reference/json.md. */
export function jsonDocumentTables(): string {
  const documents = Object.entries(jsonDocuments).map(([command, schema]) =>
    schema instanceof z.ZodArray
      ? documentTable(command, "A list. Each element has:", schema.element as z.ZodObject)
      : documentTable(command, "An object with:", schema)
  );
  const lines = Object.entries(jsonSessionLines).map(([command, schema]) =>
    documentTable(command, lineKind(schema), schema)
  );
  return [...documents, ...lines].join("\n\n");
}

function lineKind({ description }: z.ZodObject): string {
  return `${description === undefined ? "" : `${description}. `}One object a line. Each has:`;
}

function documentTable(command: string, kind: string, schema: z.ZodObject): string {
  return `### \`playbooks ${command} --json\`\n\n${kind}\n\n${fieldTable(schema.shape as Shape)}`;
}

/** The JSON Schema (2020-12) of a line, for docs/reference/json.schema.json. */
export function jsonLineSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(jsonLine), null, 2)}\n`;
}

type Shape = Readonly<Record<string, z.ZodType>>;

function fieldTable(shape: Shape): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const optional = schema.safeParse(undefined).success;
    const type = typeText(schemaOf(schema));
    return `| \`${name}\`${optional ? " (may be absent)" : ""} | ${type} | ${schema.description ?? ""} |`;
  });
  return rows.length === 0 ? "" : ["| field | type | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

function schemaOf(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: "input" }) as SchemaNode;
}

function typeText(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum) return node.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  if (node.anyOf) return node.anyOf.map(typeText).join(" or ");
  if (node.items) return `list of ${typeText(node.items)}`;
  const names = Object.keys(node.properties ?? {});
  if (names.length > 0) return `object (${names.map((name) => `\`${name}\``).join(", ")})`;
  return [node.type ?? "any value"].flat().join(" or ");
}
