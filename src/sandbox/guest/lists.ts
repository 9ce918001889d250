import { codec } from "./guest_codec.ts";
import { isSpecial } from "./objects.ts";
import { reclaim, takeItems } from "./ownership.ts";
import { primordials } from "./primordials.ts";

/*
 * Long lists of the agent's state.
 *
 * A list that grows by an item at each step must not cost more the longer it is. So additions are noticed as they are made,
 * and anything else that is done to the list makes us compare all of it.
 *
 * Invariants:
 * 1. Nobody but us holds `store`. The code has a view of it (see `list_view.ts`), and all its writes go through that.
 * 2. While `before` is not set, an object in `store` at an index below `sent` is frozen for good, or on loan, or held by
 *    nobody else, and so are all objects in it.
 */

type Loose = Record<PropertyKey, unknown>;
const { keys, append, slice, hasOwn, mapGet, mapSet, mapHas, mapDelete, mapClear, mapSize, eachOfMap } =
  primordials;
const { Map: NewMap } = primordials;
const longCharacters = 2_000;

/** A long list of the agent's state. */
export interface GuestList {
  readonly store: unknown[];
  /** How many items the host knows, and about how many characters their text has. */
  sent: number;
  characters: number;
  /** Items that the code may hold, and change, with the text that the host knows. */
  readonly loans: Map<number, string>;
  /** The text that the host knows, while the list is to be compared as a whole. */
  before: string | undefined;
  /** It is no ordinary array any more: frozen, with getters or holes, or with another prototype. It is always compared. */
  isOdd: boolean;
}

/** Whether a list with such a text is worth a view: below that comparing is cheap, and a view is slow to read. */
export function isLongList(text: string): boolean {
  return text.length > longCharacters;
}

/** Takes over a fresh array, which nobody else has, whose text the host knows. */
export function guardList(store: unknown[], characters: number): GuestList {
  return { store, sent: store.length, characters, loans: new NewMap(), before: undefined, isOdd: false };
}

/** Takes over the array `holder[key]`, if nobody else holds it; the caller must not hold it. Else it stays where it is. */
export function adoptList(holder: Loose, key: string, text: string): GuestList | undefined {
  const items = takeItems(holder, key);
  if (items === undefined) return undefined;
  const list = guardList(items, text.length);
  trust(list);
  return list;
}

/** Notes that the code gets an item. Items that the host does not know are looked at anyway. */
export function lendItem(list: GuestList, index: number, value: object): void {
  if (list.before !== undefined || !(index < list.sent)) return;
  if (mapHas(list.loans, index) || isSpecial(value)) return;
  mapSet(list.loans, index, codec.encodeText(value, "value"));
}

/** Notes that something other than an addition is about to be done. */
export function beforeChange(list: GuestList): void {
  list.before ??= knownListText(list);
}

/** Returns the text that the host knows. */
export function knownListText(list: GuestList): string {
  if (list.before !== undefined) return list.before;
  let text = "";
  for (let i = 0; i < list.sent; i++) {
    const item = mapGet(list.loans, i) as string | undefined ?? itemText(list, i);
    text += i === 0 ? item : "," + item;
  }
  return "[" + text + "]";
}

function itemText({ store }: GuestList, index: number): string {
  if (!hasOwn(store, index)) return '{"$type":"hole"}';
  return codec.leafText(store[index]) ?? codec.encodeText(store[index], "value");
}

/** Returns the text of the change since the last call, or "" for none. */
export function takeListChange(list: GuestList, where: string): string {
  if (list.before === undefined && !hasChangedLoan(list, where)) return takeAddition(list, where);
  const before = knownListText(list);
  const now = codec.encodeText(list.store, where);
  const change = changeText(before, now);
  list.before = now;
  list.sent = list.store.length;
  list.characters = now.length;
  // To trust it costs more than to compare it, so not while it changes.
  if (!list.isOdd && (change === "" || slice(change, 0, 9) === '{"append"')) trust(list);
  return change;
}

function hasChangedLoan(list: GuestList, where: string): boolean {
  let hasChanged = false;
  try {
    eachOfMap(list.loans, (text: string, index: number) => {
      hasChanged ||= itemText(list, index) !== text;
    });
  } catch {
    // It fails again for the whole, with an error that tells the place.
    codec.encodeText(list.store, where);
    return true;
  }
  return hasChanged;
}

function takeAddition(list: GuestList, where: string): string {
  const { store } = list;
  let text = "";
  if (list.sent < store.length) {
    try {
      for (let i = list.sent; i < store.length; i++) {
        const item = itemText(list, i);
        text += text === "" ? item : "," + item;
        addLoan(list, i, item);
      }
      list.characters += text.length + 1;
    } catch {
      list.characters = Infinity;
    }
    if (!codec.fits(list.characters)) list.characters = codec.encodeText(store, where).length;
    list.sent = store.length;
  }
  if (mapSize(list.loans) > 0) reclaimLoans(list);
  return text === "" ? "" : '{"append":[' + text + "]}";
}

/** Returns the text of the change from one text of a list, or of anything, to another. */
export function changeText(before: string | undefined, now: string): string {
  if (before === now) return "";
  if (before !== undefined && slice(before, 0, 1) === "[" && before.length < now.length) {
    const head = before.length - 1;
    const isEmpty = before.length === 2;
    if (
      (isEmpty ? slice(now, 0, 1) === "[" : slice(now, head, head + 1) === ",") &&
      slice(now, 0, head) === slice(before, 0, head)
    ) return '{"append":[' + slice(now, isEmpty ? head : head + 1, now.length) + "}";
  }
  return '{"value":' + now + "}";
}

/** Goes on without comparing all of a list: the code may hold any item, so all are on loan until that is known. */
function trust(list: GuestList): void {
  const { store, loans } = list;
  if (keys(store).length !== store.length) {
    beforeChange(list);
    list.isOdd = true;
    return;
  }
  list.before = undefined;
  mapClear(loans);
  for (let i = 0; i < store.length; i++) addLoan(list, i);
  if (mapSize(loans) > 0) reclaimLoans(list);
}

function addLoan(list: GuestList, index: number, text = itemText(list, index)): void {
  const item = list.store[index];
  if (typeof item === "object" && item !== null && !isSpecial(item)) mapSet(list.loans, index, text);
}

/** Ends the loans of items that the code does not hold any more. */
function reclaimLoans({ store, loans }: GuestList): void {
  const free: number[] = [];
  eachOfMap(loans, (_: string, index: number) => {
    if (reclaim(store as unknown as Loose, index)) append(free, index);
  });
  for (let i = 0; i < free.length; i++) mapDelete(loans, free[i]);
}

/** Adds what others added, and returns true; unless it might be noticed that the list is the same as before. */
export function extendList(list: GuestList, encoded: readonly unknown[]): boolean {
  if (list.before !== undefined || mapSize(list.loans) > 0 || list.sent !== list.store.length) return false;
  for (let i = 0; i < encoded.length; i++) {
    append(list.store, codec.revive(encoded[i]));
    list.characters += itemText(list, list.sent).length + 1;
    list.sent++;
  }
  return true;
}
