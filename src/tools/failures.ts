import { failureText } from "../net/mod.ts";

/** A server's process ended while it was greeted, or could not be greeted and wrote something. */
export class ServerEndedError extends Error {
  override readonly name = "ServerEndedError";
}

/** An error and what caused it, the outermost first. */
export function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && causes.length < 10;) {
    causes.push(at);
    at = (at as { readonly cause?: unknown }).cause;
  }
  return causes;
}

/** The words of an error: of its cause, if the error itself says only that something failed. */
export function reasonOf(error: unknown): string {
  const causes = causesOf(error);
  const ended = causes.find((each) => each instanceof ServerEndedError);
  if (ended) return boundedText(ended.message, 800);
  const other = causes.map(otherIssuer).find((issuer) => issuer !== undefined);
  if (other !== undefined) {
    return `it names the authorization server ${other}, which is not the one that "auth" names or its own; ` +
      `if that server may have the credentials, add "issuer: ${other}" to "auth"`;
  }
  const unread = unreadableAnswer(error);
  if (unread !== undefined) return `its answer does not follow the protocol: ${unread}`;
  const worded = causes.find((each) =>
    each instanceof Error && !/^(MCP client request failed|Version negotiation)/.test(each.message)
  );
  return boundedText(failureText(worded ?? error), 800);
}

/** The authorization server that the libraries refused to give credentials to. */
function otherIssuer(error: unknown): string | undefined {
  const { recordedIssuer, currentIssuer } = (error ?? {}) as Readonly<Record<string, unknown>>;
  return typeof recordedIssuer === "string" && typeof currentIssuer === "string"
    ? boundedText(currentIssuer, 200)
    : undefined;
}

/** A problem as the libraries' validator reports it. */
interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * What is wrong with an answer that arrived and that the libraries could not read, in words; `undefined` for other
 * failures. The libraries put their whole report, as JSON, into the message.
 */
export function unreadableAnswer(error: unknown): string | undefined {
  for (const cause of causesOf(error)) {
    const [first, ...more] = issuesOf(cause);
    if (first === undefined) continue;
    const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
    return boundedText(`${placeOf(first.path)}: ${lowerFirst(first.message)}${others}`, 400);
  }
  return undefined;
}

function issuesOf(error: unknown): readonly Issue[] {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  const start = typeof message === "string" ? /(?:^|: )(?=\[\s*\{)/.exec(message) : null;
  if (!start) return [];
  try {
    const found = JSON.parse((message as string).slice(start.index + start[0].length)) as readonly Issue[];
    return found.every(({ path, message }) => Array.isArray(path) && typeof message === "string")
      ? found
      : [];
  } catch {
    return [];
  }
}

/** `["tools", 0, "inputSchema"]` as `tools[0].inputSchema`. */
function placeOf(path: readonly (string | number)[]): string {
  if (path.length === 0) return "the whole";
  return path.map((key, index) => typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`).join(
    "",
  );
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

export function boundedText(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}
