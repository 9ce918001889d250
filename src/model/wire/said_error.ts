import { type Fields, numberOf, objectOf, objectsOf, stringOf } from "./fields.ts";

/** An error that a server reports in the body of an answer with a good status. */
export interface SaidError {
  /** The HTTP status that the error names or means, or {@linkcode unknownStatus}. */
  readonly status: number;
  /** The server's own words. */
  readonly message: string;
}

/** Stands for an unknown status. The AI SDK takes an absent one for 500, as if the server itself had failed. */
export const unknownStatus = 599;

/** The error in a value; `undefined` if the value reports no error. */
export function saidErrorIn(value: Fields, event: string): SaidError | undefined {
  const response = objectOf(value["response"]);
  const base = objectOf(value["base_resp"]);
  const isError = event === "error" || value["type"] === "error" || hasError(value) ||
    (value["type"] === "response.failed") || (response !== undefined && hasError(response)) ||
    (base !== undefined && (numberOf(base["status_code"]) ?? 0) !== 0) || isBareMessage(value);
  if (!isError) return undefined;
  const message = errorWords(value) || JSON.stringify(value["error"] ?? value);
  return { message, status: statusOf(value) ?? unknownStatus };
}

/** The words of an error; servers put them in different fields. `""` if there are none. */
export function errorWords(value: unknown, depth = 0): string {
  if (typeof value === "string") return nestedWords(value, depth);
  if (depth > maxDepth) return "";
  const fields = objectOf(Array.isArray(value) ? value[0] : value);
  if (!fields) return "";
  for (const name of ["error", "response", "base_resp", "errors", ...messageFields]) {
    if (name === "response" && objectOf(fields[name])?.["error"] === undefined) continue;
    const words = errorWords(fields[name], depth + 1);
    if (words !== "") return words;
  }
  return "";
}

const messageFields = ["message", "status_msg", "error_msg", "detail", "msg", "reason"] as const;
const maxDepth = 5;

/** Gateways put the JSON of another server into their own message. */
function nestedWords(text: string, depth: number): string {
  if (!/^\s*\{/.test(text) || depth > maxDepth) return text.trim();
  try {
    return errorWords(JSON.parse(text), depth + 1) || text.trim();
  } catch {
    return text.trim();
  }
}

function hasError(value: Fields): boolean {
  const error = value["error"];
  return typeof error === "string" ? error.trim() !== "" : objectOf(error) !== undefined;
}

/** Whether an object has words for people and nothing of an answer. */
function isBareMessage(value: Fields): boolean {
  const isAnswer = ["choices", "usage", "type", "output", "candidates", "usageMetadata", "content", "delta"]
    .some((name) => name in value);
  if (isAnswer) return false;
  const words = [...messageFields, "errors"].filter((name) => name !== "reason");
  return words.some((name) => stringOf(value[name]) !== "" || objectsOf(value[name]).length > 0);
}

/** The status that an error names as a number, or means by its type. */
function statusOf(value: Fields): number | undefined {
  const response = objectOf(value["response"]);
  const places = [objectOf(value["error"]), objectOf(response?.["error"]), value]
    .filter((place) => place !== undefined);
  for (const place of places) {
    for (const name of ["status", "statusCode", "status_code", "code", "http_status"]) {
      const status = numberOf(place[name]);
      if (status !== undefined && status >= 400 && status < 600) return status;
    }
  }
  const names = places.flatMap((place) => ["code", "type", "status"].map((name) => stringOf(place[name])));
  return statusNames.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}

const statusNames: readonly (readonly [RegExp, number])[] = [
  [/auth|api_key/i, 401],
  [/permission|forbidden/i, 403],
  [/not_?found/i, 404],
  [/rate_?limit|too_?many|resource_exhausted/i, 429],
  [/invalid_?(request|argument|param)|bad_?request|unsupported|validation/i, 400],
];
