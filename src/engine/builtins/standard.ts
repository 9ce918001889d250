import type { StandardBuiltin } from "./builtin.ts";

const docs: Readonly<Record<string, string>> = {
  AbortController: "Its signal ends the wait for a `fetch`.",
  AbortSignal: "Also `AbortSignal.timeout(ms)` and `AbortSignal.any(signals)`.",
  Blob: "Bytes with a type.",
  DOMException: "The error of an aborted request.",
  Event: "What an `EventTarget` dispatches.",
  EventTarget: "An object with listeners.",
  File: "A `Blob` with a name. It is not a file on the disk.",
  FormData: "A form as the body of a `fetch`.",
  Headers: "Headers of a request or a response.",
  Intl: "Formats numbers, dates, lists and plurals; by default in `en-US` and UTC.",
  Request: "A request for `fetch`.",
  Response: "A response such as `fetch` gives.",
  TextDecoder: "Makes text of bytes.",
  TextEncoder: "Makes bytes of text.",
  URL: "Reads and changes an address.",
  URLSearchParams: "Reads and makes the parameters of an address.",
  atob: "Decodes base64.",
  btoa: "Encodes base64.",
  clearInterval: "Stops an interval.",
  clearTimeout: "Stops a timer.",
  crypto: "`randomUUID`, `getRandomValues` and `subtle.digest`; its random values are unique, not secret.",
  queueMicrotask: "Runs a function after the present one.",
  setInterval: "Runs a function again and again; each tick is a `Sleep`.",
  setTimeout: "Runs a function later; the wait is a `Sleep`, so it survives a stop.",
};

/** Names of the web platform that the sandbox's library has. */
export const standardBuiltins: readonly StandardBuiltin[] = Object.entries(docs).map(([name, doc]) => ({
  kind: "standard",
  name,
  doc,
}));
