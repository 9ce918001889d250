/** A map that forgets what was set first when it has too many keys. */
export class BoundedMap<Key, Value> {
  readonly #values = new Map<Key, Value>();
  readonly #maxKeys: number;

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  set(key: Key, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#maxKeys) return;
      this.#values.delete(oldest);
    }
  }

  /** The value of a key, which is set to `value` if it has none. */
  getOr(key: Key, value: Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    this.set(key, value);
    return value;
  }
}
