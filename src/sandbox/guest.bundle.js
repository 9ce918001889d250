// Made by "deno task guest" from src/sandbox/guest/main.ts. Do not edit.
(function (halt, ask, builtinsText) {
"use strict";
const control = {};
(() => {
  // src/sandbox/guest/primordials.ts
  var uncurry = Function.prototype.bind.bind(Function.prototype.call);
  var { defineProperty } = Object;
  function fix(target, key, value, enumerable = false) {
    defineProperty(target, key, {
      __proto__: null,
      value,
      enumerable
    });
  }
  function put(target, key, value) {
    defineProperty(target, key, {
      __proto__: null,
      value,
      enumerable: true,
      configurable: true,
      writable: true
    });
  }
  var primordials = {
    quote: JSON.stringify,
    parse: JSON.parse,
    isArray: Array.isArray,
    keys: Object.keys,
    is: Object.is,
    create: Object.create,
    freeze: Object.freeze,
    getPrototypeOf: Object.getPrototypeOf,
    getOwnPropertySymbols: Object.getOwnPropertySymbols,
    getOwnPropertyDescriptor: Reflect.getOwnPropertyDescriptor,
    deleteProperty: Reflect.deleteProperty,
    ownKeys: Reflect.ownKeys,
    reflectGet: Reflect.get,
    reflectSet: Reflect.set,
    define: Reflect.defineProperty,
    prevent: Reflect.preventExtensions,
    setPrototype: Reflect.setPrototypeOf,
    isExtensible: Object.isExtensible,
    apply: Reflect.apply,
    defineProperty,
    fix,
    put,
    append: (list, item) => put(list, list.length, item),
    hasOwn: Object.hasOwn,
    isEnumerable: uncurry(Object.prototype.propertyIsEnumerable),
    timeOf: uncurry(Date.prototype.getTime),
    mapGet: uncurry(Map.prototype.get),
    mapSet: uncurry(Map.prototype.set),
    mapHas: uncurry(Map.prototype.has),
    mapDelete: uncurry(Map.prototype.delete),
    mapClear: uncurry(Map.prototype.clear),
    mapSize: uncurry(Object.getOwnPropertyDescriptor(Map.prototype, "size").get),
    eachOfMap: uncurry(Map.prototype.forEach),
    setAdd: uncurry(Set.prototype.add),
    setHas: uncurry(Set.prototype.has),
    setDelete: uncurry(Set.prototype.delete),
    eachOfSet: uncurry(Set.prototype.forEach),
    weakGet: uncurry(WeakMap.prototype.get),
    weakSet: uncurry(WeakMap.prototype.set),
    weakHas: uncurry(WeakMap.prototype.has),
    deref: uncurry(WeakRef.prototype.deref),
    match: uncurry(RegExp.prototype.exec),
    numberOf: uncurry(Number.prototype.valueOf),
    bigintOf: uncurry(BigInt.prototype.valueOf),
    slice: uncurry(String.prototype.slice),
    lower: uncurry(String.prototype.toLowerCase),
    upper: uncurry(String.prototype.toUpperCase),
    thenOf: uncurry(Promise.prototype.then),
    toPrimitive: Symbol.toPrimitive,
    prototypes: {
      object: Object.prototype,
      array: Array.prototype,
      map: Map.prototype,
      set: Set.prototype,
      date: Date.prototype,
      regexp: RegExp.prototype,
      promise: Promise.prototype,
      error: Error.prototype,
      string: String.prototype,
      number: Number.prototype,
      bigint: BigInt.prototype
    },
    Promise,
    Proxy,
    Map,
    Set,
    WeakMap,
    WeakRef,
    Date,
    BigInt,
    Number,
    String,
    Error,
    TypeError,
    RangeError,
    ReferenceError
  };

  // src/sandbox/guest/codec.ts
  var { quote, isArray, keys, is, getPrototypeOf, getOwnPropertySymbols, hasOwn, isEnumerable } = primordials;
  var { timeOf, mapSet, eachOfMap, setAdd, setHas, setDelete, eachOfSet } = primordials;
  var { put: put2, append, deleteProperty, fix: fix2, match, weakHas, weakSet, prototypes } = primordials;
  var { Map: NewMap, Set: NewSet, Date: NewDate, BigInt: toBigInt, Number: toNumber, Error: NewError } = primordials;
  var identifierPattern = /^[A-Za-z_$][\w$]*$/;
  var namePattern = /^\S+$/;
  var maxDepth = 100;
  var faults = /* @__PURE__ */ new WeakMap();
  function createCodec(hooks2) {
    return {
      encodeText(value, where) {
        const text = plainText(value);
        return text !== void 0 && text.length <= hooks2.maxCharacters ? text : encodeDeep(value, where, hooks2);
      },
      leafText(value) {
        if (typeof value === "object" && value !== null) return hooks2.write(value);
        const text = plainText(value);
        return text !== void 0 && text.length <= hooks2.maxCharacters ? text : void 0;
      },
      fits: (characters) => characters <= hooks2.maxCharacters,
      revive: (encoded) => revive(encoded, hooks2)
    };
  }
  function plainText(value) {
    if (typeof value === "string") return quote(value);
    if (value === null) return "null";
    if (typeof value === "object") return void 0;
    if (typeof value === "number") return value - value === 0 && !is(value, -0) ? "" + value : void 0;
    if (typeof value === "boolean") return value ? "true" : "false";
    return value === void 0 ? '{"$type":"undefined"}' : void 0;
  }
  function encodeDeep(root, where, hooks2) {
    const ancestors = new NewSet();
    let left = hooks2.maxCharacters;
    let depth = 0;
    let top = null;
    let text = "";
    let value = root;
    let isHole = false;
    const fault = (problem, name) => faultAt(top, where, problem, name);
    const add = (more) => {
      left -= more.length;
      if (left < 0) throw fault(`is larger than ${hooks2.maxCharacters} characters`, "LimitError");
      text += more;
    };
    for (; ; ) {
      const leaf = isHole ? '{"$type":"hole"}' : leafOrFault(value, hooks2, fault);
      if (leaf !== void 0) add(leaf);
      else {
        if (hooks2.behind !== void 0) value = hooks2.behind(value);
        if (setHas(ancestors, value)) throw fault("contains itself and cannot be kept; keep plain data");
        if (depth >= maxDepth) throw fault(`is nested more than ${maxDepth} levels deep`);
        const frame2 = reading(() => frameOf(value, top, fault), fault);
        add(frame2.open);
        setAdd(ancestors, value);
        depth++;
        top = frame2;
      }
      while (top !== null && top.index === top.size) {
        add(top.close);
        setDelete(ancestors, top.value);
        depth--;
        top = top.up;
      }
      if (top === null) return text;
      const frame = top;
      isHole = frame.kind === "array" && reading(() => !hasOwn(frame.value, frame.index), fault);
      add(textBefore(frame, frame.index++));
      value = isHole ? void 0 : reading(() => itemOf(frame, frame.index - 1), fault);
    }
  }
  function frameOf(container, up, fault) {
    if (isArray(container)) return newFrame(container, up, "array", container, "[", "]");
    const prototype2 = getPrototypeOf(container);
    if (prototype2 === prototypes.map || prototype2 === prototypes.set) {
      const isMap = prototype2 === prototypes.map;
      const items = [];
      (isMap ? eachOfMap : eachOfSet)(container, (item, key) => {
        if (isMap) append(items, key);
        append(items, item);
      });
      const kind = isMap ? "map" : "set";
      const close = isMap && items.length > 0 ? "]]}" : "]}";
      return newFrame(container, up, kind, items, '{"$type":"' + kind + '","value":[', close);
    }
    if (prototype2 !== prototypes.object && prototype2 !== null) throw fault(unkept(container, prototype2));
    const symbols = getOwnPropertySymbols(container);
    for (let i = 0; i < symbols.length; i++) {
      if (isEnumerable(container, symbols[i])) throw fault("has a symbol as key and cannot be kept");
    }
    const names2 = keys(container);
    let isTyped = false;
    for (let i = 0; i < names2.length; i++) if (names2[i] === "$type") isTyped = true;
    return isTyped ? newFrame(container, up, "typed", names2, '{"$type":"object","value":[', "]]}") : newFrame(container, up, "plain", names2, "{", "}");
  }
  function newFrame(value, up, kind, items, open2, close) {
    return {
      __proto__: null,
      up,
      value,
      kind,
      items,
      size: items.length,
      open: open2,
      close,
      index: 0
    };
  }
  function textBefore({ kind, items }, index) {
    const comma = index === 0 ? "" : ",";
    switch (kind) {
      case "array":
      case "set":
        return comma;
      case "map":
        return index % 2 === 1 ? "," : index === 0 ? "[" : "],[";
      case "plain":
        return comma + quote(items[index]) + ":";
      case "typed":
        return (index === 0 ? "[" : "],[") + quote(items[index]) + ",";
    }
  }
  function itemOf({ kind, value, items }, index) {
    const item = items[index];
    return kind === "plain" || kind === "typed" ? value[item] : item;
  }
  function reading(read2, fault) {
    try {
      return read2();
    } catch (error) {
      if (isOwnError(error)) throw error;
      throw fault(`cannot be read: ${said(error)}`);
    }
  }
  function leafOrFault(leaf, hooks2, fault) {
    switch (typeof leaf) {
      case "string":
      case "boolean":
        return quote(leaf);
      case "number":
        return leaf - leaf === 0 && !is(leaf, -0) ? "" + leaf : '{"$type":"number","value":"' + (is(leaf, -0) ? "-0" : leaf) + '"}';
      case "undefined":
        return '{"$type":"undefined"}';
      case "bigint":
        return '{"$type":"bigint","value":"' + leaf + '"}';
      case "function":
        throw fault("is a function and cannot be kept; keep plain data");
      case "symbol":
        throw fault("is a symbol and cannot be kept; keep plain data");
    }
    if (leaf === null) return "null";
    const special = hooks2.write(leaf);
    if (special !== void 0) return special;
    return reading(() => {
      if (getPrototypeOf(leaf) !== prototypes.date) return void 0;
      const time = timeOf(leaf);
      return '{"$type":"date","value":' + (time === time ? time : "null") + "}";
    }, fault);
  }
  function faultAt(top, where, problem, name = "DataError") {
    const isName = match(namePattern, where) !== null;
    const path = pathTo(top, isName ? where : "");
    const subject = path === "" ? where : isName ? `"${path}"` : `"${path}" in ${where}`;
    const error = new NewError(`${subject} ${problem}`);
    fix2(error, "name", name);
    weakSet(faults, error, true);
    return error;
  }
  function pathTo(frame, root) {
    if (frame === null) return root;
    const up = pathTo(frame.up, root);
    const at = frame.index - 1;
    if (at < 0) return up;
    if (frame.kind === "array") return `${up}[${at}]`;
    if (frame.kind === "set") return `${up}[entry ${at}]`;
    if (frame.kind === "map") return `${up}[entry ${(at - at % 2) / 2}]`;
    return under(up, frame.items[at]);
  }
  function under(where, name) {
    if (match(identifierPattern, name) === null) return `${where}[${quote(name)}]`;
    return where === "" ? name : `${where}.${name}`;
  }
  function unkept(value, prototype2) {
    if (prototype2 === prototypes.promise) return "is a promise and cannot be kept; await it first";
    if (prototype2 === prototypes.regexp) return "is a RegExp and cannot be kept; keep its source as a string";
    for (let up = prototype2; up !== null; up = getPrototypeOf(up)) {
      if (up === prototypes.error) return "is an Error and cannot be kept; keep its message";
    }
    let name;
    try {
      name = value.constructor?.name;
    } catch {
      name = void 0;
    }
    return typeof name === "string" && name !== "" && name !== "Object" ? `is an instance of ${name} and cannot be kept; keep plain data` : "is an object with a prototype of its own and cannot be kept; keep plain data";
  }
  function isOwnError(error) {
    if (weakHas(faults, error)) return true;
    try {
      return error.name === "InternalError";
    } catch {
      return false;
    }
  }
  function said(error) {
    try {
      const { message } = error;
      return typeof message === "string" ? message : `${error}`;
    } catch {
      return "it throws";
    }
  }
  function revive(encoded, hooks2) {
    if (typeof encoded !== "object" || encoded === null) return encoded;
    if (isArray(encoded)) {
      for (let i = 0; i < encoded.length; i++) {
        const item = encoded[i];
        if (typeof item !== "object" || item === null) continue;
        if (item["$type"] === "hole") deleteProperty(encoded, i);
        else encoded[i] = revive(item, hooks2);
      }
      return encoded;
    }
    const record = encoded;
    if (hasOwn(record, "$type")) return reviveTyped(record, hooks2);
    const names2 = keys(record);
    for (let i = 0; i < names2.length; i++) {
      const name = names2[i];
      const item = record[name];
      if (typeof item === "object" && item !== null) record[name] = revive(item, hooks2);
    }
    return record;
  }
  function reviveTyped(record, hooks2) {
    const { $type: type, value } = record;
    switch (type) {
      case "undefined":
      // A hole outside a list: the codec never writes one.
      case "hole":
        return void 0;
      case "number":
        return toNumber(value);
      case "bigint":
        return toBigInt(value);
      case "date":
        return new NewDate(value === null ? NaN : value);
      case "map": {
        const map = new NewMap();
        const entries = value;
        for (let i = 0; i < entries.length; i++) {
          mapSet(map, revive(entries[i][0], hooks2), revive(entries[i][1], hooks2));
        }
        return map;
      }
      case "set": {
        const set = new NewSet();
        const items = value;
        for (let i = 0; i < items.length; i++) setAdd(set, revive(items[i], hooks2));
        return set;
      }
      case "object": {
        const object = {};
        const entries = value;
        for (let i = 0; i < entries.length; i++) {
          put2(object, entries[i][0], revive(entries[i][1], hooks2));
        }
        return object;
      }
      default:
        return hooks2.revive(record);
    }
  }

  // src/sandbox/guest/guest_codec.ts
  var hooks = {
    write: () => void 0,
    revive: () => void 0,
    maxCharacters: 0
  };
  var codec = createCodec(hooks);
  function addObjects(write3, revive3) {
    hooks.write = write3;
    hooks.revive = revive3;
  }
  function addViews(behind) {
    hooks.behind = behind;
  }
  function limitText(maxCharacters2) {
    hooks.maxCharacters = maxCharacters2;
  }

  // src/sandbox/guest/errors.ts
  var { quote: quote2, isArray: isArray2, slice, fix: fix3, defineProperty: defineProperty2, apply } = primordials;
  var { mapSet: mapSet2, mapDelete, eachOfMap: eachOfMap2, Error: NewError2, String: toText } = primordials;
  var lost = /* @__PURE__ */ new Map();
  var maxCharacters = 1e4;
  function trackHandlers() {
    const original = Promise.prototype.then;
    defineProperty2(Promise.prototype, "then", {
      configurable: true,
      writable: true,
      value: function then(onFulfilled, onRejected) {
        const handler = typeof onRejected !== "function" ? onRejected : (error) => {
          mapDelete(lost, error);
          return onRejected(error);
        };
        return apply(original, this, [
          onFulfilled,
          handler
        ]);
      }
    });
  }
  function namedError(name, message) {
    const error = new NewError2(message);
    fix3(error, "name", name);
    return error;
  }
  function loseError(error) {
    mapSet2(lost, error, true);
  }
  function seeError(error) {
    mapDelete(lost, error);
  }
  function phraseOf(error) {
    return field(error, "message") ?? shownText(error);
  }
  function shownText(value) {
    try {
      return typeof value === "symbol" ? toText(value) : `${value}`;
    } catch {
      return "(an object that cannot be shown)";
    }
  }
  function field(error, key) {
    try {
      const value = error[key];
      return typeof value === "string" ? slice(value, 0, maxCharacters) : void 0;
    } catch {
      return void 0;
    }
  }
  function errorText(error) {
    if (typeof error !== "object" || error === null) {
      return `{"name":"Error","message":${quote2(shownText(error))}}`;
    }
    const own = field(error, "message") ?? asData(error);
    const causes = causesOf(error);
    const message = (own === "" && causes !== "" ? "every promise failed" : own) + causes;
    const stack = field(error, "stack");
    return `{"name":${quote2(field(error, "name") ?? "Error")},"message":${quote2(message)}` + (stack === void 0 ? "}" : `,"stack":${quote2(stack)}}`);
  }
  function asData(error) {
    try {
      return slice(codec.encodeText(error, "value"), 0, maxCharacters);
    } catch {
      return shownText(error);
    }
  }
  function causesOf(error) {
    let causes = "";
    try {
      const { errors } = error;
      for (let i = 0; isArray2(errors) && i < errors.length && i < 3; i++) {
        causes += (i === 0 ? ": " : "; ") + (field(errors[i], "message") ?? shownText(errors[i]));
      }
    } catch {
      return "";
    }
    return causes;
  }
  function firstLost() {
    let first;
    eachOfMap2(lost, (_, error) => {
      first ??= errorText(error);
    });
    return first;
  }

  // src/sandbox/guest/replay_queue.ts
  var queue = [];
  var taken = 0;
  var isReplay = false;
  function startReplay(deliveries) {
    queue = deliveries;
    taken = 0;
    isReplay = true;
  }
  function stopReplay() {
    isReplay = false;
  }
  function takeReplayed() {
    return queue[taken++];
  }
  function upcoming() {
    return isReplay ? queue[taken] : void 0;
  }

  // src/sandbox/guest/turn.ts
  var { Error: NewError3 } = primordials;
  var setup = {
    classes: {}
  };
  var isClosed = false;
  var codeEnd = "";
  var isLoading = false;
  var output = 0;
  function beginTurn(given) {
    setup = given;
  }
  function setLoading(loading) {
    isLoading = loading;
  }
  function setEnd(text) {
    codeEnd = text;
  }
  function closeTurn() {
    isClosed = true;
  }
  function endTurn(text) {
    codeEnd = text;
    isClosed = true;
    halt();
    throw new NewError3("the turn has ended");
  }
  function failTurn(error) {
    if (!isClosed) codeEnd = threwText(error);
    isClosed = true;
  }
  function threwText(error) {
    return `{"kind":"threw","error":${errorText(error)}}`;
  }
  function spend(characters) {
    output += characters;
    if (output > setup.outputCharacters) {
      throw limitError(`put out more than ${setup.outputCharacters} characters without waiting`);
    }
  }
  function resetOutput() {
    output = 0;
  }
  function spentCharacters() {
    return output;
  }
  function limitError(message) {
    const error = namedError("LimitError", message);
    if (!isClosed) {
      isClosed = true;
      codeEnd = threwText(error);
      halt();
    }
    return error;
  }

  // src/sandbox/guest/notes.ts
  var { quote: quote3 } = primordials;
  var noteTexts = "";
  function note(kind, values) {
    if (isClosed) return;
    let texts = "";
    for (let i = 0; i < values.length; i++) {
      let text2;
      try {
        text2 = codec.encodeText(values[i], "value");
      } catch {
        text2 = quote3(shownText(values[i]));
      }
      texts += (i === 0 ? "" : ",") + text2;
    }
    const text = `{"kind":"${kind}","values":[${texts}]}`;
    spend(text.length);
    if (!isReplay) noteTexts += (noteTexts === "" ? "" : ",") + text;
  }
  function clearNotes() {
    noteTexts = "";
  }

  // src/sandbox/guest/readers.ts
  var { quote: quote4, keys: keys2, Promise: NewPromise } = primordials;
  var readers = {};
  function setReaders(given) {
    readers = given;
  }
  var maxLocalLength = 2e4;
  var maxLocalsLength = 5e4;
  function presentLocals() {
    let text = "";
    const names2 = keys2(readers);
    for (let i = 0; i < names2.length; i++) {
      let item = "";
      try {
        const value = readers[names2[i]]();
        if (typeof value !== "function" && !(value instanceof NewPromise)) {
          item = codec.encodeText(value, names2[i]);
        }
      } catch {
      }
      if (item === "" || item.length > maxLocalLength || text.length + item.length > maxLocalsLength) continue;
      text += (text === "" ? "" : ",") + quote4(names2[i]) + ":" + item;
    }
    return "{" + text + "}";
  }

  // src/sandbox/guest/requests.ts
  var { quote: quote5, slice: slice2, mapGet, mapSet: mapSet3, mapDelete: mapDelete2, Promise: NewPromise2, Error: NewError4 } = primordials;
  var requestTexts = "";
  var openCount = 0;
  var ordinal = 0;
  var shortSleeps = 0;
  var open = /* @__PURE__ */ new Map();
  var latest;
  var ignore = () => {
  };
  var resolveLatest = ignore;
  var rejectLatest = ignore;
  var keepResolvers = (resolve, reject) => {
    resolveLatest = resolve;
    rejectLatest = reject;
  };
  function request(name, args) {
    if (isClosed) return new NewPromise2(() => {
    });
    if (isLoading) throw new NewError4(`${name}: effects can be used only inside functions`);
    let text = '["' + name + '",[';
    for (let i = 0; i < args.length; i++) {
      const item = argumentText(name, args, i);
      text = (i === 0 ? text : text + ",") + item;
    }
    const locals = name === "Call" && args[0] === null && isPrompted(args[1]) ? presentLocals() : "";
    if (isClosed) return new NewPromise2(() => {
    });
    checkCounts(name, args);
    const number = ++ordinal;
    const place2 = setup.places || mayFail(name, args) ? placeOf(new NewError4()) : "";
    text += "]," + number;
    spend(text.length);
    if (setup.places) text += "," + quote5(place2);
    else if (locals !== "") text += ",null";
    text += locals === "" ? "]" : "," + locals + "]";
    requestTexts = requestTexts === "" ? text : requestTexts + ("," + text);
    openCount++;
    if (latest !== void 0) mapSet3(open, latest.ordinal, latest);
    const promise = new NewPromise2(keepResolvers);
    latest = {
      ordinal: number,
      resolve: resolveLatest,
      reject: rejectLatest,
      place: place2,
      args: name === "SaveArtifact" ? args : void 0
    };
    resolveLatest = rejectLatest = ignore;
    return promise;
  }
  function isPrompted(playbook) {
    const { prompted } = setup;
    for (let i = 0; i < prompted.length; i++) if (prompted[i] === playbook) return true;
    return false;
  }
  function argumentText(name, args, index) {
    const arg = args[index];
    const text = typeof arg === "string" ? quote5(arg) : index === 2 && name === "Call" ? leavesText(arg) : codec.leafText(arg);
    if (text !== void 0 && text.length <= setup.outputCharacters) return text;
    return codec.encodeText(arg, name === "Call" ? `the arguments of ${args[1]}` : `argument ${index + 1} of ${name}`);
  }
  function leavesText(values) {
    let text = "[";
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const item = typeof value === "string" ? quote5(value) : codec.leafText(value);
      if (item === void 0) return void 0;
      text = (i === 0 ? text : text + ",") + item;
    }
    return text + "]";
  }
  function checkCounts(name, args) {
    if (openCount >= setup.openRequests) {
      throw limitError(`had more than ${setup.openRequests} effects open at once`);
    }
    if (ordinal >= setup.effects) {
      throw limitError(`asked for more than ${setup.effects} effects (limits.${setup.effectsSetting})`);
    }
    if (name !== "Sleep" || args[0] >= setup.shortSleepSeconds) return;
    if (++shortSleeps <= setup.shortSleeps) return;
    const most = `${setup.shortSleeps} sleeps under ${setup.shortSleepSeconds} s`;
    throw limitError(`asked for more than ${most} (limits.max_short_sleeps); sleep longer`);
  }
  function mayFail(name, args) {
    if (name === "SaveArtifact" && typeof args[0] === "string" && args[0] !== "") return false;
    const next2 = upcoming();
    return next2 === void 0 || next2[0] !== ordinal || next2.length > 3 && !next2[2];
  }
  function placeOf({ stack }) {
    if (typeof stack !== "string") return "";
    return stack.length > 2e3 ? slice2(stack, 0, 2e3) : stack;
  }
  function takeOpen(number) {
    let found = latest;
    if (found !== void 0 && found.ordinal === number) latest = void 0;
    else {
      found = mapGet(open, number);
      if (found === void 0) return void 0;
      mapDelete2(open, number);
    }
    openCount--;
    return found;
  }
  function clearRequests() {
    requestTexts = "";
  }
  function forgetOpen() {
    openCount = 0;
  }

  // src/sandbox/guest/known_agents.ts
  var { parse, append: append2, lower, slice: slice3, mapGet: mapGet2, mapSet: mapSet4, Map: NewMap2 } = primordials;
  var agents;
  var byId = new NewMap2();
  function knownAgents() {
    if (agents === void 0) {
      agents = [];
      addAgents(parse(ask("agents")));
    }
    return agents;
  }
  function addAgents(fresh) {
    if (fresh.length === 0) return;
    const all = knownAgents();
    for (let i = 0; i < fresh.length; i++) {
      append2(all, fresh[i]);
      mapSet4(byId, fresh[i].id, fresh[i]);
    }
  }
  function propertiesOf(id) {
    knownAgents();
    return mapGet2(byId, id)?.properties;
  }
  function spellingKey(name) {
    let key = "";
    for (let i = 0; i < name.length; i++) {
      const character = slice3(name, i, i + 1);
      if (character !== "_" && character !== " " && character !== "-" && character !== "'") key += character;
    }
    return lower(key);
  }

  // src/sandbox/guest/library_slot.ts
  var load;
  var loaded;
  function setLibraryLoader(loader) {
    load = loader;
  }
  function library() {
    return loaded ??= load();
  }

  // src/sandbox/guest/objects.ts
  var { quote: quote6, parse: parse2, keys: keys3, create, freeze, fix: fix4, append: append3, hasOwn: hasOwn2, reflectGet, match: match2, lower: lower2, apply: apply2 } = primordials;
  var { mapGet: mapGet3, mapSet: mapSet5, weakGet, weakSet: weakSet2, weakHas: weakHas2, prototypes: prototypes2, ownKeys, defineProperty: defineProperty3 } = primordials;
  var { Map: NewMap3, Proxy: NewProxy, Promise: NewPromise3, String: toText2 } = primordials;
  var { TypeError: NewTypeError } = primordials;
  var encodings = /* @__PURE__ */ new WeakMap();
  var classNames = /* @__PURE__ */ new WeakMap();
  var handles = /* @__PURE__ */ new Map();
  var nothing = freeze([]);
  var characterIndex = /^(?:0|[1-9]\d*)$/;
  var artifactPrototype = createTextPrototype();
  addObjects(write, revive2);
  var Given = class {
    constructor(object) {
      return object;
    }
  };
  var Artifact = class extends Given {
    #mark = true;
    static is(value) {
      return #mark in value;
    }
  };
  function handleOf(agent) {
    const existing = mapGet3(handles, agent.id);
    if (existing !== void 0) return existing;
    const { id, klass } = agent;
    const data = saying(() => `${klass} (agent ${id})`);
    fix4(data, "id", id, true);
    fix4(data, "klass", klass, true);
    const handle = callable(data, klass, () => handle, (key) => propertyOf(agent, key));
    adoptHandle(handle, agent);
    return handle;
  }
  function adoptHandle(object, { id, klass }) {
    weakSet2(encodings, object, `{"$type":"agent","id":${quote6(id)},"klass":${quote6(klass)}}`);
    mapSet5(handles, id, object);
  }
  function handlesOf(klass) {
    const name = klass === void 0 ? void 0 : spellingKey(nameOfClass(klass) ?? `${klass}`);
    const all = knownAgents();
    const found = [];
    for (let i = 0; i < all.length; i++) {
      const agent = all[i];
      if (name === void 0 || spellingKey(agent.klass) === name) append3(found, handleOf(agent));
    }
    return found;
  }
  function propertyOf({ id, klass }, key) {
    const properties = propertiesOf(id);
    if (properties !== void 0 && hasOwn2(properties, key)) return {
      value: codec.revive(properties[key])
    };
    return key === "name" ? {
      value: klass
    } : void 0;
  }
  function adoptText(object, text) {
    weakSet2(encodings, object, text);
  }
  function classObject(name) {
    const data = saying(() => name);
    fix4(data, "name", name);
    const getOrCreate = (properties) => request("GetOrCreate", properties === void 0 ? [
      name
    ] : [
      name,
      properties
    ]);
    const getAll = () => handlesOf(name);
    fix4(data, "getOrCreate", getOrCreate);
    fix4(data, "get_or_create", getOrCreate);
    fix4(data, "getAll", getAll);
    fix4(data, "get_all", getAll);
    const object = callable(data, name, () => name);
    weakSet2(classNames, object, name);
    return object;
  }
  function withClassMembers(call, name) {
    const members = classObject(name);
    const object = new NewProxy(call, {
      __proto__: null,
      get(_, key) {
        const isOfFunction = typeof key !== "string" || isMeaningful(key) || match2(/^(?:call|apply|bind)$/, key) !== null;
        return reflectGet(isOfFunction ? call : members, key);
      }
    });
    weakSet2(classNames, object, name);
    return object;
  }
  function nameOfClass(value) {
    return weakGet(classNames, value);
  }
  function isSpecial(value) {
    return typeof value === "object" && value !== null && (Artifact.is(value) || weakHas2(encodings, value));
  }
  function saying(toString) {
    return create(freeze({
      __proto__: prototypes2.object,
      toString
    }));
  }
  function callable(data, klass, target, property = () => void 0) {
    const names2 = hasOwn2(setup.classes, klass) ? setup.classes[klass] : nothing;
    const methods2 = new NewMap3();
    freeze(data);
    return new NewProxy(data, {
      __proto__: null,
      get(_, key) {
        if (hasOwn2(data, key)) return data[key];
        if (typeof key !== "string" || isMeaningful(key)) return reflectGet(data, key);
        let method = mapGet3(methods2, key);
        if (method !== void 0) return method;
        const found = isOneOf(key, names2) ? void 0 : property(key);
        if (found !== void 0) return found.value;
        const playbook = playbookFor(key, names2, klass);
        if (playbook === void 0) return reflectGet(data, key);
        method = (...args) => request("Call", [
          target(),
          playbook,
          args
        ]);
        mapSet5(methods2, key, method);
        return method;
      }
    });
  }
  function isOneOf(key, names2) {
    for (let i = 0; i < names2.length; i++) if (names2[i] === key) return true;
    return false;
  }
  function playbookFor(key, names2, klass) {
    if (isOneOf(key, names2) || match2(/^[A-Z]\w*$/, key) !== null) return key;
    const own = playbookSpelled(key, names2);
    if (own !== void 0) return own;
    const others2 = ask("-" + quote6(klass));
    return others2 === void 0 ? void 0 : playbookSpelled(key, parse2(others2));
  }
  function playbookSpelled(key, names2) {
    const wanted = spellingKey(key);
    for (let i = 0; i < names2.length; i++) if (spellingKey(names2[i]) === wanted) return names2[i];
    return void 0;
  }
  function isMeaningful(key) {
    return match2(/^(?:then|toJSON|toString|toLocaleString|valueOf|constructor)$/, key) !== null;
  }
  function createTextPrototype() {
    const prototype2 = {
      __proto__: prototypes2.object
    };
    const strings = prototypes2.string;
    const names2 = ownKeys(strings);
    for (let i = 0; i < names2.length; i++) {
      const method = strings[names2[i]];
      if (names2[i] === "constructor" || typeof method !== "function") continue;
      fix4(prototype2, names2[i], function(...args) {
        return apply2(method, toText2(this.content), args);
      });
    }
    const read2 = (name, of) => defineProperty3(prototype2, name, {
      __proto__: null,
      get() {
        return of(toText2(this.content));
      }
    });
    read2("length", (content) => content.length);
    read2("value", (content) => content);
    fix4(prototype2, "toJSON", function() {
      return this.content;
    });
    return new NewProxy(freeze(prototype2), {
      __proto__: null,
      get: (target, key, artifact) => typeof key === "string" && match2(characterIndex, key) !== null ? toText2(artifact.content)[key] : reflectGet(target, key, artifact)
    });
  }
  function isArtifact(value) {
    return typeof value === "object" && value !== null && Artifact.is(value);
  }
  function artifactOf(name, summary, content) {
    return new Artifact(freeze({
      __proto__: artifactPrototype,
      name,
      summary,
      content
    }));
  }
  function artifactText({ name, summary, content }) {
    const fields = `"name":${quote6(name)},"summary":${quote6(summary)},"content":${quote6(content)}`;
    return `{"$type":"artifact",${fields}}`;
  }
  function responseOf(fields) {
    const { status = 0, statusText = "", url = "", body = "", headers: given = {} } = fields;
    const text = toText2(body);
    const lowered = {
      __proto__: null
    };
    const names2 = keys3(given);
    for (let i = 0; i < names2.length; i++) lowered[lower2(names2[i])] = toText2(given[names2[i]]);
    const headers = freeze({
      __proto__: headersPrototype(() => lowered),
      get: (name) => lowered[lower2(`${name}`)] ?? null,
      has: (name) => lowered[lower2(`${name}`)] !== void 0
    });
    const response = freeze({
      __proto__: responsePrototype(fields, text),
      ok: status >= 200 && status < 300,
      status,
      statusText,
      url,
      headers,
      text: () => new NewPromise3((resolve) => resolve(text)),
      json: () => new NewPromise3((resolve) => resolve(parse2(text)))
    });
    const encoding = `{"$type":"response","status":${quote6(status)},"statusText":${quote6(toText2(statusText))},"url":${quote6(toText2(url))},"headers":${codec.encodeText(given, "headers")},"body":${quote6(text)}}`;
    weakSet2(encodings, response, encoding);
    return response;
  }
  function headersPrototype(values) {
    const whole = () => library().headersFrom(values());
    const prototype2 = {
      __proto__: prototypes2.object
    };
    for (let i = 0; i < headerMethods.length; i++) {
      const method = headerMethods[i];
      fix4(prototype2, method, (...args) => apply2(whole()[method], whole(), args));
    }
    return freeze(prototype2);
  }
  var headerMethods = [
    "entries",
    "keys",
    "values",
    "forEach",
    "getSetCookie",
    Symbol.iterator
  ];
  function responsePrototype(fields, text) {
    return freeze({
      __proto__: prototypes2.object,
      type: "basic",
      redirected: false,
      bodyUsed: false,
      get body() {
        throw new NewTypeError("a response has no stream here; use await response.text()");
      },
      clone: () => responseOf(fields),
      bytes: () => new NewPromise3((resolve) => resolve(library().responseBytes(text))),
      arrayBuffer: () => new NewPromise3((resolve) => resolve(library().responseBytes(text).buffer)),
      blob: () => new NewPromise3((resolve) => resolve(new (library()).globals.Blob([
        text
      ])))
    });
  }
  function write(value) {
    if (Artifact.is(value)) return artifactText(value);
    const encoding = weakGet(encodings, value);
    if (encoding !== void 0) return encoding;
    const klass = weakGet(classNames, value);
    if (klass === void 0) return void 0;
    throw namedError("DataError", `"${klass}" is an agent class and cannot be kept or passed; use its name`);
  }
  function revive2(encoded) {
    switch (encoded.$type) {
      case "agent":
        return handleOf({
          id: encoded.id,
          klass: encoded.klass
        });
      case "artifact":
        return artifactOf(encoded.name, encoded.summary, encoded.content);
      case "response":
        return responseOf({
          ...encoded,
          headers: codec.revive(encoded.headers)
        });
      default:
        return void 0;
    }
  }

  // src/sandbox/guest/ownership.ts
  var { isArray: isArray3, keys: keys4, ownKeys: ownKeys2, getPrototypeOf: getPrototypeOf2, getOwnPropertyDescriptor, isExtensible, defineProperty: defineProperty4 } = primordials;
  var { put: put3, append: append4, hasOwn: hasOwn3, weakHas: weakHas3, weakSet: weakSet3, deref, timeOf: timeOf2, prototypes: prototypes3 } = primordials;
  var { Date: NewDate2, Proxy: NewProxy2, WeakRef: NewWeakRef, String: toText3 } = primordials;
  var maxDepth2 = 20;
  var proxies = /* @__PURE__ */ new WeakMap();
  function markProxy(proxy) {
    weakSet3(proxies, proxy, true);
    return proxy;
  }
  function trackProxies() {
    const { revocable } = NewProxy2;
    const make = {
      __proto__: null,
      construct: (_, args) => markProxy(new NewProxy2(args[0], args[1]))
    };
    const tracking = new NewProxy2(NewProxy2, make);
    const replace = (target, key, value) => defineProperty4(target, key, {
      __proto__: null,
      configurable: true,
      writable: true,
      value
    });
    replace(NewProxy2, "revocable", (target, handler) => {
      const made = revocable(target, handler);
      markProxy(made.proxy);
      return made;
    });
    replace(globalThis, "Proxy", tracking);
  }
  function reclaim(holder, key, depth = 0) {
    if (depth > maxDepth2 || !isPlain(holder[key])) return false;
    const parts = partsOf(holder[key]);
    if (!release(holder, key)) return false;
    let isOurs = true;
    const { names: names2, values } = parts;
    for (let i = 0; i < values.length; i++) {
      if (typeof values[i] !== "object" || values[i] === null || isSpecial(values[i])) continue;
      isOurs = reclaim(values, i, depth + 1) && isOurs;
    }
    if (parts.kind === "date") put3(holder, key, new NewDate2(parts.time));
    else if (parts.kind === "array") put3(holder, key, values);
    else {
      const object = {};
      for (let i = 0; i < names2.length; i++) put3(object, names2[i], values[i]);
      put3(holder, key, object);
    }
    return isOurs;
  }
  function takeItems(holder, key) {
    if (!isArray3(holder[key]) || !isPlain(holder[key])) return void 0;
    const { values } = partsOf(holder[key]);
    return release(holder, key) ? values : void 0;
  }
  function release(holder, key) {
    const reference = new NewWeakRef(holder[key]);
    put3(holder, key, null);
    const held2 = deref(reference);
    if (held2 !== void 0) put3(holder, key, held2);
    return held2 === void 0;
  }
  function partsOf(value) {
    if (getPrototypeOf2(value) === prototypes3.date) {
      return {
        kind: "date",
        names: [],
        values: [],
        time: timeOf2(value)
      };
    }
    const names2 = keys4(value);
    const values = [];
    for (let i = 0; i < names2.length; i++) append4(values, value[names2[i]]);
    return {
      kind: isArray3(value) ? "array" : "object",
      names: names2,
      values,
      time: 0
    };
  }
  function isPlain(value) {
    if (typeof value !== "object" || value === null || weakHas3(proxies, value) || !isExtensible(value)) {
      return false;
    }
    const prototype2 = getPrototypeOf2(value);
    const names2 = ownKeys2(value);
    if (prototype2 === prototypes3.date) return names2.length === 0;
    const isList = isArray3(value);
    if (prototype2 !== (isList ? prototypes3.array : prototypes3.object)) return false;
    if (isList && names2.length !== value.length + 1) return false;
    for (let i = 0; i < names2.length; i++) {
      const name = names2[i];
      if (typeof name === "symbol") return false;
      if (isList && i === value.length) continue;
      if (isList && name !== toText3(i)) return false;
      const descriptor = getOwnPropertyDescriptor(value, name);
      if (!hasOwn3(descriptor, "value") || !descriptor.writable) return false;
      if (!descriptor.enumerable || !descriptor.configurable) return false;
    }
    return true;
  }

  // src/sandbox/guest/lists.ts
  var { keys: keys5, append: append5, slice: slice4, hasOwn: hasOwn4, mapGet: mapGet4, mapSet: mapSet6, mapHas, mapDelete: mapDelete3, mapClear, mapSize, eachOfMap: eachOfMap3 } = primordials;
  var { Map: NewMap4 } = primordials;
  var longCharacters = 2e3;
  function isLongList(text) {
    return text.length > longCharacters;
  }
  function guardList(store, characters) {
    return {
      store,
      sent: store.length,
      characters,
      loans: new NewMap4(),
      before: void 0,
      isOdd: false
    };
  }
  function adoptList(holder, key, text) {
    const items = takeItems(holder, key);
    if (items === void 0) return void 0;
    const list = guardList(items, text.length);
    trust(list);
    return list;
  }
  function lendItem(list, index, value) {
    if (list.before !== void 0 || !(index < list.sent)) return;
    if (mapHas(list.loans, index) || isSpecial(value)) return;
    mapSet6(list.loans, index, codec.encodeText(value, "value"));
  }
  function beforeChange(list) {
    list.before ??= knownListText(list);
  }
  function knownListText(list) {
    if (list.before !== void 0) return list.before;
    let text = "";
    for (let i = 0; i < list.sent; i++) {
      const item = mapGet4(list.loans, i) ?? itemText(list, i);
      text += i === 0 ? item : "," + item;
    }
    return "[" + text + "]";
  }
  function itemText({ store }, index) {
    if (!hasOwn4(store, index)) return '{"$type":"hole"}';
    return codec.leafText(store[index]) ?? codec.encodeText(store[index], "value");
  }
  function takeListChange(list, where) {
    if (list.before === void 0 && !hasChangedLoan(list, where)) return takeAddition(list, where);
    const before = knownListText(list);
    const now = codec.encodeText(list.store, where);
    const change = changeText(before, now);
    list.before = now;
    list.sent = list.store.length;
    list.characters = now.length;
    if (!list.isOdd && (change === "" || slice4(change, 0, 9) === '{"append"')) trust(list);
    return change;
  }
  function hasChangedLoan(list, where) {
    let hasChanged = false;
    try {
      eachOfMap3(list.loans, (text, index) => {
        hasChanged ||= itemText(list, index) !== text;
      });
    } catch {
      codec.encodeText(list.store, where);
      return true;
    }
    return hasChanged;
  }
  function takeAddition(list, where) {
    const { store } = list;
    let text = "";
    if (list.sent < store.length) {
      try {
        for (let i = list.sent; i < store.length; i++) {
          const item = itemText(list, i);
          text += text === "" ? item : "," + item;
          addLoan(list, i, item);
        }
        list.characters += text.length + 1;
      } catch {
        list.characters = Infinity;
      }
      if (!codec.fits(list.characters)) list.characters = codec.encodeText(store, where).length;
      list.sent = store.length;
    }
    if (mapSize(list.loans) > 0) reclaimLoans(list);
    return text === "" ? "" : '{"append":[' + text + "]}";
  }
  function changeText(before, now) {
    if (before === now) return "";
    if (before !== void 0 && slice4(before, 0, 1) === "[" && before.length < now.length) {
      const head = before.length - 1;
      const isEmpty = before.length === 2;
      if ((isEmpty ? slice4(now, 0, 1) === "[" : slice4(now, head, head + 1) === ",") && slice4(now, 0, head) === slice4(before, 0, head)) return '{"append":[' + slice4(now, isEmpty ? head : head + 1, now.length) + "}";
    }
    return '{"value":' + now + "}";
  }
  function trust(list) {
    const { store, loans } = list;
    if (keys5(store).length !== store.length) {
      beforeChange(list);
      list.isOdd = true;
      return;
    }
    list.before = void 0;
    mapClear(loans);
    for (let i = 0; i < store.length; i++) addLoan(list, i);
    if (mapSize(loans) > 0) reclaimLoans(list);
  }
  function addLoan(list, index, text = itemText(list, index)) {
    const item = list.store[index];
    if (typeof item === "object" && item !== null && !isSpecial(item)) mapSet6(list.loans, index, text);
  }
  function reclaimLoans({ store, loans }) {
    const free = [];
    eachOfMap3(loans, (_, index) => {
      if (reclaim(store, index)) append5(free, index);
    });
    for (let i = 0; i < free.length; i++) mapDelete3(loans, free[i]);
  }
  function extendList(list, encoded) {
    if (list.before !== void 0 || mapSize(list.loans) > 0 || list.sent !== list.store.length) return false;
    for (let i = 0; i < encoded.length; i++) {
      append5(list.store, codec.revive(encoded[i]));
      list.characters += itemText(list, list.sent).length + 1;
      list.sent++;
    }
    return true;
  }

  // src/sandbox/guest/list_view.ts
  var { put: put4, hasOwn: hasOwn5, deleteProperty: deleteProperty2, define, prevent, setPrototype, getOwnPropertyDescriptor: getOwnPropertyDescriptor2 } = primordials;
  var { reflectGet: reflectGet2, reflectSet, weakGet: weakGet2, weakSet: weakSet4, Proxy: NewProxy3, String: toText4 } = primordials;
  var lists = /* @__PURE__ */ new WeakMap();
  addViews((value) => {
    const list = weakGet2(lists, value);
    return list === void 0 ? value : list.store;
  });
  function viewOf(list) {
    const becomeOdd = () => {
      beforeChange(list);
      list.isOdd = true;
    };
    const proxy = new NewProxy3(list.store, {
      __proto__: null,
      get(store, key, receiver) {
        if (typeof key === "symbol" || list.isOdd || !hasOwn5(store, key)) {
          return reflectGet2(store, key, receiver);
        }
        const value = store[key];
        if (typeof value === "object" && value !== null) lendItem(list, +key, value);
        return value;
      },
      set(store, key, value, receiver) {
        if (weakGet2(lists, receiver) !== list) return reflectSet(store, key, value, receiver);
        if (!list.isOdd) {
          const { length } = store;
          if (key === "length" && value === length) return true;
          if (key === toText4(length)) {
            put4(store, key, value);
            return true;
          }
          beforeChange(list);
          if (key === "length" ? value < length : hasOwn5(store, key)) {
            return reflectSet(store, key, value, store);
          }
          list.isOdd = true;
        }
        return reflectSet(store, key, value, receiver);
      },
      deleteProperty(store, key) {
        if (key === toText4(store.length - 1)) beforeChange(list);
        else becomeOdd();
        return deleteProperty2(store, key);
      },
      defineProperty(store, key, descriptor) {
        becomeOdd();
        return define(store, key, descriptor);
      },
      getOwnPropertyDescriptor(store, key) {
        const descriptor = getOwnPropertyDescriptor2(store, key);
        const value = descriptor !== void 0 && hasOwn5(descriptor, "value") ? descriptor.value : void 0;
        if (typeof value === "object" && value !== null && typeof key === "string") lendItem(list, +key, value);
        return descriptor;
      },
      preventExtensions(store) {
        becomeOdd();
        return prevent(store);
      },
      setPrototypeOf(store, prototype2) {
        becomeOdd();
        return setPrototype(store, prototype2);
      }
    });
    weakSet4(lists, proxy, list);
    return markProxy(proxy);
  }

  // src/sandbox/guest/state.ts
  var { quote: quote7, parse: parse3, append: append6, keys: keys6, put: put5, hasOwn: hasOwn6, ownKeys: ownKeys3, reflectGet: reflectGet3, slice: slice5, match: match3 } = primordials;
  var { mapGet: mapGet5, mapSet: mapSet7, mapHas: mapHas2, mapDelete: mapDelete4, eachOfMap: eachOfMap4, setAdd: setAdd2, setDelete: setDelete2, eachOfSet: eachOfSet2 } = primordials;
  var { deref: deref2, isArray: isArray4, Promise: NewPromise4, Proxy: NewProxy4, TypeError: NewTypeError2, WeakRef: NewWeakRef2, String: toText5 } = primordials;
  var plainPrototype = primordials.prototypes.object;
  var live = /* @__PURE__ */ new Map();
  var waiting = /* @__PURE__ */ new Map();
  var removed = /* @__PURE__ */ new Map();
  var added = /* @__PURE__ */ new Map();
  var guarded = /* @__PURE__ */ new Map();
  var held = /* @__PURE__ */ new Map();
  var later = /* @__PURE__ */ new Map();
  var known = /* @__PURE__ */ new Map();
  var foreign = /* @__PURE__ */ new Map();
  var touched = /* @__PURE__ */ new Set();
  var isTouched = false;
  var others = [];
  var stateProxy = variablesAt("");
  function hideFromState(prefixes) {
    others = prefixes;
  }
  function variablesAt(prefix) {
    const nameOf = (key) => {
      if (typeof key !== "string") return void 0;
      return prefix === "" ? isHidden(key) ? void 0 : key : prefix + key;
    };
    const nameToWrite = (key, value) => {
      if (typeof key === "symbol") throw new NewTypeError2("state cannot keep a symbol as key");
      const name = nameOf(key);
      if (name === void 0) throw new NewTypeError2(`state cannot keep the key "${toText5(key)}"`);
      checkShallow(name, value);
      return name;
    };
    const handler = {
      __proto__: null,
      get(_, key) {
        const name = nameOf(key);
        return name !== void 0 && has(name) ? read(name) : reflectGet3(plainPrototype, key);
      },
      set(_, key, value) {
        write2(nameToWrite(key, value), value);
        return true;
      },
      deleteProperty(_, key) {
        const name = nameOf(key);
        if (name !== void 0 && has(name)) {
          remember(name);
          remove(name);
          touch(name);
        }
        return true;
      },
      has(_, key) {
        const name = nameOf(key);
        return name !== void 0 && has(name) || key in plainPrototype;
      },
      ownKeys: () => names(prefix),
      getOwnPropertyDescriptor(_, key) {
        const name = nameOf(key);
        if (name === void 0 || !has(name)) return void 0;
        const value = read(name);
        return {
          __proto__: null,
          value,
          writable: true,
          enumerable: true,
          configurable: true
        };
      },
      defineProperty(_, key, descriptor) {
        if (!hasOwn6(descriptor, "value")) throw new NewTypeError2(`state.${toText5(key)} cannot be a getter`);
        write2(nameToWrite(key, descriptor.value), descriptor.value);
        return true;
      },
      getPrototypeOf: () => plainPrototype,
      setPrototypeOf: () => false,
      preventExtensions: () => false
    };
    return markProxy(new NewProxy4({
      __proto__: null
    }, handler));
  }
  function isHidden(name) {
    for (let i = 0; i < others.length; i++) {
      if (slice5(name, 0, others[i].length) === others[i]) return true;
    }
    return false;
  }
  function factOf(name) {
    const text = mapHas2(waiting, name) ? quote7(mapGet5(waiting, name)) : ask("=" + quote7(name));
    return text === void 0 ? void 0 : codec.revive(parse3(text));
  }
  function shownName(name) {
    if (!isHidden(name)) return `state.${name}`;
    return `sharedState.${match3(/^meeting \d+: ([^]*)$/, name)?.[1] ?? name}`;
  }
  function has(key) {
    return mapHas2(live, key) || mapHas2(waiting, key) || isInitial(key);
  }
  function isInitial(key) {
    return !mapHas2(removed, key) && ask("?" + quote7(key)) !== void 0;
  }
  function names(prefix) {
    const ordered = {
      __proto__: null
    };
    const add = (name) => {
      if (prefix === "") {
        if (!isHidden(name)) put5(ordered, name, true);
      } else if (slice5(name, 0, prefix.length) === prefix) {
        put5(ordered, slice5(name, prefix.length, name.length), true);
      }
    };
    const initial = parse3(ask("names"));
    for (let i = 0; i < initial.length; i++) if (!mapHas2(removed, initial[i])) add(initial[i]);
    eachOfMap4(added, (_, name) => add(name));
    return ownKeys3(ordered);
  }
  function touch(key) {
    setAdd2(touched, key);
    isTouched = true;
  }
  function read(key) {
    if (mapHas2(live, key)) {
      touch(key);
      return mapGet5(live, key);
    }
    remember(key);
    touch(key);
    const text = mapGet5(known, key);
    const value = codec.revive(parse3(text));
    if (isArray4(value) && isLongList(text)) {
      forget(key);
      return watch(key, guardList(value, text.length));
    }
    mapSet7(live, key, value);
    return value;
  }
  function watch(key, list) {
    const view = viewOf(list);
    mapSet7(guarded, key, list);
    mapSet7(live, key, view);
    return view;
  }
  function unwatch(key) {
    const list = mapGet5(guarded, key);
    if (list === void 0) return;
    mapSet7(known, key, knownListText(list));
    mapDelete4(guarded, key);
  }
  function write2(key, value) {
    if (!mapHas2(live, key)) {
      if (has(key)) remember(key);
      else mapSet7(added, key, true);
    } else if (mapGet5(live, key) !== value) unwatch(key);
    mapSet7(live, key, value);
    touch(key);
  }
  function remember(key) {
    if (mapHas2(live, key)) {
      unwatch(key);
      return;
    }
    if (mapHas2(later, key)) {
      place(key, extended(parse3(ask("=" + quote7(key))), mapGet5(later, key)));
    }
    if (mapHas2(waiting, key)) {
      mapSet7(known, key, codec.encodeText(codec.revive(mapGet5(waiting, key)), shownName(key)));
      mapDelete4(waiting, key);
    } else {
      mapSet7(known, key, ask("=" + quote7(key)));
      mapSet7(foreign, key, true);
    }
  }
  function remove(key) {
    mapDelete4(live, key);
    mapDelete4(waiting, key);
    mapDelete4(guarded, key);
    mapDelete4(later, key);
    if (!mapDelete4(added, key)) mapSet7(removed, key, true);
  }
  function checkShallow(name, value) {
    const type = typeof value;
    if (type === "function" || type === "symbol" || value instanceof NewPromise4) {
      codec.encodeText(value, shownName(name));
    }
  }
  function takeStatePatch() {
    if (!isTouched) return "{}";
    let text = "";
    const settled = [];
    const long = [];
    let isOpen = false;
    eachOfSet2(touched, (key) => {
      const change = takeChange(key, long);
      if (change !== "") text += (text === "" ? "" : ",") + quote7(key) + ":" + change;
      const value = mapGet5(live, key);
      if (typeof value !== "object" || value === null) append6(settled, key);
      else isOpen = true;
    });
    for (let i = 0; i < settled.length; i++) setDelete2(touched, settled[i]);
    for (let i = 0; i < long.length; i++) adopt(long[i]);
    isTouched = isOpen;
    return "{" + text + "}";
  }
  function takeChange(key, long) {
    if (!mapHas2(live, key)) {
      const wasKnown = mapHas2(known, key);
      forget(key);
      return wasKnown ? "null" : "";
    }
    const list = mapGet5(guarded, key);
    if (list !== void 0) return takeListChange(list, shownName(key));
    const value = mapGet5(live, key);
    const now = codec.encodeText(value, shownName(key));
    if (isArray4(value) && isLongList(now)) append6(long, key);
    const before = mapGet5(known, key);
    if (isKnown(key, before, now)) return "";
    mapSet7(known, key, now);
    mapDelete4(foreign, key);
    return changeText(before, now);
  }
  function isKnown(key, before, now) {
    if (before === now) return true;
    if (before === void 0 || !mapHas2(foreign, key)) return false;
    return codec.encodeText(codec.revive(parse3(before)), shownName(key)) === now;
  }
  function adopt(key) {
    const failures = (mapGet5(held, key) ?? 0) + 1;
    mapSet7(held, key, failures);
    if ((failures & failures - 1) !== 0) return;
    const holder = {
      __proto__: null,
      value: mapGet5(live, key)
    };
    mapDelete4(live, key);
    const list = adoptList(holder, "value", mapGet5(known, key));
    if (list === void 0) mapSet7(live, key, holder.value);
    else {
      forget(key);
      mapDelete4(held, key);
      watch(key, list);
    }
  }
  function forget(key) {
    mapDelete4(known, key);
    mapDelete4(foreign, key);
  }
  function applyStatePatch(patch) {
    const names2 = keys6(patch);
    for (let i = 0; i < names2.length; i++) {
      const key = names2[i];
      const change = patch[key];
      if (change === null) {
        if (has(key)) remove(key);
        forget(key);
        setDelete2(touched, key);
      } else if (hasOwn6(change, "value")) place(key, change.value);
      else extend(key, change.append);
    }
  }
  function place(key, encoded) {
    if (!has(key)) mapSet7(added, key, true);
    mapDelete4(live, key);
    mapDelete4(guarded, key);
    mapDelete4(later, key);
    mapSet7(waiting, key, encoded);
    forget(key);
    setDelete2(touched, key);
  }
  function extend(key, more) {
    if (mapHas2(waiting, key)) extended(mapGet5(waiting, key), more);
    else if (!mapHas2(live, key)) {
      mapSet7(later, key, extended(mapGet5(later, key) ?? [], more));
    } else {
      const list = mapGet5(guarded, key);
      if (list !== void 0 && isUnseen(key, list) && extendList(list, more)) return;
      const text = list === void 0 ? mapGet5(known, key) : knownListText(list);
      place(key, extended(parse3(text), more));
    }
  }
  function isUnseen(key, list) {
    const reference = new NewWeakRef2(mapGet5(live, key));
    mapSet7(live, key, void 0);
    const view = deref2(reference);
    if (view === void 0) watch(key, list);
    else mapSet7(live, key, view);
    return view === void 0;
  }
  function extended(list, more) {
    for (let i = 0; i < more.length; i++) append6(list, more[i]);
    return list;
  }

  // src/sandbox/guest/progress.ts
  var { quote: quote8, Error: NewError5 } = primordials;
  var isEndSent = false;
  var lastPatch = "";
  var earlierTexts = "";
  function returnFrom(value, summary) {
    if (isClosed) throw new NewError5("the turn has ended");
    if (isLoading) throw new NewError5("Return: effects can be used only inside functions");
    const valueText = codec.encodeText(value, "the value returned");
    const summaryText = summary === void 0 || summary === null ? "" : `,"summary":${quote8(typeof summary === "string" ? summary : shownText(summary))}`;
    return leave(`{"kind":"returned","value":${valueText}${summaryText}}`);
  }
  function exitProgram() {
    return leave('{"kind":"exited"}');
  }
  function leave(end) {
    if (isClosed) throw new NewError5("the turn has ended");
    if (isLoading) throw new NewError5("EndProgram: effects can be used only inside functions");
    const patch = takeStatePatch();
    spend(end.length + patch.length);
    lastPatch = patch;
    return endTurn(end);
  }
  function takePatch() {
    if (lastPatch !== "") return lastPatch;
    try {
      const patch = takeStatePatch();
      if (patch !== "{}") spend(patch.length);
      return patch;
    } catch (error) {
      failTurn(error);
      return "{}";
    }
  }
  function isEndDue() {
    return codeEnd !== "" && !isEndSent && (isClosed || openCount === 0);
  }
  function hasEnded() {
    return codeEnd !== "" && !isClosed && !isEndSent;
  }
  function collect() {
    const patch = takePatch();
    let text = requestTexts;
    if (isEndDue()) {
      text = "[[" + text + "]," + patch + ",[" + noteTexts + "]," + codeEnd + (isClosed ? ",true]" : ",false]");
      isEndSent = true;
    } else if (patch !== "{}" || noteTexts !== "") {
      text = "[[" + text + "]," + patch + ",[" + noteTexts + "]]";
    }
    lastPatch = "";
    earlierTexts = "";
    clearRequests();
    clearNotes();
    resetOutput();
    return text;
  }
  function keepEarlier() {
    earlierTexts = requestTexts;
  }
  function salvage() {
    return earlierTexts;
  }

  // src/sandbox/guest/variables.ts
  var { hasOwn: hasOwn7, ownKeys: ownKeys4, reflectGet: reflectGet4, lower: lower3, append: append7 } = primordials;
  var maxNames = 30;
  function variableNamed(name, isTested = false) {
    if (hasOwn7(stateProxy, name)) return reflectGet4(stateProxy, name);
    if (isTested) return void 0;
    throw namedError("ReferenceError", `there is no variable $${name} yet; ${otherNames(name)}`);
  }
  function otherNames(wanted) {
    const names2 = ownKeys4(stateProxy);
    const near = [];
    for (let most = 1; most <= 3; most++) {
      for (let i = 0; i < names2.length && near.length < 3; i++) {
        const isNear = distance(lower3(names2[i]), lower3(wanted)) === most && most * 2 < wanted.length + 1;
        if (isNear || most === 1 && lower3(names2[i]) === lower3(wanted)) append7(near, names2[i]);
      }
    }
    if (near.length > 0) return `did you mean ${listed(near, near.length)}?`;
    return names2.length === 0 ? "there are no variables" : `there are: ${listed(names2, maxNames)}`;
  }
  function listed(names2, most) {
    let text = "";
    for (let i = 0; i < names2.length && i < most; i++) text += `${i === 0 ? "" : ", "}$${names2[i]}`;
    return names2.length > most ? `${text}, \u2026` : text;
  }
  function distance(a2, b2) {
    if (a2.length > 60 || b2.length > 60) return 60;
    let row = [];
    for (let j = 0; j <= b2.length; j++) append7(row, j);
    for (let i = 1; i <= a2.length; i++) {
      const next2 = [];
      append7(next2, i);
      for (let j = 1; j <= b2.length; j++) {
        const changed = row[j - 1] + (a2[i - 1] === b2[j - 1] ? 0 : 1);
        const removed2 = row[j] + 1;
        const added2 = next2[j - 1] + 1;
        append7(next2, changed < removed2 ? changed < added2 ? changed : added2 : removed2 < added2 ? removed2 : added2);
      }
      row = next2;
    }
    return row[b2.length];
  }

  // src/sandbox/guest/words.ts
  var { quote: quote9, keys: keys7, ownKeys: ownKeys5, is: is2, match: match4, put: put6, append: append8, slice: slice6, thenOf } = primordials;
  var { Promise: NewPromise5, TypeError: NewTypeError3, String: toText6 } = primordials;
  var objectText = /\[object /;
  var maxShownCharacters = 160;
  var isWholeBit = 1;
  var isAwaitedBit = 2;
  function checkedWord(value, source, reasons, bits) {
    if ((bits & isAwaitedBit) !== 0 && value instanceof NewPromise5) {
      return thenOf(value, (fulfilled) => checkedWord(fulfilled, source, reasons, bits & isWholeBit));
    }
    const fault = faultOf(value, (bits & isWholeBit) !== 0);
    if (fault === void 0) return value;
    throw new NewTypeError3(`${source} ${fault}, which gives no words${because(reasons)}`);
  }
  function faultOf(value, isWhole) {
    if (value === void 0) return "is undefined";
    if (value === null) return "is null";
    if (typeof value === "number") return is2(value, NaN) ? "is NaN" : void 0;
    if (typeof value === "function") return "is a function";
    if (typeof value !== "object") return void 0;
    if (value instanceof NewPromise5) return "is a promise without await";
    if (isWhole) return void 0;
    const text = shownText(value);
    return match4(objectText, text) === null ? void 0 : "is an object: name a field of it";
  }
  function because(reasons) {
    let text = "";
    try {
      const given = reasons();
      const names2 = keys7(given);
      for (let i = 0; i < names2.length; i++) text += `; ${names2[i]} ${described(given[names2[i]])}`;
    } catch {
      return text;
    }
    return text;
  }
  function described(value) {
    if (value === stateProxy) {
      let names2 = "";
      const all = ownKeys5(stateProxy);
      for (let i = 0; i < all.length; i++) names2 += (i === 0 ? "" : ", ") + toText6(all[i]);
      return names2 === "" ? "is empty" : `has ${names2}`;
    }
    if (value === void 0) return "is undefined";
    if (typeof value === "function") return "is a function";
    if (typeof value === "number") return `is ${value}`;
    let text;
    try {
      text = codec.encodeText(value, "value");
    } catch {
      text = shownText(value);
    }
    const shown = text.length > maxShownCharacters ? `${slice6(text, 0, maxShownCharacters)}\u2026` : text;
    return typeof value === "string" ? `is the text ${shown}` : `is ${shown}`;
  }
  function joinedWords(...values) {
    let text = "";
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const isObject = typeof value === "object" && value !== null && match4(objectText, shownText(value)) !== null;
      text += (i === 0 ? "" : " ") + (isObject ? codec.encodeText(value, "value") : shownText(value));
    }
    return text;
  }
  function namedArguments(names2, options, positional, named) {
    const args = [];
    const rest = {};
    const given = keys7(named);
    let hasRest = false;
    const add = (name, value) => {
      put6(rest, name, value);
      hasRest = true;
    };
    if (options === -1) {
      for (let i = 0; i < positional.length; i++) add(names2[i]?.[0] ?? `${i + 1}`, positional[i]);
      for (let i = 0; i < given.length; i++) add(given[i], named[given[i]]);
      return [
        rest
      ];
    }
    for (let i = 0; i < names2.length; i++) append8(args, positional[i]);
    for (let i = 0; i < given.length; i++) {
      const name = given[i];
      const index = indexOf(names2, name);
      if (index >= 0) put6(args, index, named[name]);
      else if (options === void 0) throw new NewTypeError3(`there is no parameter ${quote9(name)}`);
      else add(name, named[name]);
    }
    if (hasRest) put6(args, options, rest);
    let count = args.length;
    while (count > 0 && args[count - 1] === void 0) count--;
    args.length = count;
    return args;
  }
  function indexOf(names2, wanted) {
    for (let i = 0; i < names2.length; i++) {
      const own = names2[i];
      for (let j = 0; j < own.length; j++) if (own[j] === wanted) return i;
    }
    return -1;
  }

  // src/sandbox/guest/code.ts
  var { quote: quote10, parse: parse4, apply: apply3, defineProperty: defineProperty5, fix: fix5, is: is3, slice: slice7, thenOf: thenOf2 } = primordials;
  var { Promise: NewPromise6, TypeError: NewTypeError4 } = primordials;
  var hasRun = false;
  var threw = false;
  var moduleExports = {};
  function load2(module, helpersText) {
    setLoading(true);
    try {
      moduleExports = module(support())();
    } catch (error) {
      failTurn(error);
    } finally {
      setLoading(false);
    }
    const helpers = parse4(helpersText);
    for (let i = 0; i < helpers.length && !isClosed; i++) {
      const name = helpers[i];
      const read2 = moduleExports[name];
      defineProperty5(globalThis, name, {
        __proto__: null,
        configurable: true,
        get: () => read2(),
        set: () => {
          throw new NewTypeError4(`${name} belongs to the agent's code block; keep what changes in state`);
        }
      });
    }
  }
  function runTurn(main) {
    if (isClosed) return;
    watch2(main(support()), () => '{"kind":"ended"}');
  }
  function runFunction(implementation, argsText) {
    if (isClosed) return;
    let result;
    try {
      const run = moduleExports[implementation]();
      result = apply3(run, void 0, codec.revive(parse4(argsText)));
    } catch (error) {
      if (!isClosed) setEnd(threwText(error));
      hasRun = true;
      return;
    }
    watch2(new NewPromise6((resolve) => resolve(result)), (value) => `{"kind":"returned","value":${codec.encodeText(value, "the value returned")}}`);
  }
  function runExpressions(main) {
    if (isClosed) return;
    let texts = "";
    let source = "";
    let index = 0;
    const given = support();
    given.b = (next2, at) => {
      source = next2;
      index = at;
    };
    given.e = (value) => {
      if (is3(value, NaN)) throw new NewTypeError4("it gives no number: a part of it is missing, or is a text");
      texts += (texts === "" ? "" : ",") + codec.encodeText(value, source);
    };
    watch2(main(given), () => `{"kind":"returned","value":[${texts}]}`, () => `${quote10(source)},"index":${index}`);
  }
  function watch2(promise, endText, where) {
    const fail = (error) => {
      if (hasRun) return;
      hasRun = true;
      threw = true;
      seeError(error);
      if (isClosed) return;
      const end = threwText(error);
      setEnd(where === void 0 ? end : slice7(end, 0, -1) + `,"expression":${where()}}`);
    };
    fix5(promise, "constructor", NewPromise6);
    thenOf2(promise, (value) => {
      if (hasRun || isClosed) return;
      try {
        const end = endText(value);
        spend(end.length);
        setEnd(end);
        hasRun = true;
      } catch (error) {
        fail(error);
      }
    }, fail);
  }
  function support() {
    return {
      g: (name) => codec.revive(setup.locals[name]),
      k: setReaders,
      r: (value) => returnFrom(value, void 0),
      c: (name) => {
        throw new NewTypeError4(`${name} is a constant of this turn; declare it with let`);
      },
      t: (error) => {
        loseError(error);
        return error;
      },
      s: seeError,
      f: (value) => {
        if (!(value instanceof NewPromise6)) return value;
        try {
          thenOf2(value, void 0, loseError);
        } catch {
        }
        return value;
      },
      w: checkedWord,
      j: joinedWords,
      a: namedArguments,
      b: () => {
      },
      v: variableNamed,
      e: () => {
      }
    };
  }

  // src/sandbox/guest/clock.ts
  var Real = Date;
  var { construct, apply: apply4 } = Reflect;
  var { UTC, parse: parse5 } = Real;
  var { defineProperty: defineProperty6 } = Object;
  var prototype = Real.prototype;
  var toPrimitive = prototype[Symbol.toPrimitive];
  var timeOf3 = prototype.getTime;
  var toUTCString = prototype.toUTCString;
  var test = RegExp.prototype.exec;
  var slice8 = String.prototype.slice;
  var zone = /(?:z|utc|gmt|[ecmp][sd]t|[+-]\d\d:?\d\d)\s*(?:\(.*\))?\s*$/i;
  var dateOnly = /^\s*[+-]?\d{4,6}(?:-\d\d(?:-\d\d)?)?\s*$/;
  var isoTime = /^\s*[+-]?\d{4,6}-\d\d-\d\d[tT ]/;
  var nowMs = 0;
  function setNow(ms) {
    nowMs = ms;
  }
  function installClock() {
    for (const unit of [
      "FullYear",
      "Month",
      "Date",
      "Day",
      "Hours",
      "Minutes",
      "Seconds",
      "Milliseconds"
    ]) {
      hide(prototype, `get${unit}`, prototype[`getUTC${unit}`]);
      if (unit !== "Day") hide(prototype, `set${unit}`, prototype[`setUTC${unit}`]);
    }
    for (const name of Object.keys(methods)) hide(prototype, name, methods[name]);
    delete prototype["getYear"];
    delete prototype["setYear"];
    hide(Clock, "now", () => nowMs);
    hide(Clock, "UTC", UTC);
    hide(Clock, "parse", (value) => parseUtc(`${value}`));
    hide(Clock, "name", "Date");
    Clock.prototype = Real.prototype;
    hide(Real.prototype, "constructor", Clock);
    hide(globalThis, "Date", Clock);
  }
  function hide(target, key, value) {
    defineProperty6(target, key, {
      value,
      writable: true,
      configurable: true,
      enumerable: false
    });
  }
  function Clock(...args) {
    if (!new.target) return dateText(new Real(nowMs), "all");
    let time;
    if (args.length === 0) time = nowMs;
    else if (args.length > 1) time = apply4(UTC, Real, args);
    else {
      const value = args[0];
      try {
        time = apply4(timeOf3, value, []);
      } catch {
        const primitive = typeof value === "object" && value !== null ? apply4(toPrimitive, value, [
          "default"
        ]) : value;
        time = typeof primitive === "string" ? parseUtc(primitive) : primitive;
      }
    }
    return construct(Real, [
      time
    ], new.target);
  }
  function parseUtc(text) {
    if (apply4(test, zone, [
      text
    ]) !== null || apply4(test, dateOnly, [
      text
    ]) !== null) return parse5(text);
    return parse5(text + (apply4(test, isoTime, [
      text
    ]) !== null ? "Z" : " UTC"));
  }
  function dateText(date, part) {
    const utc = apply4(toUTCString, date, []);
    if (utc === "Invalid Date") return utc;
    const cut = (from, to) => apply4(slice8, utc, [
      from,
      to
    ]);
    const day = `${cut(0, 3)} ${cut(8, 11)} ${cut(5, 7)} ${cut(12, -13)}`;
    const time = `${cut(-12, -4)} GMT+0000 (UTC)`;
    return part === "all" ? `${day} ${time}` : part === "date" ? day : time;
  }
  var methods = {
    getTimezoneOffset() {
      return apply4(timeOf3, this, []) * 0;
    },
    toString() {
      return dateText(this, "all");
    },
    toDateString() {
      return dateText(this, "date");
    },
    toTimeString() {
      return dateText(this, "time");
    }
  };

  // src/sandbox/guest/deliveries.ts
  var { parse: parse6, fix: fix6 } = primordials;
  var maxReplayCharacters = 1e6;
  function deliver(text) {
    stopReplay();
    take(parse6(text));
  }
  function give(ordinal2, nowMs2, isAsked) {
    stopReplay();
    resolveShort(ordinal2, nowMs2, isAsked);
  }
  function replay(text) {
    startReplay(parse6(text));
  }
  function next() {
    takePatch();
    resetOutput();
    if (isEndDue() || requestTexts.length > maxReplayCharacters) return true;
    keepEarlier();
    take(takeReplayed());
    return false;
  }
  function resolveShort(ordinal2, nowMs2, isAsked) {
    setNow(nowMs2);
    const request2 = takeOpen(ordinal2);
    request2?.resolve(isAsked ? askedOf(request2) : void 0);
  }
  function take(delivery) {
    if (delivery.length < 4) {
      resolveShort(delivery[0], delivery[1], delivery.length === 3);
      return;
    }
    setNow(delivery[1]);
    if (delivery.length === 6) {
      applyStatePatch(delivery[4]);
      addAgents(delivery[5]);
    }
    const request2 = takeOpen(delivery[0]);
    if (request2 === void 0) return;
    const value = delivery[3];
    if (delivery[2]) request2.resolve(valueOf(value, request2));
    else {
      const { name, message } = value;
      const error = namedError(name, message);
      fix6(error, "stack", request2.place);
      loseError(error);
      request2.reject(error);
    }
  }
  function valueOf(encoded, request2) {
    if (typeof encoded !== "object" || encoded === null) return encoded;
    return encoded.$type === "asked" ? askedOf(request2) : codec.revive(encoded);
  }
  function askedOf({ args }) {
    return artifactOf(args[0], args[1], args[2]);
  }

  // src/sandbox/guest/finish.ts
  var { quote: quote11, parse: parse7, keys: keys8, mapGet: mapGet6, mapSet: mapSet8, mapDelete: mapDelete5, thenOf: thenOf3, Promise: NewPromise7 } = primordials;
  var unsettled = /* @__PURE__ */ new Map();
  var isCancelled = false;
  var endBefore = "";
  var localsBefore = "";
  function probe(text) {
    endBefore = codeEnd;
    localsBefore = localsText();
    const results = parse7(text);
    for (let i = 0; i < results.length; i++) {
      takeOpen(results[i][0])?.resolve(codec.revive(results[i][1]));
    }
  }
  function isUnmoved() {
    return !isClosed && codeEnd === endBefore && requestTexts === "" && noteTexts === "" && localsText() === localsBefore;
  }
  function localsText() {
    let text = "";
    const names2 = keys8(readers);
    for (let i = 0; i < names2.length; i++) {
      let item;
      try {
        const value = readers[names2[i]]();
        item = value instanceof NewPromise7 || typeof value === "function" ? "" : codec.encodeText(value, names2[i]);
      } catch {
        item = "?";
      }
      text += names2[i] + ":" + item + ";";
    }
    return text;
  }
  function cancelWaits() {
    isCancelled = true;
    forgetOpen();
  }
  function settle() {
    closeTurn();
    const names2 = keys8(readers);
    for (let i = 0; i < names2.length; i++) {
      const name = names2[i];
      const value = readers[name]();
      if (!(value instanceof NewPromise7)) continue;
      let outcome;
      readers[name] = () => outcome;
      if (!isCancelled) mapSet8(unsettled, name, "is a promise that is still pending; await it");
      thenOf3(value, (fulfilled) => {
        outcome = fulfilled;
        mapDelete5(unsettled, name);
      }, (error) => {
        seeError(error);
        mapSet8(unsettled, name, `is a promise that failed: ${phraseOf(error)}`);
      });
    }
  }
  function finish() {
    let text = "";
    const names2 = keys8(readers);
    for (let i = 0; i < names2.length; i++) {
      const name = names2[i];
      const value = readers[name]();
      let item;
      try {
        if (typeof value === "function") item = '{"$type":"gone","what":"function"}';
        else if (mapGet6(unsettled, name) !== void 0) {
          throw namedError("DataError", `"${name}" ${mapGet6(unsettled, name)}`);
        } else item = codec.encodeText(value, name);
        text += (text === "" ? "" : ",") + quote11(name) + ":" + item;
        spend(text.length - spentCharacters());
      } catch (error) {
        return `{"ok":false,"local":${quote11(name)},"error":${errorText(error)}}`;
      }
    }
    const lost2 = threw ? void 0 : firstLost();
    return lost2 === void 0 ? `{"ok":true,"locals":{${text}}}` : `{"ok":false,"error":${lost2}}`;
  }

  // src/sandbox/guest/fetch.ts
  var { quote: quote12, isArray: isArray5, keys: keys9, put: put7, upper, eachOfMap: eachOfMap5, thenOf: thenOf4, getPrototypeOf: getPrototypeOf3, prototypes: prototypes4 } = primordials;
  var { Map: NewMap5, TypeError: NewTypeError5 } = primordials;
  function fetchLike(resource, init) {
    const options = init ?? {};
    const body = options.body ?? null;
    if (typeof body === "object" && body !== null && isPlainData(body)) {
      throw new NewTypeError5(`fetch: the body must be a string; use JSON.stringify(\u2026)`);
    }
    const isPlain2 = typeof resource === "string" && (body === null || typeof body === "string") && !options.signal && isPlainData(options.headers);
    if (!isPlain2) {
      return asResponse(library().fetchStandard(resource, options));
    }
    const method = upper(`${options.method ?? "GET"}`);
    const headers = headersOf(options.headers);
    return asResponse(request("Fetch", [
      resource,
      {
        method,
        headers,
        body
      }
    ]));
  }
  function asResponse(result) {
    return thenOf4(result, (value) => {
      const isPlain2 = typeof value === "object" && value !== null && !isSpecial(value);
      return isPlain2 ? responseOf(value) : value;
    });
  }
  function isPlainData(value) {
    if (typeof value !== "object" || value === null || isArray5(value)) return true;
    const prototype2 = getPrototypeOf3(value);
    return prototype2 === prototypes4.object || prototype2 === prototypes4.map || prototype2 === null;
  }
  function headersOf(given) {
    const headers = {};
    const add = (value, name) => put7(headers, `${name}`, `${value}`);
    if (isArray5(given)) {
      for (let i = 0; i < given.length; i++) add(given[i][1], given[i][0]);
    } else if (given instanceof NewMap5) eachOfMap5(given, add);
    else if (typeof given === "object" && given !== null) {
      const names2 = keys9(given);
      for (let i = 0; i < names2.length; i++) add(given[names2[i]], names2[i]);
    } else if (given !== void 0 && given !== null) {
      throw new NewTypeError5(`fetch: the headers must be an object, not ${quote12(given)}`);
    }
    return headers;
  }

  // src/sandbox/guest/meetings.ts
  var { freeze: freeze2, append: append9, keys: keys10, put: put8, hasOwn: hasOwn8, isArray: isArray6, quote: quote13, defineProperty: defineProperty7, prototypes: prototypes5, create: create2 } = primordials;
  function meetingObjects(ids) {
    const prefixes = [];
    const objects = [];
    for (let i = 0; i < ids.length; i++) {
      append9(prefixes, `meeting ${ids[i]}`);
      append9(objects, meetingObject(ids[i]));
    }
    hideFromState(prefixes);
    return objects;
  }
  function meetingObject(id) {
    const name = `meeting ${id}`;
    const sharedState = variablesAt(`${name}: `);
    const fact = (key) => factOf(name)?.[key];
    const object = create2(freeze2({
      __proto__: prototypes5.object,
      toString: () => name
    }));
    const show = (key, get) => defineProperty7(object, key, {
      __proto__: null,
      get,
      enumerable: true
    });
    show("id", () => id);
    show("topic", () => fact("topic"));
    show("owner", () => fact("owner"));
    show("participants", () => fact("participants"));
    show("hasEnded", () => fact("ended") === true);
    show("sharedState", () => sharedState);
    show("shared_state", () => sharedState);
    adoptText(object, quote13(name));
    return freeze2(object);
  }
  function withClassNames(values) {
    const named = [];
    for (let i = 0; i < values.length; i++) append9(named, withNames(values[i]));
    return named;
  }
  function withNames(value) {
    if (isArray6(value)) return withClassNames(value);
    if (typeof value !== "object" || value === null || !hasOwn8(value, "attendees")) {
      return nameOfClass(value) ?? value;
    }
    const given = value;
    const copy = {};
    const names2 = keys10(given);
    for (let i = 0; i < names2.length; i++) {
      const key = names2[i];
      put8(copy, key, key === "attendees" ? withNames(given[key]) : given[key]);
    }
    return copy;
  }

  // src/sandbox/guest/builtins.ts
  var { append: append10, fix: fix7, hasOwn: hasOwn9, match: match5, reflectGet: reflectGet5, reflectSet: reflectSet2, thenOf: thenOf5, toPrimitive: toPrimitive2 } = primordials;
  var { Promise: NewPromise8, Proxy: NewProxy5, TypeError: NewTypeError6 } = primordials;
  function builtinFunctions(rows) {
    const functions2 = {};
    for (const row of rows) {
      if (row.kind !== "function") continue;
      const made = ownFunctions[row.name] ?? (row.effect === void 0 ? void 0 : requestOf(row.effect, row.parameters));
      if (made === void 0) throw new NewTypeError6(`the guest lacks ${row.name}`);
      functions2[row.name] = made;
    }
    return functions2;
  }
  var ownFunctions = {
    Step: (position) => note("step", [
      textOf(position)
    ]),
    LogTrigger: (code) => note("trigger", [
      textOf(code)
    ]),
    Yield: (targets, options) => {
      if (targets === "exit") return exitProgram();
      if (targets === "call" || targets === "return") return new NewPromise8((resolve) => resolve(""));
      return request("Yield", [
        targets,
        options ?? null
      ]);
    },
    InviteToMeeting: (meeting, agents3) => request("InviteToMeeting", withClassNames([
      meeting,
      agents3
    ])),
    SaveArtifact: (name, summary, content) => {
      const saved = request("SaveArtifact", [
        name,
        summary,
        content
      ]);
      return becomesVariable(name) ? thenOf5(saved, keepArtifact) : saved;
    },
    Return: returnFrom,
    EndProgram: () => exitProgram(),
    fetch: fetchLike,
    env: environment()
  };
  function environment() {
    const read2 = (name) => {
      const value = request("Env", [
        name
      ]);
      fix7(value, toPrimitive2, () => {
        throw new NewTypeError6('env gives its value later: write await env("NAME")');
      });
      return value;
    };
    return new NewProxy5(read2, {
      __proto__: null,
      get: (target, key) => typeof key === "string" && !(key in target) ? read2(key) : reflectGet5(target, key)
    });
  }
  function becomesVariable(name) {
    const { artifactVariables } = setup;
    if (artifactVariables === void 0) return true;
    for (let i = 0; i < artifactVariables.length; i++) if (artifactVariables[i] === name) return true;
    return false;
  }
  function keepArtifact(artifact) {
    if (!isArtifact(artifact)) return artifact;
    const { name } = artifact;
    const present = hasOwn9(stateProxy, name) ? reflectGet5(stateProxy, name) : void 0;
    if (match5(variableName, name) !== null && (present === void 0 || isArtifact(present))) {
      reflectSet2(stateProxy, name, artifact);
    }
    return artifact;
  }
  var variableName = /^\p{L}[\p{L}\p{M}\p{N}_]*$/u;
  function textOf(value) {
    return typeof value === "string" ? value : shownText(value);
  }
  function requestOf(effect, parameters) {
    const count = parameters.length;
    let isPlain2 = true;
    for (const parameter of parameters) if (parameter !== "value") isPlain2 = false;
    if (isPlain2 && count === 1) return (a2) => request(effect, [
      a2
    ]);
    if (isPlain2 && count === 2) return (a2, b2) => request(effect, [
      a2,
      b2
    ]);
    if (isPlain2 && count === 3) return (a2, b2, c2) => request(effect, [
      a2,
      b2,
      c2
    ]);
    return (...given) => {
      const args = [];
      for (let i = 0; i < count; i++) {
        const value = i < given.length ? given[i] : void 0;
        const parameter = parameters[i];
        append10(args, parameter === "class" ? nameOfClass(value) ?? value : parameter === "optional" ? value ?? null : value);
      }
      return request(effect, args);
    };
  }
  function artifactsByName() {
    return new NewProxy5({
      __proto__: null
    }, {
      __proto__: null,
      get: (_, key) => typeof key === "string" ? request("LoadArtifact", [
        key,
        null
      ]) : void 0
    });
  }

  // src/sandbox/guest/log.ts
  var { append: append11, slice: slice9 } = primordials;
  var indentation = "";
  function log(...values) {
    if (indentation === "") return note("log", values);
    const indented = [
      indentation
    ];
    for (let i = 0; i < values.length; i++) append11(indented, values[i]);
    note("log", indented);
  }
  function beginGroup(...values) {
    if (values.length > 0) log(...values);
    indentation += indentation === "" ? " " : "  ";
  }
  function endGroup() {
    const { length } = indentation;
    indentation = length <= 1 ? "" : slice9(indentation, 2, length);
  }

  // src/sandbox/guest/standard.ts
  var { defineProperty: defineProperty8, freeze: freeze3, match: match6, timeOf: timeOf4, numberOf, bigintOf, is: is4, lower: lower4, upper: upper2, prototypes: prototypes6 } = primordials;
  var { apply: apply5, String: toText7 } = primordials;
  function publishStandard(rows) {
    for (const row of rows) if (row.kind === "standard") publishLazy(row.name);
    installLocales();
  }
  function publishLazy(name) {
    defineProperty8(globalThis, name, {
      __proto__: null,
      configurable: true,
      get: () => library().globals[name],
      set(value) {
        redefine(name, value);
      }
    });
  }
  function redefine(name, value) {
    const descriptor = {
      __proto__: null,
      value,
      writable: true,
      configurable: true
    };
    defineProperty8(globalThis, name, descriptor);
  }
  var lazyMethods = [
    ...[
      "assert",
      "count",
      "countReset",
      "time",
      "timeLog",
      "timeEnd",
      "trace",
      "table"
    ]
  ];
  function createConsole() {
    const write3 = (...values) => {
      const isFormat = values.length > 1 && typeof values[0] === "string" && match6(/%[sdifjoOc%]/, values[0]) !== null;
      if (isFormat) log(...library().formatted(values));
      else log(...values);
    };
    const object = {
      ...{
        log: write3,
        info: write3,
        warn: write3,
        error: write3,
        debug: write3
      },
      ...{
        dir: (value) => log(value),
        dirxml: write3
      },
      ...{
        group: beginGroup,
        groupCollapsed: beginGroup,
        groupEnd: endGroup
      }
    };
    for (const name of lazyMethods) {
      object[name] = (...values) => apply5(library().consoleMethods[name], void 0, values);
    }
    return freeze3(object);
  }
  function installLocales() {
    const define2 = (prototype2, name, value) => defineProperty8(prototype2, name, {
      __proto__: null,
      value,
      writable: true,
      configurable: true
    });
    define2(prototypes6.number, "toLocaleString", function(locales, options) {
      return library().localeMethods.number(numberOf(this), locales, options);
    });
    define2(prototypes6.bigint, "toLocaleString", function(locales, options) {
      return library().localeMethods.number(bigintOf(this), locales, options);
    });
    for (const method of [
      "toLocaleString",
      "toLocaleDateString",
      "toLocaleTimeString"
    ]) {
      define2(prototypes6.date, method, function(locales, options) {
        const ms = timeOf4(this);
        return is4(ms, NaN) ? "Invalid Date" : library().localeMethods.date(ms, method, locales, options);
      });
    }
    define2(prototypes6.string, "localeCompare", function(that, ...more) {
      return library().localeMethods.compare(toText7(this), toText7(that), more[0], more[1]);
    });
    for (const [method, plain] of [
      [
        "toLocaleLowerCase",
        lower4
      ],
      [
        "toLocaleUpperCase",
        upper2
      ]
    ]) {
      define2(prototypes6.string, method, function(locales) {
        const text = toText7(this);
        return locales === void 0 ? plain(text) : library().localeMethods.cased(text, method, locales);
      });
    }
    define2(prototypes6.array, "toLocaleString", function(locales, options) {
      const list = this;
      let text = "";
      for (let i = 0; i < list.length; i++) {
        const item = list[i];
        text += (i === 0 ? "" : ",") + (item === void 0 || item === null ? "" : toText7(item.toLocaleString(locales, options)));
      }
      return text;
    });
  }

  // src/sandbox/guest/globals.ts
  var { parse: parse8, keys: keys11, create: create3, freeze: freeze4, fix: fix8, hasOwn: hasOwn10, defineProperty: defineProperty9, reflectGet: reflectGet6, prototypes: prototypes7 } = primordials;
  var { ReferenceError: NewReferenceError, Proxy: NewProxy6 } = primordials;
  var functions = {};
  var agents2 = createAgents();
  var reserved = {
    __proto__: null
  };
  function publishGlobals(rows) {
    functions = builtinFunctions(rows);
    for (const name of keys11(functions)) publish(name, functions[name]);
    for (const row of rows) if (row.kind === "function" && row.isYielding) delete reserved[row.name];
    publish("console", createConsole());
    publish("structuredClone", (value) => codec.revive(parse8(codec.encodeText(value, "value"))));
    publish("state", stateProxy);
    publish("agents", agents2);
    publish("Artifact", artifactsByName());
    publishStandard(rows);
    reserved.self = true;
  }
  function publishScope(setup2) {
    const { playbooks, classes, gone, meetings, meetingPlaybooks = [] } = setup2;
    for (const name of keys11(classes)) publishOwn(name, classObject(name));
    for (const name of playbooks) publishOwn(name, withClassOf(name, callOf(name), setup2));
    for (const name of meetingPlaybooks) publishOwn(name, withClassOf(name, meetingCallOf(name), setup2));
    const own = meetings === void 0 ? [] : meetingObjects(meetings);
    if (own.length > 0) defineProperty9(globalThis, "meeting", {
      value: own[0],
      configurable: true
    });
    defineProperty9(globalThis, "self", {
      value: createSelf(setup2, own),
      configurable: true
    });
    for (const name of gone) publishGone(name);
  }
  function publish(name, value) {
    reserved[name] = true;
    defineProperty9(globalThis, name, {
      value,
      configurable: true
    });
  }
  function publishOwn(name, value) {
    if (reserved[name] === void 0) defineProperty9(globalThis, name, {
      value,
      configurable: true
    });
  }
  function publishGone(name) {
    if (name in globalThis) return;
    const message = `${name} was a function of an earlier turn; functions are not kept between turns, define it again`;
    defineProperty9(globalThis, name, {
      configurable: true,
      get() {
        throw new NewReferenceError(message);
      }
    });
  }
  function withClassOf(name, call, { classes }) {
    return hasOwn10(classes, name) ? withClassMembers(call, name) : call;
  }
  function callOf(playbook) {
    return (...args) => request("Call", [
      null,
      playbook,
      args
    ]);
  }
  function meetingCallOf(playbook) {
    return (...args) => request("Call", [
      null,
      playbook,
      withClassNames(args)
    ]);
  }
  function createSelf({ self: identity, playbooks, meetingPlaybooks = [] }, meetings) {
    const { id, klass } = identity;
    const toString = () => `${klass} (agent ${id})`;
    const object = create3(lookUpOf({
      id,
      klass
    }, playbooks, freeze4({
      __proto__: prototypes7.object,
      toString
    })));
    fix8(object, "id", id, true);
    fix8(object, "klass", klass, true);
    fix8(object, "state", stateProxy);
    if (meetings.length > 0) {
      for (const name of [
        "meeting",
        "currentMeeting",
        "current_meeting"
      ]) fix8(object, name, meetings[0]);
      for (const name of [
        "activeMeetings",
        "active_meetings"
      ]) fix8(object, name, freeze4(meetings));
    }
    for (const name of keys11(functions)) {
      if (reserved[name] === true || !isAmong(name, playbooks)) fix8(object, name, functions[name]);
    }
    for (const name of meetingPlaybooks) {
      if (!hasOwn10(object, name) && !isMeaningful(name)) fix8(object, name, meetingCallOf(name));
    }
    for (const name of playbooks) {
      if (!hasOwn10(object, name) && !isMeaningful(name)) fix8(object, name, callOf(name));
    }
    adoptHandle(freeze4(object), identity);
    return object;
  }
  function isAmong(name, names2) {
    for (let i = 0; i < names2.length; i++) if (names2[i] === name) return true;
    return false;
  }
  function lookUpOf({ id, klass }, playbooks, base) {
    return new NewProxy6(base, {
      __proto__: null,
      get(_, key) {
        if (typeof key !== "string" || isMeaningful(key)) return reflectGet6(base, key);
        if (key === "name") {
          const properties = propertiesOf(id);
          return properties !== void 0 && hasOwn10(properties, key) ? codec.revive(properties[key]) : klass;
        }
        if (key === "all_agents") return agents2;
        const playbook = playbookSpelled(key, playbooks);
        return playbook === void 0 ? reflectGet6(base, key) : callOf(playbook);
      }
    });
  }
  function createAgents() {
    const byId2 = (id) => {
      const all = handlesOf();
      for (let i = 0; i < all.length; i++) {
        const agent = all[i];
        if (agent.id === `${id}` || `agent ${agent.id}` === id) return agent;
      }
      return void 0;
    };
    const byClass = (klass) => handlesOf(nameOfClass(klass) ?? `${klass}`);
    return freeze4({
      get all() {
        return handlesOf();
      },
      byId: byId2,
      by_id: byId2,
      byClass,
      by_class: byClass,
      byKlass: byClass,
      by_klass: byClass
    });
  }

  // src/sandbox/guest/library_loader.ts
  var { quote: quote14, parse: parse9, Error: NewError6, TypeError: NewTypeError7, RangeError: NewRangeError } = primordials;
  var seeds = 0;
  function loadLibrary() {
    const make = ask("library");
    if (make === void 0) throw new NewError6("there is no memory or stack left for this function");
    return make({
      request,
      host: callHost,
      log,
      loseError,
      responseOf,
      nextSeed: () => `${setup.seed}/${++seeds}`
    });
  }
  function callHost(name, args) {
    const text = ask(`!${quote14([
      name,
      args
    ])}`);
    if (text === void 0) throw new NewError6("there is no memory left");
    const answer = parse9(text);
    if (answer.error === void 0) return answer.value;
    const { name: kind, message } = answer.error;
    throw kind === "RangeError" ? new NewRangeError(message) : new NewTypeError7(message);
  }

  // src/sandbox/guest/world.ts
  var { imul } = Math;
  var { defineProperty: defineProperty10, getPrototypeOf: getPrototypeOf4 } = Object;
  var [a, b, c, d] = [
    0,
    0,
    0,
    0
  ];
  function installWorld() {
    const global = globalThis;
    for (const name of [
      "eval",
      "WeakRef",
      "FinalizationRegistry",
      "SharedArrayBuffer",
      "Atomics",
      "performance"
    ]) {
      delete global[name];
    }
    const refuse = function Function1() {
      throw new EvalError("code cannot be made from strings here");
    };
    for (const sample of [
      function() {
      },
      async function() {
      },
      function* () {
      },
      async function* () {
      }
    ]) {
      const prototype2 = getPrototypeOf4(sample);
      defineProperty10(prototype2, "constructor", {
        value: refuse
      });
    }
    refuse.prototype = Function.prototype;
    defineProperty10(globalThis, "Function", {
      value: refuse,
      writable: true,
      configurable: true
    });
    defineProperty10(String.prototype, "concat", {
      writable: false,
      configurable: false
    });
    defineProperty10(Math, "random", {
      value: random,
      writable: true,
      configurable: true
    });
    installClock();
  }
  function beginWorld(seed, startMs) {
    setNow(startMs);
    let h = 1779033703 ^ seed.length;
    for (let i = 0; i < seed.length; i++) {
      h = imul(h ^ seed.charCodeAt(i), 3432918353);
      h = h << 13 | h >>> 19;
    }
    const next2 = () => {
      h = imul(h ^ h >>> 16, 2246822507);
      h = imul(h ^ h >>> 13, 3266489909);
      return (h ^= h >>> 16) >>> 0;
    };
    a = next2();
    b = next2();
    c = next2();
    d = next2();
  }
  function random() {
    const t = (a + b | 0) + d | 0;
    d = d + 1 | 0;
    a = b ^ b >>> 9;
    b = c + (c << 3) | 0;
    c = c << 21 | c >>> 11;
    c = c + t | 0;
    return (t >>> 0) / 4294967296;
  }

  // src/sandbox/guest/main.ts
  trackHandlers();
  setLibraryLoader(loadLibrary);
  installWorld();
  trackProxies();
  publishGlobals(primordials.parse(builtinsText));
  Object.assign(control, {
    begin,
    preload: () => void library(),
    load: load2,
    runTurn,
    runFunction,
    runExpressions,
    deliver,
    give,
    replay,
    next,
    salvage,
    collect,
    hasEnded,
    probe,
    isUnmoved,
    cancelWaits,
    settle,
    finish
  });
  function begin(setupText) {
    const setup2 = primordials.parse(setupText);
    beginTurn(setup2);
    limitText(setup2.outputCharacters);
    beginWorld(setup2.seed, setup2.nowMs);
    publishScope(setup2);
  }
})();
return control;
})
