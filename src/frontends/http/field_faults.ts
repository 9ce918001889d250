import type { core, ZodError } from "zod";

/** A fault of one field of a request. */
export interface FieldFault {
  /** `parameters.city` */
  readonly field: string;
  readonly message: string;
}

/** The faults of a query or of a body, one for each field. `whole` names the value itself. */
export function fieldFaults({ issues }: ZodError, whole: string): readonly FieldFault[] {
  return issues.flatMap((issue) => {
    const { path, message } = issue;
    if (issue.code !== "unrecognized_keys") return [{ field: path.join(".") || whole, message }];
    return issue.keys.map((key) => ({ field: [...path, key].join("."), message: "there is no such field" }));
  });
}

/** The words of a fault: what the field takes. `undefined` leaves the library's words. */
export function wordsOfFault(issue: core.$ZodRawIssue): string | undefined {
  const { code, input } = issue;
  switch (code) {
    case "invalid_type": {
      const takes = typeNames[issue.expected] ?? issue.expected;
      return isMissing(input)
        ? `it is missing; it takes ${takes}`
        : `it takes ${takes}, not ${kindOf(input)}`;
    }
    case "invalid_value": {
      const takes = `it takes ${issue.values.length === 1 ? "" : "one of "}${issue.values.join(", ")}`;
      return isMissing(input) ? `it is missing; ${takes}` : takes;
    }
    case "too_small":
      return `it takes ${sizeOf(issue.origin, `at least ${issue.minimum}`)}`;
    case "too_big":
      return `it takes ${sizeOf(issue.origin, `at most ${issue.maximum}`)}`;
    default:
      return undefined;
  }
}

/** Names of types as the documentation of the API has them. */
const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

/** A number that is missing in a query is read as no number. */
function isMissing(input: unknown): boolean {
  return input === undefined || Number.isNaN(input);
}

function kindOf(input: unknown): string {
  if (input === null) return "null";
  if (Array.isArray(input)) return "a list";
  switch (typeof input) {
    case "string":
      return "a text";
    case "number":
      return Number.isInteger(input) ? "a number" : `the number ${input}`;
    case "boolean":
      return String(input);
    default:
      return "an object";
  }
}

function sizeOf(origin: string, bound: string): string {
  switch (origin) {
    case "string":
      return `a text of ${bound} characters`;
    case "array":
    case "set":
      return `a list of ${bound} elements`;
    default:
      return `a number of ${bound}`;
  }
}
