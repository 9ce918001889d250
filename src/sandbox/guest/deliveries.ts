import { setNow } from "./clock.ts";
import { loseError, namedError } from "./errors.ts";
import { codec } from "./guest_codec.ts";
import { addAgents } from "./known_agents.ts";
import { artifactOf } from "./objects.ts";
import { primordials } from "./primordials.ts";
import { isEndDue, keepEarlier, takePatch } from "./progress.ts";
import type { GuestDelivery } from "./protocol.ts";
import { startReplay, stopReplay, takeReplayed } from "./replay_queue.ts";
import { type OpenRequest, requestTexts, takeOpen } from "./requests.ts";
import { applyStatePatch } from "./state.ts";
import { resetOutput } from "./turn.ts";

/*
 * Gives results to the code.
 */

const { parse, fix } = primordials;
/** In a replay, the host collects the requests when their text is longer than this. */
const maxReplayCharacters = 1_000_000;
/** Delivers one {@linkcode GuestDelivery}, given as text. */
export function deliver(text: string): void {
  stopReplay();
  take(parse(text));
}

/** Delivers `undefined`, or with `isAsked` the artifact that the request contains. */
export function give(ordinal: number, nowMs: number, isAsked: boolean): void {
  stopReplay();
  resolveShort(ordinal, nowMs, isAsked);
}

/** Stores a list of deliveries for `next`. */
export function replay(text: string): void {
  startReplay(parse(text));
}

/** Delivers the next one of the list. Returns `true` if it delivered nothing, since the host must collect first. */
export function next(): boolean {
  takePatch();
  resetOutput();
  if (isEndDue() || requestTexts.length > maxReplayCharacters) return true;
  keepEarlier();
  take(takeReplayed());
  return false;
}

function resolveShort(ordinal: number, nowMs: number, isAsked: boolean): void {
  setNow(nowMs);
  const request = takeOpen(ordinal);
  request?.resolve(isAsked ? askedOf(request) : undefined);
}

function take(delivery: GuestDelivery): void {
  if (delivery.length < 4) {
    resolveShort(delivery[0], delivery[1], delivery.length === 3);
    return;
  }
  setNow(delivery[1]);
  if (delivery.length === 6) {
    applyStatePatch(delivery[4]);
    addAgents(delivery[5]);
  }
  const request = takeOpen(delivery[0]);
  if (request === undefined) return;
  const value = delivery[3];
  if (delivery[2]) request.resolve(valueOf(value, request));
  else {
    const { name, message } = value as { name: string; message: string };
    const error = namedError(name, message);
    fix(error, "stack", request.place);
    loseError(error);
    request.reject(error);
  }
}

function valueOf(encoded: unknown, request: OpenRequest): unknown {
  if (typeof encoded !== "object" || encoded === null) return encoded;
  return (encoded as { $type?: unknown }).$type === "asked" ? askedOf(request) : codec.revive(encoded);
}

function askedOf({ args }: OpenRequest): object {
  return artifactOf(args![0], args![1], args![2]);
}
