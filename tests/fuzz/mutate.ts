/** Longer inputs find nothing more and are slow. */
const longest = 16 * 1024;

/** Changes an input in one to four places: bits, bytes, words of the dictionary, pieces of other inputs, repetitions. */
export function mutate(
  input: Uint8Array,
  given: {
    readonly random: () => number;
    readonly corpus: readonly Uint8Array[];
    readonly dictionary: readonly string[];
  },
): Uint8Array {
  const { random, corpus, dictionary } = given;
  const below = (most: number) => Math.floor(random() * most);
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)]!;
  let bytes = input;
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(bytes.length + 1);
    const length = Math.min(bytes.length - at, 1 + below(random() < 0.7 ? 8 : 200));
    switch (below(8)) {
      case 0:
        bytes = bytes.slice();
        if (bytes.length > 0) bytes[below(bytes.length)]! ^= 1 << below(8);
        break;
      case 1:
        bytes = splice(bytes, at, 0, Uint8Array.of(below(256)));
        break;
      case 2:
        bytes = splice(bytes, at, length, new Uint8Array());
        break;
      case 3:
        bytes = splice(bytes, at, 0, bytes.slice(at, at + length));
        break;
      case 4: {
        const other = pick(corpus);
        const from = below(other.length);
        bytes = splice(bytes, at, random() < 0.5 ? length : 0, other.slice(from, from + 1 + below(300)));
        break;
      }
      case 5:
        bytes = splice(bytes, at, random() < 0.5 ? length : 0, encoder.encode(pick(dictionary)));
        break;
      case 6:
        // Nesting and repetition find code that is too slow or needs too much stack.
        bytes = splice(
          bytes,
          at,
          0,
          encoder.encode(pick(dictionary).repeat(1 + below(random() < 0.9 ? 20 : 2000))),
        );
        break;
      case 7:
        bytes = splice(bytes, below(bytes.length + 1), 0, bytes.slice(at, at + length * 10));
    }
  }
  return bytes.slice(0, longest);
}

const encoder = new TextEncoder();

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - remove + insert.length);
  result.set(bytes.subarray(0, at));
  result.set(insert, at);
  result.set(bytes.subarray(at + remove), at + insert.length);
  return result;
}
