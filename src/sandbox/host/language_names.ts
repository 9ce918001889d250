/** Global names of the language. An assignment to one of them does not make a local. */
export const languageNames =
  ("AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError " +
    "Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array InternalError Iterator " +
    "JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol " +
    "SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet " +
    "decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt " +
    "undefined unescape").split(" ");

/** All global names that code can use besides the rows of the table of builtins. The checks of a program know a name by this list. */
export const globalNames: readonly string[] = [...languageNames];
