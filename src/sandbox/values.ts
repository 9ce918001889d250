import { createCodec } from "./guest/codec.ts";

/**
 * A plain value as JSON. An object with the key `$type` encodes a value that JSON lacks:
 *
 *     undefined  {"$type":"undefined"}            NaN, ±Infinity, -0  {"$type":"number","value":"NaN"}
 *     Date       {"$type":"date","value":ms|null} BigInt              {"$type":"bigint","value":"12"}
 *     Map        {"$type":"map","value":[[k,v]]}  Set                 {"$type":"set","value":[v]}
 *     agent      {"$type":"agent","id":"1001","klass":"Buyer"}
 *     artifact   {"$type":"artifact","name":…,"summary":…,"content":…}
 *     response   {"$type":"response","status":200,"statusText":…,"url":…,"headers":{…},"body":"text"}
 *     hole       {"$type":"hole"}: an item that a list does not have, as the second of [1, , 3]
 *     gone       {"$type":"gone","what":"function"}: a local that is not kept between turns
 *
 * A user's object with a key `$type` is encoded as {"$type":"object","value":[[key,value],…]}.
 */
export type Encoded = null | boolean | number | string | readonly Encoded[] | {
  readonly [key: string]: Encoded;
};

/** The host's form of a value that is an object with methods in the sandbox: its kind and its data. */
export class Special {
  readonly type: "agent" | "artifact" | "response" | "gone";
  readonly data: { readonly [key: string]: Encoded };

  constructor(type: Special["type"], data: { readonly [key: string]: Encoded }) {
    this.type = type;
    this.data = data;
  }
}

const codec = createCodec({
  write: (value) =>
    value instanceof Special ? JSON.stringify({ $type: value.type, ...value.data }) : undefined,
  revive: ({ $type, ...data }) => new Special($type as Special["type"], data as { [key: string]: Encoded }),
  maxCharacters: Infinity,
});

/**
 * Encodes a value of the host. Plain data from outside (headers, arguments of the command line, defaults) must be
 * encoded here, so that a key `$type` in it stays a key. Throws a `DataError` that names a value without an encoding.
 */
export function encode(value: unknown): Encoded {
  return JSON.parse(codec.encodeText(value, "value"));
}

/** The keys and values of an encoded user's object, also with a key `$type`; empty for other values. */
export function fieldsOf(encoded: Encoded | undefined): readonly (readonly [string, Encoded])[] | undefined {
  if (typeof encoded !== "object" || encoded === null || Array.isArray(encoded)) return undefined;
  const record = encoded as { readonly [key: string]: Encoded };
  if (!Object.hasOwn(record, "$type")) return Object.entries(record);
  return record["$type"] === "object" ? record["value"] as readonly [string, Encoded][] : undefined;
}

/** Decodes a value. Agents, artifacts and responses become {@linkcode Special}. */
export function decode(encoded: Encoded): unknown {
  return codec.revive(JSON.parse(JSON.stringify(encoded)));
}
