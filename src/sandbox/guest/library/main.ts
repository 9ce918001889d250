/**
 * The library's entry point: standard names of the web platform. `deno task guest` bundles it into a second script. A
 * scope evaluates that script when its code first uses one of these names, since most code uses none.
 *
 * Code in the sandbox can change the language's builtins before this runs. It then harms only itself: the host does not
 * trust the library.
 */
import { consoleMethods, formatted } from "./console.ts";
import { crypto } from "./crypto.ts";
import { AbortController, AbortSignal, DOMException, Event, EventTarget } from "./events.ts";
import { Intl, localeMethods } from "./intl.ts";
import { atob, btoa, TextDecoder, TextEncoder } from "./text.ts";
import { clearTimeout, queueMicrotask, setInterval, setTimeout } from "./timers.ts";
import { URL, URLSearchParams } from "./url.ts";
import {
  Blob,
  fetchStandard,
  File,
  FormData,
  Headers,
  headersFrom,
  Request,
  Response,
  responseBytes,
} from "./web.ts";

const globals = {
  AbortController,
  AbortSignal,
  Blob,
  DOMException,
  Event,
  EventTarget,
  File,
  FormData,
  Headers,
  Intl,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  atob,
  btoa,
  clearInterval: clearTimeout,
  clearTimeout,
  crypto,
  queueMicrotask,
  setInterval,
  setTimeout,
};

/** The parts of the library that the guest uses. */
const contents = {
  globals,
  consoleMethods,
  formatted,
  localeMethods,
  fetchStandard,
  headersFrom,
  responseBytes,
};

/** The library, for types. */
export type Library = typeof contents;

declare const library: Library;
Object.assign(library, contents);
