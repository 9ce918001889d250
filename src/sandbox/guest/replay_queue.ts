import type { GuestDelivery } from "./protocol.ts";

/*
 * Deliveries of a turn that is run again.
 */

let queue: readonly GuestDelivery[] = [];
let taken = 0;
/** Deliveries come from the queue: their notes are known. */
export let isReplay = false;

export function startReplay(deliveries: readonly GuestDelivery[]): void {
  queue = deliveries;
  taken = 0;
  isReplay = true;
}

export function stopReplay(): void {
  isReplay = false;
}

/** Returns the next delivery, and moves on. */
export function takeReplayed(): GuestDelivery {
  return queue[taken++]!;
}

/** Returns the next delivery of a turn that is run again, if it is known. */
export function upcoming(): GuestDelivery | undefined {
  return isReplay ? queue[taken] : undefined;
}
