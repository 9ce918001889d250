/** Random choices from a seed: the same seed gives the same choices on every machine. */
export class Random {
  #state: number;

  constructor(seed: string) {
    let hash = 0x811c9dc5;
    for (let index = 0; index < seed.length; index++) {
      hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
    }
    this.#state = hash >>> 0;
    for (let round = 0; round < 4; round++) this.next();
  }

  /** In [0, 1); the generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("There is nothing to pick from");
    return list[this.below(list.length)]!;
  }

  /** Some items of a list, in its order. */
  sample<T>(list: readonly T[], most: number): readonly T[] {
    if (list.length <= most) return list;
    const chosen = new Set<number>();
    while (chosen.size < most) chosen.add(this.below(list.length));
    return list.filter((_each, index) => chosen.has(index));
  }
}
