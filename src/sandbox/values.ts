/**
 * A plain value as JSON. What JSON lacks is an object with the key `$type`:
 *
 *     undefined  {"$type":"undefined"}            NaN, ±Infinity, -0  {"$type":"number","value":"NaN"}
 *     Date       {"$type":"date","value":ms|null} BigInt              {"$type":"bigint","value":"12"}
 *     Map        {"$type":"map","value":[[k,v]]}  Set                 {"$type":"set","value":[v]}
 *     agent      {"$type":"agent","id":"1001","klass":"Buyer"}
 *     artifact   {"$type":"artifact","name":…,"summary":…,"content":…}
 *
 * An object of the user's that has a key `$type` itself is {"$type":"object","value":[[key,value],…]}.
 */
export type Encoded = null | boolean | number | string | readonly Encoded[] | {
  readonly [key: string]: Encoded;
};
