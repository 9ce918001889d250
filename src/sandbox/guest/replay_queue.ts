import type { GuestDelivery } from "./protocol.ts";

/*
 * The deliveries of a replay.
 */

let queue: readonly GuestDelivery[] = [];
let taken = 0;
/** Whether deliveries come from the queue. The host already has the notes of a replay. */
export let isReplay = false;

export function startReplay(deliveries: readonly GuestDelivery[]): void {
  queue = deliveries;
  taken = 0;
  isReplay = true;
}

export function stopReplay(): void {
  isReplay = false;
}

/** Takes the next delivery from the queue. */
export function takeReplayed(): GuestDelivery {
  return queue[taken++]!;
}

/** Returns the next delivery of a replay without taking it; `undefined` if it is not known. */
export function upcoming(): GuestDelivery | undefined {
  return isReplay ? queue[taken] : undefined;
}
