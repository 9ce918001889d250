import { codec } from "./guest_codec.ts";
import { primordials } from "./primordials.ts";
import { presentLocals } from "./readers.ts";
import { upcoming } from "./replay_queue.ts";
import { isClosed, isLoading, limitError, setup, spend } from "./turn.ts";

/*
 * The requests of the code for effects.
 */

const { quote, slice, mapGet, mapSet, mapDelete, Promise: NewPromise, Error: NewError } = primordials;

/** A request without a result. It keeps `args` if the result may be made of them. */
export interface OpenRequest {
  readonly ordinal: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly place: string;
  readonly args: unknown[] | undefined;
}

/** Requests that the host has not collected yet, as the text of a list without brackets. */
export let requestTexts = "";
/** The number of requests without a result. */
export let openCount = 0;
let ordinal = 0;
/** The number of short sleeps so far. */
let shortSleeps = 0;
/** Requests without a result, by ordinal, except the latest. Most code has only one open request. */
const open = new Map<number, OpenRequest>();
let latest: OpenRequest | undefined;
const ignore = () => {};
let resolveLatest: OpenRequest["resolve"] = ignore;
let rejectLatest: OpenRequest["reject"] = ignore;
const keepResolvers = (resolve: OpenRequest["resolve"], reject: OpenRequest["reject"]) => {
  resolveLatest = resolve;
  rejectLatest = reject;
};

/** Requests an effect. */
export function request(name: string, args: unknown[]): Promise<unknown> {
  if (isClosed) return new NewPromise(() => {});
  if (isLoading) throw new NewError(`${name}: effects can be used only inside functions`);
  // Each `+` copies both sides, so add long texts last.
  let text = '["' + name + '",[';
  for (let i = 0; i < args.length; i++) {
    const item = argumentText(name, args, i);
    text = (i === 0 ? text : text + ",") + item;
  }
  const locals = name === "Call" && args[0] === null && isPrompted(args[1]) ? presentLocals() : "";
  // A getter among the arguments may have ended the turn.
  if (isClosed) return new NewPromise(() => {});
  checkCounts(name, args);
  const number = ++ordinal;
  const place = setup.places || mayFail(name, args) ? placeOf(new NewError()) : "";
  text += "]," + number;
  spend(text.length);
  // The place and the locals do not count as output of the code.
  if (setup.places) text += "," + quote(place);
  else if (locals !== "") text += ",null";
  text += locals === "" ? "]" : "," + locals + "]";
  requestTexts = requestTexts === "" ? text : requestTexts + ("," + text);
  openCount++;
  if (latest !== undefined) mapSet(open, latest.ordinal, latest);
  const promise = new NewPromise(keepResolvers);
  latest = {
    ordinal: number,
    resolve: resolveLatest,
    reject: rejectLatest,
    place,
    args: name === "SaveArtifact" ? args : undefined,
  };
  // Otherwise they would keep the promise and its value alive longer than the code does.
  resolveLatest = rejectLatest = ignore;
  return promise;
}

/** Whether a model runs this playbook, so that its prompt shows the locals of its caller. */
function isPrompted(playbook: unknown): boolean {
  const { prompted } = setup;
  for (let i = 0; i < prompted.length; i++) if (prompted[i] === playbook) return true;
  return false;
}

function argumentText(name: string, args: readonly unknown[], index: number): string {
  const arg = args[index];
  const text = typeof arg === "string"
    ? quote(arg)
    : index === 2 && name === "Call"
    ? leavesText(arg as unknown[])
    : codec.leafText(arg);
  if (text !== undefined && text.length <= setup.outputCharacters) return text;
  return codec.encodeText(
    arg,
    name === "Call" ? `the arguments of ${args[1]}` : `argument ${index + 1} of ${name}`,
  );
}

/** The text of the arguments of a call; `undefined` if one of them is not a leaf. */
function leavesText(values: readonly unknown[]): string | undefined {
  let text = "[";
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const item = typeof value === "string" ? quote(value) : codec.leafText(value);
    if (item === undefined) return undefined;
    text = (i === 0 ? text : text + ",") + item;
  }
  return text + "]";
}

function checkCounts(name: string, args: readonly unknown[]): void {
  if (openCount >= setup.openRequests) {
    throw limitError(`had more than ${setup.openRequests} effects open at once`);
  }
  if (ordinal >= setup.effects) {
    throw limitError(`asked for more than ${setup.effects} effects (limits.${setup.effectsSetting})`);
  }
  if (name !== "Sleep" || (args[0] as number) >= setup.shortSleepSeconds) return;
  if (++shortSleeps <= setup.shortSleeps) return;
  const most = `${setup.shortSleeps} sleeps under ${setup.shortSleepSeconds} s`;
  throw limitError(`asked for more than ${most} (limits.max_short_sleeps); sleep longer`);
}

/** Whether the next request may fail, and so needs its place. A place costs more than the rest of the request. */
function mayFail(name: string, args: readonly unknown[]): boolean {
  // With a valid name it cannot fail.
  if (name === "SaveArtifact" && typeof args[0] === "string" && args[0] !== "") return false;
  const next = upcoming();
  return next === undefined || next[0] !== ordinal || (next.length > 3 && !next[2]);
}

/** The place where an error was made. The caller makes the error, since each extra stack frame is expensive. */
function placeOf({ stack }: Error): string {
  if (typeof stack !== "string") return "";
  return stack.length > 2000 ? slice(stack, 0, 2000) : stack;
}

/** Removes and returns an open request that gets its result now. */
export function takeOpen(number: number): OpenRequest | undefined {
  let found = latest;
  if (found !== undefined && found.ordinal === number) latest = undefined;
  else {
    found = mapGet(open, number) as OpenRequest | undefined;
    if (found === undefined) return undefined;
    mapDelete(open, number);
  }
  openCount--;
  return found;
}

/** To be called when the host has collected the requests. */
export function clearRequests(): void {
  requestTexts = "";
}

/** Stops waiting for open requests. */
export function forgetOpen(): void {
  openCount = 0;
}
