import { httpBounds } from "../frontends/http/mod.ts";
import { freeDescriptors } from "../store/mod.ts";

/** The bounds of a server, with no more connections than this process may have open files: its sessions need some, too. */
export function affordableBounds(): typeof httpBounds {
  const { maxConnections: wanted } = httpBounds;
  const free = freeDescriptors(Deno.execPath(), wanted * filesOfConnection + filesOfSessions);
  const affordable = Math.floor((free - filesOfSessions) / filesOfConnection);
  return { ...httpBounds, maxConnections: Math.max(minConnections, Math.min(wanted, affordable)) };
}

/** A connection that passes a gate has one more on either side of it. See `HttpGate`. */
const filesOfConnection = 3;
/** For journals, locks, the registry, requests to models, and tools. */
const filesOfSessions = 200;
/** A page and a program can still connect. */
const minConnections = 8;
