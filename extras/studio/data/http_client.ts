/** A request that failed, in words for the person: what failed, why, what to do. */
class RequestError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Reads JSON from the page's own server. */
export async function getJson<Answer>(path: string, query: Query = {}): Promise<Answer> {
  return await answerOf<Answer>(await send(`${path}${queryText(query)}`, { method: "GET" }));
}

/** Posts JSON to the page's own server. A request that is sent again with the same key is carried out once. */
export async function postJson<Answer>(
  path: string,
  body: unknown,
  { method = "POST" }: { readonly method?: string } = {},
): Promise<Answer> {
  const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
  return await answerOf<Answer>(await send(path, { method, headers, body: JSON.stringify(body) }));
}

/** Values of an address; `undefined` is left out. */
type Query = Readonly<Record<string, string | number | undefined>>;

/** A query with its question mark; `""` without values. */
export function queryText(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, String(value)]);
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: "same-origin" });
  } catch {
    throw new RequestError(
      "The server does not answer: start playbooks studio again and reload this page",
      0,
    );
  }
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = parsed(text);
  if (response.ok) return body as Answer;
  const { detail, title } = (typeof body === "object" && body !== null ? body : {}) as {
    readonly detail?: unknown;
    readonly title?: unknown;
  };
  const said = [detail, title].find((each) => typeof each === "string") as string | undefined;
  throw new RequestError(said ?? `The server answered ${response.status}`, response.status);
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
