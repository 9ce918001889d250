// Made by "deno task guest" from src/sandbox/guest/main.ts. Do not edit.
(function (halt, ask, builtinsText) {
"use strict";
const control = {};
(() => {
  // src/sandbox/host/codec.ts
  function createCodec(primordials, hooks) {
    const { quote, isArray, keys, is, getPrototypeOf, getOwnPropertySymbols, hasOwn, isEnumerable } = primordials;
    const { timeOf, mapSet, eachOfMap, setAdd, setHas, setDelete, eachOfSet } = primordials;
    const { put, append, deleteProperty, fix, match, weakHas, weakSet, prototypes } = primordials;
    const { Map: NewMap, Set: NewSet, Date: NewDate, BigInt: toBigInt, Number: toNumber, Error: NewError } = primordials;
    const identifierPattern = /^[A-Za-z_$][\w$]*$/;
    const namePattern = /^\S+$/;
    const maxDepth = 100;
    const faults = /* @__PURE__ */ new WeakMap();
    return {
      encodeText,
      leafText: certainText,
      fits: (characters) => characters <= hooks.maxCharacters,
      revive
    };
    function certainText(value) {
      if (typeof value === "string") {
        const text = quote(value);
        return text.length <= hooks.maxCharacters ? text : void 0;
      }
      if (value === null) return "null";
      if (typeof value === "object") return void 0;
      if (typeof value === "number") return value - value === 0 && !is(value, -0) ? "" + value : void 0;
      if (typeof value === "boolean") return value ? "true" : "false";
      return value === void 0 ? '{"$type":"undefined"}' : void 0;
    }
    function encodeText(root, where) {
      const text = certainText(root);
      return text !== void 0 && text.length <= hooks.maxCharacters ? text : encodeDeep(root, where);
    }
    function encodeDeep(root, where) {
      const ancestors = new NewSet();
      let left = hooks.maxCharacters;
      let depth = 0;
      let top = null;
      let text = "";
      let value = root;
      let isHole = false;
      for (; ; ) {
        const leaf = isHole ? '{"$type":"hole"}' : leafText(value);
        if (leaf !== void 0) add(leaf);
        else {
          if (hooks.behind !== void 0) value = hooks.behind(value);
          if (setHas(ancestors, value)) throw fault("contains itself and cannot be kept; keep plain data");
          if (depth >= maxDepth) throw fault(`is nested more than ${maxDepth} levels deep`);
          const frame = reading(() => frameOf(value, top));
          setAdd(ancestors, value);
          depth++;
          top = frame;
        }
        while (top !== null && top.index === top.size) {
          add(top.close);
          setDelete(ancestors, top.value);
          depth--;
          top = top.up;
        }
        if (top === null) return text;
        const { kind, value: list, index } = top;
        isHole = kind === "array" && reading(() => !hasOwn(list, index));
        value = nextOf(top);
      }
      function add(more) {
        left -= more.length;
        if (left < 0) throw fault(`is larger than ${hooks.maxCharacters} characters`, "LimitError");
        text += more;
      }
      function frameOf(container, up) {
        const frame = (kind, items, size, open, close) => {
          add(open);
          return {
            __proto__: null,
            up,
            value: container,
            kind,
            items,
            size,
            close,
            index: 0
          };
        };
        if (isArray(container)) return frame("array", container, container.length, "[", "]");
        const prototype = getPrototypeOf(container);
        if (prototype === prototypes.map || prototype === prototypes.set) {
          const isMap = prototype === prototypes.map;
          const items = [];
          (isMap ? eachOfMap : eachOfSet)(container, (item, key) => {
            if (isMap) append(items, key);
            append(items, item);
          });
          const kind = isMap ? "map" : "set";
          return frame(kind, items, items.length, '{"$type":"' + kind + '","value":[', isMap && items.length > 0 ? "]]}" : "]}");
        }
        if (prototype !== prototypes.object && prototype !== null) throw fault(unkept(container, prototype));
        const symbols = getOwnPropertySymbols(container);
        for (let i = 0; i < symbols.length; i++) {
          if (isEnumerable(container, symbols[i])) throw fault("has a symbol as key and cannot be kept");
        }
        const names = keys(container);
        let isTyped = false;
        for (let i = 0; i < names.length; i++) if (names[i] === "$type") isTyped = true;
        return isTyped ? frame("typed", names, names.length, '{"$type":"object","value":[', "]]}") : frame("plain", names, names.length, "{", "}");
      }
      function nextOf(frame) {
        const i = frame.index++;
        const comma = i === 0 ? "" : ",";
        switch (frame.kind) {
          case "set":
            add(comma);
            return frame.items[i];
          case "map":
            add(i % 2 === 1 ? "," : i === 0 ? "[" : "],[");
            return frame.items[i];
          case "array":
            add(comma);
            return reading(() => frame.items[i]);
          default: {
            const key = frame.items[i];
            const name = quote(key);
            add(frame.kind === "plain" ? comma + name + ":" : (i === 0 ? "[" : "],[") + name + ",");
            return reading(() => frame.value[key]);
          }
        }
      }
      function reading(read) {
        try {
          return read();
        } catch (error) {
          if (isOurs(error)) throw error;
          throw fault(`cannot be read: ${said(error)}`);
        }
      }
      function leafText(leaf) {
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
        const special = hooks.write(leaf);
        if (special !== void 0) return special;
        return reading(() => {
          if (getPrototypeOf(leaf) !== prototypes.date) return void 0;
          const time = timeOf(leaf);
          return '{"$type":"date","value":' + (time === time ? time : "null") + "}";
        });
      }
      function fault(problem, name = "DataError") {
        const isName = match(namePattern, where) !== null;
        const path = pathTo(top, isName ? where : "");
        const subject = path === "" ? where : isName ? `"${path}"` : `"${path}" in ${where}`;
        const error = new NewError(`${subject} ${problem}`);
        fix(error, "name", name);
        weakSet(faults, error, true);
        return error;
      }
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
    function unkept(value, prototype) {
      if (prototype === prototypes.promise) return "is a promise and cannot be kept; await it first";
      if (prototype === prototypes.regexp) return "is a RegExp and cannot be kept; keep its source as a string";
      for (let up = prototype; up !== null; up = getPrototypeOf(up)) {
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
    function isOurs(error) {
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
    function revive(encoded) {
      if (typeof encoded !== "object" || encoded === null) return encoded;
      if (isArray(encoded)) {
        for (let i = 0; i < encoded.length; i++) {
          const item = encoded[i];
          if (typeof item !== "object" || item === null) continue;
          if (item["$type"] === "hole") deleteProperty(encoded, i);
          else encoded[i] = revive(item);
        }
        return encoded;
      }
      const record = encoded;
      if (hasOwn(record, "$type")) return reviveTyped(record);
      const names = keys(record);
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        const item = record[name];
        if (typeof item === "object" && item !== null) record[name] = revive(item);
      }
      return record;
    }
    function reviveTyped(record) {
      const { $type: type, value } = record;
      switch (type) {
        case "undefined":
        // One that is no item of a list: nobody wrote it.
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
            mapSet(map, revive(entries[i][0]), revive(entries[i][1]));
          }
          return map;
        }
        case "set": {
          const set = new NewSet();
          const items = value;
          for (let i = 0; i < items.length; i++) setAdd(set, revive(items[i]));
          return set;
        }
        case "object": {
          const object = {};
          const entries = value;
          for (let i = 0; i < entries.length; i++) {
            put(object, entries[i][0], revive(entries[i][1]));
          }
          return object;
        }
        default:
          return hooks.revive(record);
      }
    }
  }

  // src/sandbox/guest/guest.ts
  function createGuest(halt2, ask2, parts, builtins) {
    const primordials = parts.createPrimordials();
    const { quote, parse, keys, apply, defineProperty, fix, append, slice, thenOf } = primordials;
    const { mapGet, mapSet, mapDelete, Promise: NewPromise, Error: NewError, TypeError: NewTypeError } = primordials;
    const codecHooks = {
      write: (value) => objects.write(value),
      revive: (encoded) => objects.revive(encoded),
      behind: (value) => lists.behind(value),
      maxCharacters: 0
    };
    const codec = parts.createCodec(primordials, codecHooks);
    const errors = parts.createErrors(primordials, codec.encodeText);
    const objectHooks = {
      request,
      encodeText: codec.encodeText,
      revive: codec.revive,
      named: errors.named,
      classes: {}
    };
    const objects = parts.createObjects(primordials, objectHooks);
    const world = parts.createWorld();
    const lists = parts.createLists(primordials, codec, objects.isSpecial);
    const state = parts.createState(primordials, codec, lists, ask2);
    let setup = {
      self: {
        id: "",
        klass: ""
      },
      playbooks: [],
      classes: {},
      seed: "",
      nowMs: 0,
      outputCharacters: 0,
      openRequests: 0,
      effects: 0,
      effectsSetting: "",
      shortSleeps: 0,
      shortSleepSeconds: 0,
      places: false,
      locals: {},
      gone: []
    };
    let loading = false;
    let shortSleeps = 0;
    let closed = false;
    let codeEnd = "";
    let ended = false;
    let endSent = false;
    let threw = false;
    let ordinal = 0;
    let openCount = 0;
    let output = 0;
    let requestTexts = "";
    let noteTexts = "";
    let frozenPatch = "";
    let agentList;
    let readers = {};
    let moduleExports = {};
    const open = /* @__PURE__ */ new Map();
    let latest;
    const ignore = () => {
    };
    let resolveLatest = ignore;
    let rejectLatest = ignore;
    const keepResolvers = (resolve2, reject) => {
      resolveLatest = resolve2;
      rejectLatest = reject;
    };
    const unsettled = /* @__PURE__ */ new Map();
    let replayed = [];
    let replayedCount = 0;
    let settledTexts = "";
    let isReplay = false;
    const textsAtOnce = 1e6;
    let endBefore = "";
    let localsBefore = "";
    let cancelled = false;
    const api = parts.publishApi(primordials, {
      request,
      note,
      returnFrom,
      exit: () => leave('{"kind":"exited"}'),
      agents,
      codec,
      errors,
      objects,
      state: state.proxy
    }, builtins);
    return {
      begin,
      load,
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
    };
    function begin(setupText) {
      setup = parse(setupText);
      codecHooks.maxCharacters = setup.outputCharacters;
      objectHooks.classes = setup.classes;
      world.begin(setup.seed, setup.nowMs);
      api.begin(setup);
    }
    function agents() {
      return agentList ??= parse(ask2("agents"));
    }
    function request(name, args) {
      if (closed) return new NewPromise(() => {
      });
      if (loading) throw new NewError(`${name}: effects can be used only inside functions`);
      let text = '["' + name + '",[';
      for (let i = 0; i < args.length; i++) {
        const arg = args[i];
        let item = typeof arg === "string" ? quote(arg) : i === 2 && name === "Call" ? leavesText(arg) : i === 0 && typeof arg === "object" && arg !== null ? objects.write(arg) : codec.leafText(arg);
        if (item === void 0 || item.length > setup.outputCharacters) {
          item = codec.encodeText(arg, name === "Call" ? `the arguments of ${args[1]}` : `argument ${i + 1} of ${name}`);
        }
        text = (i === 0 ? text : text + ",") + item;
      }
      if (closed) return new NewPromise(() => {
      });
      if (openCount >= setup.openRequests) {
        throw limit(`had more than ${setup.openRequests} effects open at once`);
      }
      if (ordinal >= setup.effects) {
        throw limit(`asked for more than ${setup.effects} effects (limits.${setup.effectsSetting})`);
      }
      if (name === "Sleep") countSleep(args[0]);
      const number = ++ordinal;
      const place = setup.places || mayFail(name, args) ? placeOf(new NewError()) : "";
      text += "]," + number;
      output += text.length;
      if (output > setup.outputCharacters) throw overOutput();
      text += setup.places ? "," + quote(place) + "]" : "]";
      requestTexts = requestTexts === "" ? text : requestTexts + ("," + text);
      openCount++;
      if (latest !== void 0) mapSet(open, latest.ordinal, latest);
      const promise = new NewPromise(keepResolvers);
      latest = {
        ordinal: number,
        resolve: resolveLatest,
        reject: rejectLatest,
        place,
        args: name === "SaveArtifact" ? args : void 0
      };
      resolveLatest = rejectLatest = ignore;
      return promise;
    }
    function countSleep(seconds) {
      if (seconds >= setup.shortSleepSeconds || ++shortSleeps <= setup.shortSleeps) return;
      const most = `${setup.shortSleeps} sleeps under ${setup.shortSleepSeconds} s`;
      throw limit(`asked for more than ${most} (limits.max_short_sleeps); sleep longer`);
    }
    function note(kind, values) {
      if (closed) return;
      let texts = "";
      for (let i = 0; i < values.length; i++) {
        let text2;
        try {
          text2 = codec.encodeText(values[i], "value");
        } catch {
          text2 = quote(errors.shown(values[i]));
        }
        texts += (i === 0 ? "" : ",") + text2;
      }
      const text = `{"kind":"${kind}","values":[${texts}]}`;
      spend(text.length);
      if (!isReplay) noteTexts += (noteTexts === "" ? "" : ",") + text;
    }
    function spend(characters) {
      output += characters;
      if (output > setup.outputCharacters) throw overOutput();
    }
    function overOutput() {
      return limit(`put out more than ${setup.outputCharacters} characters without waiting`);
    }
    function limit(message) {
      const error = errors.named("LimitError", message);
      if (!closed) {
        closed = true;
        codeEnd = threwText(error);
        halt2();
      }
      return error;
    }
    function leavesText(values) {
      let text = "[";
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        const item = typeof value === "string" ? quote(value) : codec.leafText(value);
        if (item === void 0) return void 0;
        text = (i === 0 ? text : text + ",") + item;
      }
      return text + "]";
    }
    function mayFail(name, args) {
      if (name === "SaveArtifact" && typeof args[0] === "string" && args[0] !== "") return false;
      const next2 = isReplay ? replayed[replayedCount] : void 0;
      return next2 === void 0 || next2[0] !== ordinal || next2.length > 3 && !next2[2];
    }
    function placeOf({ stack }) {
      if (typeof stack !== "string") return "";
      return stack.length > 2e3 ? slice(stack, 0, 2e3) : stack;
    }
    function returnFrom(value, summary) {
      if (closed) throw new NewError("the turn has ended");
      if (loading) throw new NewError("Return: effects can be used only inside functions");
      const valueText = codec.encodeText(value, "the value returned");
      const summaryText = summary === void 0 || summary === null ? "" : `,"summary":${quote(typeof summary === "string" ? summary : errors.shown(summary))}`;
      return leave(`{"kind":"returned","value":${valueText}${summaryText}}`);
    }
    function leave(end) {
      if (closed) throw new NewError("the turn has ended");
      if (loading) throw new NewError("EndProgram: effects can be used only inside functions");
      const patch = state.takePatch();
      spend(end.length + patch.length);
      frozenPatch = patch;
      codeEnd = end;
      closed = true;
      halt2();
      throw new NewError("the turn has ended");
    }
    function threwText(error) {
      return `{"kind":"threw","error":${errors.text(error)}}`;
    }
    function load(module, helpersText) {
      loading = true;
      try {
        moduleExports = module(support())();
      } catch (error) {
        if (!closed) codeEnd = threwText(error);
        closed = true;
      } finally {
        loading = false;
      }
      const helpers = parse(helpersText);
      for (let i = 0; i < helpers.length && !closed; i++) {
        const name = helpers[i];
        const read = moduleExports[name];
        defineProperty(globalThis, name, {
          __proto__: null,
          configurable: true,
          get: () => read(),
          set: () => {
            throw new NewTypeError(`${name} belongs to the agent's code block; keep what changes in state`);
          }
        });
      }
    }
    function runTurn(main) {
      if (closed) return;
      watch(main(support()), () => '{"kind":"ended"}');
    }
    function runFunction(implementation, argsText) {
      if (closed) return;
      let result;
      try {
        const run = moduleExports[implementation]();
        result = apply(run, void 0, codec.revive(parse(argsText)));
      } catch (error) {
        if (!closed) codeEnd = threwText(error);
        ended = true;
        return;
      }
      watch(new NewPromise((resolve2) => resolve2(result)), (value) => `{"kind":"returned","value":${codec.encodeText(value, "the value returned")}}`);
    }
    function runExpressions(main) {
      if (closed) return;
      let texts = "";
      let source = "";
      const given = support();
      given.b = (next2) => void (source = next2);
      given.e = (value) => {
        texts += (texts === "" ? "" : ",") + codec.encodeText(value, source);
      };
      watch(main(given), () => `{"kind":"returned","value":[${texts}]}`, () => source);
    }
    function watch(promise, endText, where) {
      const fail = (error) => {
        if (ended) return;
        ended = true;
        threw = true;
        errors.see(error);
        if (closed) return;
        codeEnd = threwText(error);
        if (where !== void 0) codeEnd = slice(codeEnd, 0, -1) + `,"expression":${quote(where())}}`;
      };
      fix(promise, "constructor", NewPromise);
      thenOf(promise, (value) => {
        if (ended || closed) return;
        try {
          codeEnd = endText(value);
          spend(codeEnd.length);
          ended = true;
        } catch (error) {
          fail(error);
        }
      }, fail);
    }
    function support() {
      return {
        g: (name) => codec.revive(setup.locals[name]),
        k: (given) => void (readers = given),
        r: (value) => returnFrom(value, void 0),
        c: (name) => {
          throw new NewTypeError(`${name} is a constant of this turn; declare it with let`);
        },
        t: (error) => {
          errors.lose(error);
          return error;
        },
        s: errors.see,
        f: (value) => {
          if (!(value instanceof NewPromise)) return value;
          try {
            thenOf(value, void 0, errors.lose);
          } catch {
          }
          return value;
        },
        b: () => {
        },
        e: () => {
        }
      };
    }
    function deliver(text) {
      isReplay = false;
      take(parse(text));
    }
    function give(number, nowMs, isAsked) {
      isReplay = false;
      resolve(number, nowMs, isAsked);
    }
    function resolve(number, nowMs, isAsked) {
      world.setNow(nowMs);
      const request2 = takeOpen(number);
      request2?.resolve(isAsked ? askedOf(request2) : void 0);
    }
    function take(delivery) {
      if (delivery.length < 4) {
        resolve(delivery[0], delivery[1], delivery.length === 3);
        return;
      }
      world.setNow(delivery[1]);
      if (delivery.length === 6) {
        state.applyPatch(delivery[4]);
        if (delivery[5].length > 0) {
          const all = agents();
          for (let i = 0; i < delivery[5].length; i++) append(all, delivery[5][i]);
        }
      }
      const request2 = takeOpen(delivery[0]);
      if (request2 === void 0) return;
      const value = delivery[3];
      if (delivery[2]) request2.resolve(valueOf(value, request2));
      else {
        const { name, message } = value;
        const error = errors.named(name, message);
        fix(error, "stack", request2.place);
        errors.lose(error);
        request2.reject(error);
      }
    }
    function takeOpen(number) {
      let request2 = latest;
      if (request2 !== void 0 && request2.ordinal === number) latest = void 0;
      else {
        request2 = mapGet(open, number);
        if (request2 === void 0) return void 0;
        mapDelete(open, number);
      }
      openCount--;
      return request2;
    }
    function valueOf(encoded, request2) {
      if (typeof encoded !== "object" || encoded === null) return encoded;
      return encoded.$type === "asked" ? askedOf(request2) : codec.revive(encoded);
    }
    function askedOf({ args }) {
      return objects.artifactOf(args[0], args[1], args[2]);
    }
    function replay(text) {
      replayed = parse(text);
      replayedCount = 0;
      isReplay = true;
    }
    function next() {
      takePatch();
      output = 0;
      if (isEnd() || requestTexts.length > textsAtOnce) return true;
      settledTexts = requestTexts;
      take(replayed[replayedCount++]);
      return false;
    }
    function salvage() {
      return settledTexts;
    }
    function takePatch() {
      if (frozenPatch !== "") return frozenPatch;
      try {
        const patch = state.takePatch();
        if (patch !== "{}") spend(patch.length);
        return patch;
      } catch (error) {
        if (!closed) codeEnd = threwText(error);
        closed = true;
        return "{}";
      }
    }
    function isEnd() {
      return codeEnd !== "" && !endSent && (closed || openCount === 0);
    }
    function collect() {
      const patch = takePatch();
      let text = requestTexts;
      if (isEnd()) {
        text = "[[" + text + "]," + patch + ",[" + noteTexts + "]," + codeEnd + (closed ? ",true]" : ",false]");
        endSent = true;
      } else if (patch !== "{}" || noteTexts !== "") {
        text = "[[" + text + "]," + patch + ",[" + noteTexts + "]]";
      }
      frozenPatch = "";
      requestTexts = "";
      settledTexts = "";
      noteTexts = "";
      output = 0;
      return text;
    }
    function hasEnded() {
      return codeEnd !== "" && !closed && !endSent;
    }
    function probe(text) {
      endBefore = codeEnd;
      localsBefore = localsText();
      const results = parse(text);
      for (let i = 0; i < results.length; i++) {
        takeOpen(results[i][0])?.resolve(codec.revive(results[i][1]));
      }
    }
    function isUnmoved() {
      return !closed && codeEnd === endBefore && requestTexts === "" && noteTexts === "" && localsText() === localsBefore;
    }
    function localsText() {
      let text = "";
      const names = keys(readers);
      for (let i = 0; i < names.length; i++) {
        let item;
        try {
          const value = readers[names[i]]();
          item = value instanceof NewPromise || typeof value === "function" ? "" : codec.encodeText(value, names[i]);
        } catch {
          item = "?";
        }
        text += names[i] + ":" + item + ";";
      }
      return text;
    }
    function cancelWaits() {
      cancelled = true;
      openCount = 0;
    }
    function settle() {
      closed = true;
      const names = keys(readers);
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        const value = readers[name]();
        if (!(value instanceof NewPromise)) continue;
        let outcome;
        readers[name] = () => outcome;
        if (!cancelled) mapSet(unsettled, name, "is a promise that is still pending; await it");
        thenOf(value, (fulfilled) => {
          outcome = fulfilled;
          mapDelete(unsettled, name);
        }, (error) => {
          errors.see(error);
          mapSet(unsettled, name, `is a promise that failed: ${errors.messageOf(error)}`);
        });
      }
    }
    function finish() {
      let text = "";
      const names = keys(readers);
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        const value = readers[name]();
        let item;
        try {
          if (typeof value === "function") item = '{"$type":"gone","what":"function"}';
          else if (mapGet(unsettled, name) !== void 0) {
            throw errors.named("DataError", `"${name}" ${mapGet(unsettled, name)}`);
          } else item = codec.encodeText(value, name);
          text += (text === "" ? "" : ",") + quote(name) + ":" + item;
          spend(text.length - output);
        } catch (error) {
          return `{"ok":false,"local":${quote(name)},"error":${errors.text(error)}}`;
        }
      }
      const lost = threw ? void 0 : errors.firstLost();
      return lost === void 0 ? `{"ok":true,"locals":{${text}}}` : `{"ok":false,"error":${lost}}`;
    }
  }

  // src/sandbox/guest/guest_api.ts
  function publishApi(primordials, hooks, rows) {
    const { quote, parse, isArray, keys, create, freeze, fix, put, append, hasOwn, defineProperty } = primordials;
    const { upper, eachOfMap, thenOf, prototypes } = primordials;
    const { Promise: NewPromise, Map: NewMap, TypeError: NewTypeError, ReferenceError: NewReferenceError } = primordials;
    const { request, note, objects, codec } = hooks;
    const own = (name) => (...args) => request("Call", [
      null,
      name,
      args
    ]);
    const functions = createFunctions();
    const reserved = {
      __proto__: null
    };
    for (const name of keys(functions)) publish(name, functions[name]);
    const log = (...values) => note("log", values);
    publish("console", freeze({
      log,
      info: log,
      warn: log,
      error: log,
      debug: log
    }));
    publish("structuredClone", (value) => codec.revive(parse(codec.encodeText(value, "value"))));
    publish("state", hooks.state);
    publish("agents", createAgents());
    reserved.self = true;
    return {
      begin
    };
    function begin({ self, playbooks, classes, gone }) {
      for (const name of keys(classes)) publishOwn(name, () => objects.classObject(name));
      for (const name of playbooks) publishOwn(name, () => own(name));
      defineProperty(globalThis, "self", {
        value: createSelf(self, playbooks),
        configurable: true
      });
      for (const name of gone) publishGone(name);
    }
    function publishOwn(name, make) {
      if (reserved[name] === void 0) defineProperty(globalThis, name, {
        value: make(),
        configurable: true
      });
    }
    function publish(name, value) {
      reserved[name] = true;
      defineProperty(globalThis, name, {
        value,
        configurable: true
      });
    }
    function publishGone(name) {
      if (name in globalThis) return;
      const message = `${name} was a function of an earlier turn; functions are not kept between turns, define it again`;
      defineProperty(globalThis, name, {
        configurable: true,
        get() {
          throw new NewReferenceError(message);
        }
      });
    }
    function createFunctions() {
      const own2 = ownFunctions();
      const functions2 = {};
      for (const row of rows) {
        if (row.kind !== "function") continue;
        const made = own2[row.name] ?? (row.effect === void 0 ? void 0 : requestOf(row.effect, row.parameters));
        if (made === void 0) throw new NewTypeError(`the guest lacks ${row.name}`);
        functions2[row.name] = made;
      }
      return functions2;
    }
    function ownFunctions() {
      const text = (value) => typeof value === "string" ? value : hooks.errors.shown(value);
      return {
        Step: (position) => note("step", [
          text(position)
        ]),
        LogTrigger: (code) => note("trigger", [
          text(code)
        ]),
        Yield: (targets, options) => {
          if (targets === "exit") return hooks.exit();
          if (targets === "call" || targets === "return") return new NewPromise((resolve) => resolve(""));
          return request("Yield", [
            targets,
            options ?? null
          ]);
        },
        Return: hooks.returnFrom,
        EndProgram: () => hooks.exit(),
        fetch: fetchLike
      };
    }
    function requestOf(effect, parameters) {
      const count = parameters.length;
      let isPlain = true;
      for (const parameter of parameters) if (parameter !== "value") isPlain = false;
      if (isPlain && count === 1) return (a) => request(effect, [
        a
      ]);
      if (isPlain && count === 2) return (a, b) => request(effect, [
        a,
        b
      ]);
      if (isPlain && count === 3) return (a, b, c) => request(effect, [
        a,
        b,
        c
      ]);
      return (...given) => {
        const args = [];
        for (let i = 0; i < count; i++) {
          const value = i < given.length ? given[i] : void 0;
          const parameter = parameters[i];
          append(args, parameter === "class" ? objects.nameOfClass(value) ?? value : parameter === "optional" ? value ?? null : value);
        }
        return request(effect, args);
      };
    }
    function createSelf(identity, playbooks) {
      const { id, klass } = identity;
      const toString = () => `${klass} (agent ${id})`;
      const object = create(freeze({
        __proto__: prototypes.object,
        toString
      }));
      fix(object, "id", id, true);
      fix(object, "klass", klass, true);
      fix(object, "state", hooks.state);
      for (const name of keys(functions)) fix(object, name, functions[name]);
      for (const name of playbooks) {
        if (!hasOwn(object, name) && !objects.isMeaningful(name)) fix(object, name, own(name));
      }
      objects.adopt(freeze(object), identity);
      return object;
    }
    function createAgents() {
      const list = (accept) => {
        const all = hooks.agents();
        const found = [];
        for (let i = 0; i < all.length; i++) if (accept(all[i])) append(found, objects.handleOf(all[i]));
        return found;
      };
      return freeze({
        get all() {
          return list(() => true);
        },
        byId: (id) => list((agent) => agent.id === `${id}` || `agent ${agent.id}` === id)[0],
        byClass: (klass) => {
          const name = objects.nameOfClass(klass) ?? klass;
          return list((agent) => agent.klass === name);
        }
      });
    }
    function fetchLike(resource, init) {
      const options = init ?? {};
      const body = options.body ?? null;
      if (body !== null && typeof body !== "string") {
        throw new NewTypeError(`fetch: the body must be a string; use JSON.stringify(\u2026)`);
      }
      const method = upper(`${options.method ?? "GET"}`);
      const headers = headersOf(options.headers);
      return thenOf(request("Fetch", [
        `${resource}`,
        {
          method,
          headers,
          body
        }
      ]), (value) => {
        const isPlain = typeof value === "object" && value !== null && !objects.isSpecial(value);
        return isPlain ? objects.responseOf(value) : value;
      });
    }
    function headersOf(given) {
      const headers = {};
      const add = (value, name) => put(headers, `${name}`, `${value}`);
      if (isArray(given)) {
        for (let i = 0; i < given.length; i++) add(given[i][1], given[i][0]);
      } else if (given instanceof NewMap) eachOfMap(given, add);
      else if (typeof given === "object" && given !== null) {
        const names = keys(given);
        for (let i = 0; i < names.length; i++) add(given[names[i]], names[i]);
      } else if (given !== void 0 && given !== null) {
        throw new NewTypeError(`fetch: the headers must be an object, not ${quote(given)}`);
      }
      return headers;
    }
  }

  // src/sandbox/guest/guest_errors.ts
  function createErrors(primordials, encodeText) {
    const { quote, isArray, slice, fix, defineProperty, apply } = primordials;
    const { mapSet, mapDelete, eachOfMap, Error: NewError, String: toText } = primordials;
    const lost = /* @__PURE__ */ new Map();
    const maxCharacters = 1e4;
    trackHandlers();
    return {
      named,
      shown,
      messageOf: (error) => field(error, "message") ?? shown(error),
      text,
      lose: (error) => void mapSet(lost, error, true),
      see: (error) => void mapDelete(lost, error),
      firstLost
    };
    function trackHandlers() {
      const original = Promise.prototype.then;
      defineProperty(Promise.prototype, "then", {
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
    function named(name, message) {
      const error = new NewError(message);
      fix(error, "name", name);
      return error;
    }
    function shown(value) {
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
    function text(error) {
      if (typeof error !== "object" || error === null) {
        return `{"name":"Error","message":${quote(shown(error))}}`;
      }
      const own = field(error, "message") ?? asData(error);
      const causes = causesOf(error);
      const message = (own === "" && causes !== "" ? "every promise failed" : own) + causes;
      const stack = field(error, "stack");
      return `{"name":${quote(field(error, "name") ?? "Error")},"message":${quote(message)}` + (stack === void 0 ? "}" : `,"stack":${quote(stack)}}`);
    }
    function asData(error) {
      try {
        return slice(encodeText(error, "value"), 0, maxCharacters);
      } catch {
        return shown(error);
      }
    }
    function causesOf(error) {
      let causes = "";
      try {
        const { errors } = error;
        for (let i = 0; isArray(errors) && i < errors.length && i < 3; i++) {
          causes += (i === 0 ? ": " : "; ") + (field(errors[i], "message") ?? shown(errors[i]));
        }
      } catch {
        return "";
      }
      return causes;
    }
    function firstLost() {
      let first;
      eachOfMap(lost, (_, error) => {
        first ??= text(error);
      });
      return first;
    }
  }

  // src/sandbox/guest/guest_lists.ts
  function createLists(primordials, codec, isSpecial) {
    const { isArray, keys, ownKeys, getPrototypeOf, getOwnPropertyDescriptor, isExtensible, defineProperty } = primordials;
    const { put, append, slice, hasOwn, deleteProperty, define, prevent, setPrototype } = primordials;
    const { reflectGet, reflectSet, mapGet, mapSet, mapHas, mapDelete, mapClear, mapSize, eachOfMap } = primordials;
    const { weakGet, weakHas, weakSet, deref, timeOf, prototypes } = primordials;
    const { Map: NewMap, Date: NewDate, Proxy: NewProxy, WeakRef: NewWeakRef, String: toText } = primordials;
    const lists = /* @__PURE__ */ new WeakMap();
    const longCharacters = 2e3;
    const quietLooks = 8;
    const patience = 8;
    const maxDepth = 20;
    const proxies = /* @__PURE__ */ new WeakMap();
    trackProxies();
    return {
      isLong,
      guard,
      view,
      behind,
      takeChange,
      knownText,
      changeText,
      adopt,
      extend
    };
    function isLong(text) {
      return text.length > longCharacters;
    }
    function guard(store, characters) {
      return {
        store,
        sent: store.length,
        characters,
        loans: new NewMap(),
        before: void 0,
        known: void 0,
        quiet: 0,
        looks: 0,
        isOdd: false
      };
    }
    function behind(value) {
      const list = weakGet(lists, value);
      return list === void 0 ? value : list.store;
    }
    function view(list) {
      const proxy = new NewProxy(list.store, {
        __proto__: null,
        get(store, key, receiver) {
          if (typeof key === "symbol" || list.isOdd || !hasOwn(store, key)) {
            return reflectGet(store, key, receiver);
          }
          const value = store[key];
          if (typeof value === "object" && value !== null) lend(list, +key, value);
          return value;
        },
        set(store, key, value, receiver) {
          if (weakGet(lists, receiver) !== list) return reflectSet(store, key, value, receiver);
          if (!list.isOdd) {
            const { length } = store;
            if (key === "length" && value === length) return true;
            if (key === toText(length)) {
              put(store, key, value);
              return true;
            }
            change(list);
            if (key === "length" ? value < length : hasOwn(store, key)) {
              return reflectSet(store, key, value, store);
            }
            list.isOdd = true;
          }
          return reflectSet(store, key, value, receiver);
        },
        deleteProperty(store, key) {
          change(list);
          if (key !== toText(store.length - 1)) list.isOdd = true;
          return deleteProperty(store, key);
        },
        defineProperty(store, key, descriptor) {
          change(list);
          list.isOdd = true;
          return define(store, key, descriptor);
        },
        getOwnPropertyDescriptor(store, key) {
          const descriptor = getOwnPropertyDescriptor(store, key);
          const value = descriptor !== void 0 && hasOwn(descriptor, "value") ? descriptor.value : void 0;
          if (typeof value === "object" && value !== null && typeof key === "string") lend(list, +key, value);
          return descriptor;
        },
        preventExtensions(store) {
          change(list);
          list.isOdd = true;
          return prevent(store);
        },
        setPrototypeOf(store, prototype) {
          change(list);
          list.isOdd = true;
          return setPrototype(store, prototype);
        }
      });
      weakSet(lists, proxy, list);
      return proxy;
    }
    function lend(list, index, value) {
      if (list.known !== void 0 || list.before !== void 0 || !(index < list.sent)) return;
      if (mapHas(list.loans, index) || isSpecial(value)) return;
      mapSet(list.loans, index, codec.encodeText(value, "value"));
    }
    function change(list) {
      if (list.known === void 0 && list.before === void 0) list.before = knownText(list);
    }
    function knownText(list) {
      if (list.before !== void 0) return list.before;
      if (list.known !== void 0) return list.known;
      let text = "";
      for (let i = 0; i < list.sent; i++) {
        const item = mapGet(list.loans, i) ?? itemText(list, i);
        text += i === 0 ? item : "," + item;
      }
      return "[" + text + "]";
    }
    function itemText({ store }, index) {
      if (!hasOwn(store, index)) return '{"$type":"hole"}';
      return codec.leafText(store[index]) ?? codec.encodeText(store[index], "value");
    }
    function takeChange(list, where) {
      if (list.known === void 0) {
        if (list.before === void 0 && !hasChangedLoan(list, where)) return takeAddition(list, where);
        list.known = knownText(list);
        list.before = void 0;
        list.quiet = 0;
        mapClear(list.loans);
      }
      const now = codec.encodeText(list.store, where);
      const change2 = changeText(list.known, now);
      list.quiet = change2 === "" || slice(change2, 0, 9) === '{"append"' ? list.quiet + 1 : 0;
      list.known = now;
      list.sent = list.store.length;
      list.characters = now.length;
      if (list.quiet > quietLooks && !list.isOdd) trust(list);
      return change2;
    }
    function hasChangedLoan(list, where) {
      let hasChanged = false;
      try {
        eachOfMap(list.loans, (text, index) => {
          hasChanged ||= itemText(list, index) !== text;
        });
      } catch {
        codec.encodeText(list.store, where);
        return true;
      }
      return hasChanged;
    }
    function takeAddition(list, where) {
      const { store, loans } = list;
      const before = list.sent;
      let text = "";
      if (before < store.length) {
        try {
          for (let i = before; i < store.length; i++) {
            const item = itemText(list, i);
            text += text === "" ? item : "," + item;
            const value = store[i];
            if (typeof value === "object" && value !== null && !isSpecial(value)) mapSet(loans, i, item);
          }
          list.characters += text.length + 1;
        } catch {
          list.characters = Infinity;
        }
        if (!codec.fits(list.characters)) list.characters = codec.encodeText(store, where).length;
        list.sent = store.length;
      }
      if (mapSize(loans) > 0) reclaimLoans(list, ++list.looks % patience === 0 ? 0 : before);
      return text === "" ? "" : '{"append":[' + text + "]}";
    }
    function changeText(before, now) {
      if (before === now) return "";
      if (before !== void 0 && slice(before, 0, 1) === "[" && before.length < now.length) {
        const head = before.length - 1;
        const isEmpty = before.length === 2;
        if ((isEmpty ? slice(now, 0, 1) === "[" : slice(now, head, head + 1) === ",") && slice(now, 0, head) === slice(before, 0, head)) return '{"append":[' + slice(now, isEmpty ? head : head + 1, now.length) + "}";
      }
      return '{"value":' + now + "}";
    }
    function trust(list) {
      if (keys(list.store).length !== list.store.length) {
        list.isOdd = true;
        return;
      }
      list.known = void 0;
      for (let i = 0; i < list.store.length; i++) {
        const item = list.store[i];
        if (typeof item === "object" && item !== null && !isSpecial(item)) {
          mapSet(list.loans, i, itemText(list, i));
        }
      }
      if (mapSize(list.loans) > 0) reclaimLoans(list, 0);
    }
    function reclaimLoans({ store, loans }, from) {
      const free = [];
      eachOfMap(loans, (_, index) => {
        if (index >= from && reclaim(store, index, 0)) append(free, index);
      });
      for (let i = 0; i < free.length; i++) mapDelete(loans, free[i]);
    }
    function reclaim(holder, key, depth) {
      if (depth > maxDepth || !isPlain(holder[key])) return false;
      const parts = partsOf(holder[key]);
      const reference = new NewWeakRef(holder[key]);
      put(holder, key, null);
      const held = deref(reference);
      if (held !== void 0) {
        put(holder, key, held);
        return false;
      }
      let isOurs = true;
      const { names, values } = parts;
      for (let i = 0; i < values.length; i++) {
        if (typeof values[i] !== "object" || values[i] === null || isSpecial(values[i])) continue;
        isOurs = reclaim(values, i, depth + 1) && isOurs;
      }
      if (parts.kind === "date") put(holder, key, new NewDate(parts.time));
      else if (parts.kind === "array") put(holder, key, values);
      else {
        const object = {};
        for (let i = 0; i < names.length; i++) put(object, names[i], values[i]);
        put(holder, key, object);
      }
      return isOurs;
    }
    function partsOf(value) {
      if (getPrototypeOf(value) === prototypes.date) {
        return {
          kind: "date",
          names: [],
          values: [],
          time: timeOf(value)
        };
      }
      const names = keys(value);
      const values = [];
      for (let i = 0; i < names.length; i++) append(values, value[names[i]]);
      return {
        kind: isArray(value) ? "array" : "object",
        names,
        values,
        time: 0
      };
    }
    function isPlain(value) {
      if (typeof value !== "object" || value === null || weakHas(lists, value) || weakHas(proxies, value)) {
        return false;
      }
      if (!isExtensible(value)) return false;
      const prototype = getPrototypeOf(value);
      const names = ownKeys(value);
      if (prototype === prototypes.date) return names.length === 0;
      const isList = isArray(value);
      if (prototype !== (isList ? prototypes.array : prototypes.object)) return false;
      if (isList && names.length !== value.length + 1) return false;
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        if (typeof name === "symbol") return false;
        if (isList && i === value.length) continue;
        if (isList && name !== toText(i)) return false;
        const descriptor = getOwnPropertyDescriptor(value, name);
        if (!hasOwn(descriptor, "value") || !descriptor.writable) return false;
        if (!descriptor.enumerable || !descriptor.configurable) return false;
      }
      return true;
    }
    function trackProxies() {
      const { revocable } = NewProxy;
      const track = (proxy) => {
        weakSet(proxies, proxy, true);
        return proxy;
      };
      const make = {
        __proto__: null,
        construct: (_, args) => track(new NewProxy(args[0], args[1]))
      };
      const tracking = new NewProxy(NewProxy, make);
      defineProperty(NewProxy, "revocable", {
        __proto__: null,
        configurable: true,
        writable: true,
        value: (target, handler) => {
          const made = revocable(target, handler);
          track(made.proxy);
          return made;
        }
      });
      defineProperty(globalThis, "Proxy", {
        __proto__: null,
        configurable: true,
        writable: true,
        value: tracking
      });
    }
    function adopt(holder, key, text) {
      if (!isArray(holder[key]) || !isPlain(holder[key])) return void 0;
      const { values } = partsOf(holder[key]);
      const reference = new NewWeakRef(holder[key]);
      holder[key] = void 0;
      const held = deref(reference);
      if (held !== void 0) {
        holder[key] = held;
        return void 0;
      }
      const list = guard(values, text.length);
      trust(list);
      return list;
    }
    function extend(list, encoded) {
      if (list.known !== void 0 || list.before !== void 0 || mapSize(list.loans) > 0) return false;
      if (list.sent !== list.store.length) return false;
      for (let i = 0; i < encoded.length; i++) {
        append(list.store, codec.revive(encoded[i]));
        list.characters += itemText(list, list.sent).length + 1;
        list.sent++;
      }
      return true;
    }
  }

  // src/sandbox/guest/guest_objects.ts
  function createObjects(primordials, hooks) {
    const { quote, parse, keys, create, freeze, fix, hasOwn, reflectGet, match, lower } = primordials;
    const { mapGet, mapSet, weakGet, weakSet, weakHas, prototypes } = primordials;
    const { Map: NewMap, Proxy: NewProxy, Promise: NewPromise, String: toText } = primordials;
    const encodings = /* @__PURE__ */ new WeakMap();
    const classNames = /* @__PURE__ */ new WeakMap();
    const handles = /* @__PURE__ */ new Map();
    const nothing = freeze([]);
    const artifactPrototype = freeze({
      __proto__: prototypes.object,
      toString() {
        return this.content;
      }
    });
    class Given {
      constructor(object) {
        return object;
      }
    }
    class Artifact extends Given {
      #mark = true;
      static is(value) {
        return #mark in value;
      }
    }
    return {
      handleOf,
      classObject,
      nameOfClass: (value) => weakGet(classNames, value),
      artifactOf,
      responseOf,
      isSpecial: (value) => typeof value === "object" && value !== null && (Artifact.is(value) || weakHas(encodings, value)),
      adopt,
      write,
      revive,
      isMeaningful
    };
    function handleOf(agent) {
      const existing = mapGet(handles, agent.id);
      if (existing !== void 0) return existing;
      const { id, klass } = agent;
      const data = saying(() => `${klass} (agent ${id})`);
      fix(data, "id", id, true);
      fix(data, "klass", klass, true);
      const names = hasOwn(hooks.classes, klass) ? hooks.classes[klass] : nothing;
      const handle = callable(data, names, () => handle);
      adopt(handle, agent);
      return handle;
    }
    function adopt(object, { id, klass }) {
      weakSet(encodings, object, `{"$type":"agent","id":${quote(id)},"klass":${quote(klass)}}`);
      mapSet(handles, id, object);
    }
    function classObject(name) {
      const data = saying(() => name);
      fix(data, "name", name);
      fix(data, "getOrCreate", () => hooks.request("GetOrCreate", [
        name
      ]));
      const object = callable(data, hooks.classes[name], () => name);
      weakSet(classNames, object, name);
      return object;
    }
    function saying(toString) {
      return create(freeze({
        __proto__: prototypes.object,
        toString
      }));
    }
    function callable(data, names, target) {
      const methods = new NewMap();
      freeze(data);
      return new NewProxy(data, {
        __proto__: null,
        get(_, key) {
          if (hasOwn(data, key)) return data[key];
          if (!mayBePlaybook(key, names)) return reflectGet(data, key);
          let method = mapGet(methods, key);
          if (method === void 0) {
            method = (...args) => hooks.request("Call", [
              target(),
              key,
              args
            ]);
            mapSet(methods, key, method);
          }
          return method;
        }
      });
    }
    function mayBePlaybook(key, names) {
      if (typeof key !== "string" || isMeaningful(key)) return false;
      for (let i = 0; i < names.length; i++) if (names[i] === key) return true;
      return match(/^[A-Z]\w*$/, key) !== null;
    }
    function isMeaningful(key) {
      return match(/^(?:then|toJSON|toString|toLocaleString|valueOf|constructor)$/, key) !== null;
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
      const fields = `"name":${quote(name)},"summary":${quote(summary)},"content":${quote(content)}`;
      return `{"$type":"artifact",${fields}}`;
    }
    function responseOf(fields) {
      const { status = 0, statusText = "", url = "", body = "", headers: given = {} } = fields;
      const text = toText(body);
      const lowered = {
        __proto__: null
      };
      const names = keys(given);
      for (let i = 0; i < names.length; i++) lowered[lower(names[i])] = toText(given[names[i]]);
      const headers = freeze({
        get: (name) => lowered[lower(`${name}`)] ?? null,
        has: (name) => lowered[lower(`${name}`)] !== void 0
      });
      const response = freeze({
        ok: status >= 200 && status < 300,
        status,
        statusText,
        url,
        headers,
        text: () => new NewPromise((resolve) => resolve(text)),
        json: () => new NewPromise((resolve) => resolve(parse(text)))
      });
      const encoding = `{"$type":"response","status":${quote(status)},"statusText":${quote(toText(statusText))},"url":${quote(toText(url))},"headers":${hooks.encodeText(given, "headers")},"body":${quote(text)}}`;
      weakSet(encodings, response, encoding);
      return response;
    }
    function write(value) {
      if (Artifact.is(value)) return artifactText(value);
      const encoding = weakGet(encodings, value);
      if (encoding !== void 0) return encoding;
      const klass = weakGet(classNames, value);
      if (klass === void 0) return void 0;
      throw hooks.named("DataError", `"${klass}" is an agent class and cannot be kept or passed; use its name`);
    }
    function revive(encoded) {
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
            headers: hooks.revive(encoded.headers)
          });
        default:
          return void 0;
      }
    }
  }

  // src/sandbox/guest/guest_primordials.ts
  function createPrimordials() {
    const uncurry = Function.prototype.bind.bind(Function.prototype.call);
    const { defineProperty } = Object;
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
    return {
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
      slice: uncurry(String.prototype.slice),
      lower: uncurry(String.prototype.toLowerCase),
      upper: uncurry(String.prototype.toUpperCase),
      thenOf: uncurry(Promise.prototype.then),
      prototypes: {
        object: Object.prototype,
        array: Array.prototype,
        map: Map.prototype,
        set: Set.prototype,
        date: Date.prototype,
        regexp: RegExp.prototype,
        promise: Promise.prototype,
        error: Error.prototype
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
      ReferenceError
    };
  }

  // src/sandbox/guest/guest_state.ts
  function createState(primordials, codec, lists, ask2) {
    const { quote, parse, append, keys, put, hasOwn, ownKeys, reflectGet } = primordials;
    const { mapGet, mapSet, mapHas, mapDelete, eachOfMap, setAdd, setDelete, eachOfSet } = primordials;
    const { deref, isArray, Promise: NewPromise, TypeError: NewTypeError, WeakRef: NewWeakRef, String: toText } = primordials;
    const plainPrototype = primordials.prototypes.object;
    const live = /* @__PURE__ */ new Map();
    const waiting = /* @__PURE__ */ new Map();
    const removed = /* @__PURE__ */ new Map();
    const added = /* @__PURE__ */ new Map();
    const guarded = /* @__PURE__ */ new Map();
    const held = /* @__PURE__ */ new Map();
    const later = /* @__PURE__ */ new Map();
    const known = /* @__PURE__ */ new Map();
    const foreign = /* @__PURE__ */ new Map();
    const touched = /* @__PURE__ */ new Set();
    let isTouched = false;
    const proxy = new Proxy({
      __proto__: null
    }, {
      __proto__: null,
      get: (_, key) => typeof key === "string" && has(key) ? read(key) : reflectGet(plainPrototype, key),
      set(_, key, value) {
        checkShallow(key, value);
        write(key, value);
        return true;
      },
      deleteProperty(_, key) {
        if (typeof key === "string" && has(key)) {
          remember(key);
          remove(key);
          touch(key);
        }
        return true;
      },
      has: (_, key) => typeof key === "string" && has(key) || key in plainPrototype,
      ownKeys: names,
      getOwnPropertyDescriptor(_, key) {
        if (typeof key !== "string" || !has(key)) return void 0;
        const value = read(key);
        return {
          __proto__: null,
          value,
          writable: true,
          enumerable: true,
          configurable: true
        };
      },
      defineProperty(_, key, descriptor) {
        if (!hasOwn(descriptor, "value")) throw new NewTypeError(`state.${toText(key)} cannot be a getter`);
        checkShallow(key, descriptor.value);
        write(key, descriptor.value);
        return true;
      },
      getPrototypeOf: () => plainPrototype,
      setPrototypeOf: () => false,
      preventExtensions: () => false
    });
    return {
      proxy,
      takePatch,
      applyPatch
    };
    function has(key) {
      return mapHas(live, key) || mapHas(waiting, key) || isInitial(key);
    }
    function isInitial(key) {
      return !mapHas(removed, key) && ask2("?" + quote(key)) !== void 0;
    }
    function names() {
      const ordered = {
        __proto__: null
      };
      const initial = parse(ask2("names"));
      for (let i = 0; i < initial.length; i++) {
        if (!mapHas(removed, initial[i])) put(ordered, initial[i], true);
      }
      eachOfMap(added, (_, key) => put(ordered, key, true));
      return ownKeys(ordered);
    }
    function touch(key) {
      setAdd(touched, key);
      isTouched = true;
    }
    function read(key) {
      if (mapHas(live, key)) {
        touch(key);
        return mapGet(live, key);
      }
      remember(key);
      touch(key);
      const text = mapGet(known, key);
      const value = codec.revive(parse(text));
      if (isArray(value) && lists.isLong(text)) {
        forget(key);
        return watch(key, lists.guard(value, text.length));
      }
      mapSet(live, key, value);
      return value;
    }
    function watch(key, list) {
      const view = lists.view(list);
      mapSet(guarded, key, list);
      mapSet(live, key, view);
      return view;
    }
    function unwatch(key) {
      const list = mapGet(guarded, key);
      if (list === void 0) return;
      mapSet(known, key, lists.knownText(list));
      mapDelete(guarded, key);
    }
    function write(key, value) {
      if (!mapHas(live, key)) {
        if (has(key)) remember(key);
        else mapSet(added, key, true);
      } else if (mapGet(live, key) !== value) unwatch(key);
      mapSet(live, key, value);
      touch(key);
    }
    function remember(key) {
      if (mapHas(live, key)) {
        unwatch(key);
        return;
      }
      if (mapHas(later, key)) {
        place(key, extended(parse(ask2("=" + quote(key))), mapGet(later, key)));
      }
      if (mapHas(waiting, key)) {
        mapSet(known, key, codec.encodeText(codec.revive(mapGet(waiting, key)), `state.${key}`));
        mapDelete(waiting, key);
      } else {
        mapSet(known, key, ask2("=" + quote(key)));
        mapSet(foreign, key, true);
      }
    }
    function remove(key) {
      mapDelete(live, key);
      mapDelete(waiting, key);
      mapDelete(guarded, key);
      mapDelete(later, key);
      if (!mapDelete(added, key)) mapSet(removed, key, true);
    }
    function checkShallow(key, value) {
      if (typeof key === "symbol") throw new NewTypeError("state cannot keep a symbol as key");
      const type = typeof value;
      if (type === "function" || type === "symbol" || value instanceof NewPromise) {
        codec.encodeText(value, `state.${key}`);
      }
    }
    function takePatch() {
      if (!isTouched) return "{}";
      let text = "";
      const settled = [];
      const long = [];
      let isOpen = false;
      eachOfSet(touched, (key) => {
        const change = takeChange(key, long);
        if (change !== "") text += (text === "" ? "" : ",") + quote(key) + ":" + change;
        const value = mapGet(live, key);
        if (typeof value !== "object" || value === null) append(settled, key);
        else isOpen = true;
      });
      for (let i = 0; i < settled.length; i++) setDelete(touched, settled[i]);
      for (let i = 0; i < long.length; i++) adopt(long[i]);
      isTouched = isOpen;
      return "{" + text + "}";
    }
    function takeChange(key, long) {
      if (!mapHas(live, key)) {
        const wasKnown = mapHas(known, key);
        forget(key);
        return wasKnown ? "null" : "";
      }
      const list = mapGet(guarded, key);
      if (list !== void 0) return lists.takeChange(list, `state.${key}`);
      const value = mapGet(live, key);
      const now = codec.encodeText(value, `state.${key}`);
      if (isArray(value) && lists.isLong(now)) append(long, key);
      const before = mapGet(known, key);
      if (isKnown(key, before, now)) return "";
      mapSet(known, key, now);
      mapDelete(foreign, key);
      return lists.changeText(before, now);
    }
    function isKnown(key, before, now) {
      if (before === now) return true;
      if (before === void 0 || !mapHas(foreign, key)) return false;
      return codec.encodeText(codec.revive(parse(before)), `state.${key}`) === now;
    }
    function adopt(key) {
      const failures = (mapGet(held, key) ?? 0) + 1;
      mapSet(held, key, failures);
      if ((failures & failures - 1) !== 0) return;
      const holder = {
        __proto__: null,
        value: mapGet(live, key)
      };
      mapDelete(live, key);
      const list = lists.adopt(holder, "value", mapGet(known, key));
      if (list === void 0) mapSet(live, key, holder.value);
      else {
        forget(key);
        mapDelete(held, key);
        watch(key, list);
      }
    }
    function forget(key) {
      mapDelete(known, key);
      mapDelete(foreign, key);
    }
    function applyPatch(patch) {
      const names2 = keys(patch);
      for (let i = 0; i < names2.length; i++) {
        const key = names2[i];
        const change = patch[key];
        if (change === null) {
          if (has(key)) remove(key);
          forget(key);
          setDelete(touched, key);
        } else if (hasOwn(change, "value")) place(key, change.value);
        else extend(key, change.append);
      }
    }
    function place(key, encoded) {
      if (!has(key)) mapSet(added, key, true);
      mapDelete(live, key);
      mapDelete(guarded, key);
      mapDelete(later, key);
      mapSet(waiting, key, encoded);
      forget(key);
      setDelete(touched, key);
    }
    function extend(key, more) {
      if (mapHas(waiting, key)) extended(mapGet(waiting, key), more);
      else if (!mapHas(live, key)) {
        mapSet(later, key, extended(mapGet(later, key) ?? [], more));
      } else {
        const list = mapGet(guarded, key);
        if (list !== void 0 && isUnseen(key, list) && lists.extend(list, more)) return;
        const text = list === void 0 ? mapGet(known, key) : lists.knownText(list);
        place(key, extended(parse(text), more));
      }
    }
    function isUnseen(key, list) {
      const reference = new NewWeakRef(mapGet(live, key));
      mapSet(live, key, void 0);
      const view = deref(reference);
      if (view === void 0) watch(key, list);
      else mapSet(live, key, view);
      return view === void 0;
    }
    function extended(list, more) {
      for (let i = 0; i < more.length; i++) append(list, more[i]);
      return list;
    }
  }

  // src/sandbox/guest/guest_world.ts
  function createWorld() {
    let nowMs = 0;
    let [a, b, c, d] = [
      0,
      0,
      0,
      0
    ];
    const { imul } = Math;
    const { defineProperty, getPrototypeOf } = Object;
    const hide = (target, key, value) => defineProperty(target, key, {
      value,
      writable: true,
      configurable: true,
      enumerable: false
    });
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
      const prototype = getPrototypeOf(sample);
      defineProperty(prototype, "constructor", {
        value: refuse
      });
    }
    refuse.prototype = Function.prototype;
    hide(globalThis, "Function", refuse);
    defineProperty(String.prototype, "concat", {
      writable: false,
      configurable: false
    });
    hide(Math, "random", random);
    installDate();
    return {
      begin,
      setNow: (ms) => void (nowMs = ms)
    };
    function begin(seed, startMs) {
      nowMs = startMs;
      let h = 1779033703 ^ seed.length;
      for (let i = 0; i < seed.length; i++) {
        h = imul(h ^ seed.charCodeAt(i), 3432918353);
        h = h << 13 | h >>> 19;
      }
      const next = () => {
        h = imul(h ^ h >>> 16, 2246822507);
        h = imul(h ^ h >>> 13, 3266489909);
        return (h ^= h >>> 16) >>> 0;
      };
      a = next();
      b = next();
      c = next();
      d = next();
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
    function installDate() {
      const Real = Date;
      const { construct, apply } = Reflect;
      const { UTC, parse } = Real;
      const prototype = Real.prototype;
      const toPrimitive = prototype[Symbol.toPrimitive];
      const timeOf = prototype.getTime;
      const toUTCString = prototype.toUTCString;
      const test = RegExp.prototype.exec;
      const slice = String.prototype.slice;
      const zone = /(?:z|utc|gmt|[ecmp][sd]t|[+-]\d\d:?\d\d)\s*(?:\(.*\))?\s*$/i;
      const dateOnly = /^\s*[+-]?\d{4,6}(?:-\d\d(?:-\d\d)?)?\s*$/;
      const isoTime = /^\s*[+-]?\d{4,6}-\d\d-\d\d[tT ]/;
      function parseUtc(text2) {
        if (apply(test, zone, [
          text2
        ]) !== null || apply(test, dateOnly, [
          text2
        ]) !== null) return parse(text2);
        return parse(text2 + (apply(test, isoTime, [
          text2
        ]) !== null ? "Z" : " UTC"));
      }
      function Clock(...args) {
        if (!new.target) return text(new Real(nowMs), 0);
        let time;
        if (args.length === 0) time = nowMs;
        else if (args.length > 1) time = apply(UTC, Real, args);
        else {
          const value = args[0];
          try {
            time = apply(timeOf, value, []);
          } catch {
            const primitive = typeof value === "object" && value !== null ? apply(toPrimitive, value, [
              "default"
            ]) : value;
            time = typeof primitive === "string" ? parseUtc(primitive) : primitive;
          }
        }
        return construct(Real, [
          time
        ], new.target);
      }
      function text(date, part) {
        const utc = apply(toUTCString, date, []);
        if (utc === "Invalid Date") return utc;
        const cut = (from, to) => apply(slice, utc, [
          from,
          to
        ]);
        const day = `${cut(0, 3)} ${cut(8, 11)} ${cut(5, 7)} ${cut(12, -13)}`;
        const time = `${cut(-12, -4)} GMT+0000 (UTC)`;
        return part === 0 ? `${day} ${time}` : part === 1 ? day : time;
      }
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
      const methods = {
        getTimezoneOffset() {
          return apply(timeOf, this, []) * 0;
        },
        toString() {
          return text(this, 0);
        },
        toDateString() {
          return text(this, 1);
        },
        toTimeString() {
          return text(this, 2);
        },
        toLocaleString() {
          return text(this, 0);
        },
        toLocaleDateString() {
          return text(this, 1);
        },
        toLocaleTimeString() {
          return text(this, 2);
        }
      };
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
  }

  // src/sandbox/guest/main.ts
  Object.assign(control, createGuest(halt, ask, {
    createPrimordials,
    createCodec,
    createErrors,
    createObjects,
    createLists,
    createState,
    createWorld,
    publishApi
  }, JSON.parse(builtinsText)));
})();
return control;
})
