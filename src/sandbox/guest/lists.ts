import { codec } from "./guest_codec.ts";
import { isSpecial } from "./objects.ts";
import { reclaim, takeItems } from "./ownership.ts";
import { primordials } from "./primordials.ts";

/*
 * Long lists of the agent's state.
 *
 * The cost of adding an item must not grow with the list. So the view tracks additions. After any other change, the
 * guest compares the whole list.
 *
 * Invariants:
 * 1. Only this module holds `store`. The code has a view (see `list_view.ts`), and all its writes go through the view.
 * 2. While `before` is not set, each object in `store` at an index below `sent` is frozen for ever, on loan, or held
 *    only by us. The same is true for all objects inside it.
 */

type Loose = Record<PropertyKey, unknown>;
const { keys, append, slice, hasOwn, mapGet, mapSet, mapHas, mapDelete, mapClear, mapSize, eachOfMap } =
  primordials;
const { Map: NewMap } = primordials;
const longCharacters = 2_000;

/** A long list of the agent's state. */
export interface GuestList {
  readonly store: unknown[];
  /** The number of items that the host knows, and the approximate length of their text. */
  sent: number;
  characters: number;
  /** Items that the code may hold and change, with the text that the host knows. */
  readonly loans: Map<number, string>;
  /** The text that the host knows, if the whole list must be compared. */
  before: string | undefined;
  /** The array is frozen, has getters or holes, or has another prototype. It is always compared. */
  isOdd: boolean;
}

/** Whether a list with this text should get a view. Short lists are cheap to compare, and views are slow to read. */
export function isLongList(text: string): boolean {
  return text.length > longCharacters;
}

/** Starts to track a fresh array. No other code holds it, and the host knows its text. */
export function guardList(store: unknown[], characters: number): GuestList {
  return { store, sent: store.length, characters, loans: new NewMap(), before: undefined, isOdd: false };
}

/** Starts to track the array `holder[key]`; `undefined` if other code holds it. The caller must not hold it. */
export function adoptList(holder: Loose, key: string, text: string): GuestList | undefined {
  const items = takeItems(holder, key);
  if (items === undefined) return undefined;
  const list = guardList(items, text.length);
  trust(list);
  return list;
}

/** Notes that the code gets an item. Items that the host does not know need no loan, since they are encoded anyway. */
export function lendItem(list: GuestList, index: number, value: object): void {
  if (list.before !== undefined || !(index < list.sent)) return;
  if (mapHas(list.loans, index) || isSpecial(value)) return;
  mapSet(list.loans, index, codec.encodeText(value, "value"));
}

/** To be called before any change that is not an addition. */
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
  // Tracking costs more than one comparison, so wait until the list has only additions.
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
    // Encoding the whole list throws an error that names the place.
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

/** Returns the change between two texts of a value: an addition for lists where possible, else the new value. */
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

/** Tracks a list again instead of comparing all of it. The code may hold any item, so all items start on loan. */
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

/** Ends the loans of items that the code no longer holds. */
function reclaimLoans({ store, loans }: GuestList): void {
  const free: number[] = [];
  eachOfMap(loans, (_: string, index: number) => {
    if (reclaim(store as unknown as Loose, index)) append(free, index);
  });
  for (let i = 0; i < free.length; i++) mapDelete(loans, free[i]);
}

/** Adds the items that others added. Returns false if the code could notice that the list is the same object. */
export function extendList(list: GuestList, encoded: readonly unknown[]): boolean {
  if (list.before !== undefined || mapSize(list.loans) > 0 || list.sent !== list.store.length) return false;
  for (let i = 0; i < encoded.length; i++) {
    append(list.store, codec.revive(encoded[i]));
    list.characters += itemText(list, list.sent).length + 1;
    list.sent++;
  }
  return true;
}
