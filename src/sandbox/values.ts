import { createCodec } from "./guest/codec.ts";

/**
 * A plain value as JSON. What JSON lacks is an object with the key `$type`:
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
 * An object of the user's that has a key `$type` itself is {"$type":"object","value":[[key,value],…]}.
 */
export type Encoded = null | boolean | number | string | readonly Encoded[] | {
  readonly [key: string]: Encoded;
};

/** A value that the sandbox's code sees as an object with methods, as the host sees it: its kind and its data. */
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
 * Encodes a value of the host's. Whatever comes from outside as plain data passes here before it counts as encoded (headers,
 * arguments of the command line, defaults), so that a key `$type` in it stays a key. Throws a `DataError` that names what has no encoding. */
export function encode(value: unknown): Encoded {
  return JSON.parse(codec.encodeText(value, "value"));
}

/** The keys and values of an encoded object of the user's, also of one with a key `$type`; nothing for other values. */
export function fieldsOf(encoded: Encoded | undefined): readonly (readonly [string, Encoded])[] | undefined {
  if (typeof encoded !== "object" || encoded === null || Array.isArray(encoded)) return undefined;
  const record = encoded as { readonly [key: string]: Encoded };
  if (!Object.hasOwn(record, "$type")) return Object.entries(record);
  return record["$type"] === "object" ? record["value"] as readonly [string, Encoded][] : undefined;
}

/** The value that an encoding stands for; agents, artifacts and the like as {@linkcode Special}. */
export function decode(encoded: Encoded): unknown {
  return codec.revive(JSON.parse(JSON.stringify(encoded)));
}
