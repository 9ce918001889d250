import { signal } from "@preact/signals";

/** The page to show. The address keeps it after `#`, so that a saved page needs no server. */
interface Route {
  /** Absent: the list. */
  readonly session?: string;
  /** The position of a session; absent: its end. */
  readonly position?: number;
}

/** The present page. */
export const route = signal<Route>(readRoute(location.hash));

addEventListener("hashchange", () => route.value = readRoute(location.hash));

/** The address of a page, for links. */
export function addressOf({ session, position }: Route): string {
  if (session === undefined) return "#/";
  return `#/session/${encodeURIComponent(session)}${position === undefined ? "" : `@${position}`}`;
}

/** Goes to a page. */
export function goTo(target: Route): void {
  location.hash = addressOf(target);
}

/** Changes the address of the present page without a new step in the browser's history. */
export function replaceRoute(target: Route): void {
  history.replaceState(null, "", addressOf(target));
}

function readRoute(hash: string): Route {
  const [, id, position] = /^#\/session\/([^/@]+)(?:@(\d{1,15}))?$/.exec(hash) ?? [];
  if (id === undefined) return {};
  const session = decoded(id);
  if (session === undefined) return {};
  return { session, ...(position === undefined ? {} : { position: Number(position) }) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
