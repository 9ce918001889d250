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
  forkedFrom: z.looseObject({ id: text, position: count }).optional(),
  bytes: count.describe("Size of all its files"),
});

const finding = z.looseObject({ file: text, what: text, lost: text, fix: text });
const report = { findings: z.array(finding), notes: z.array(text) };

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
  "sessions verify": z.looseObject({
    storagePath: text,
    sound: z.boolean().describe("false: exit code 6"),
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
  }),
  "trust --list": z.looseObject({
    trusted: z.array(z.looseObject({ file: text, at: text, lines: z.array(text) })),
  }),
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
  return Object.entries(jsonDocuments).map(([command, schema]) => {
    const one = schema instanceof z.ZodArray ? schema.element : schema;
    const kind = schema instanceof z.ZodArray ? "A list. Each element has:" : "An object with:";
    return `### \`playbooks ${command} --json\`\n\n${kind}\n\n${
      fieldTable((one as z.ZodObject).shape as Shape)
    }`;
  }).join("\n\n");
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
