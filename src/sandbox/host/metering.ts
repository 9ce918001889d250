/**
 * Puts a bound on the loops of a WebAssembly module.
 *
 * While the engine runs code, it regularly asks the host whether to continue. Inside its own functions it does not ask:
 * one `indexOf` over a length of 2^53 runs for ever. A host cannot stop a thread that runs WebAssembly, so the module
 * itself must ask. The rewritten module keeps a count, its *fuel*, in a global that we add:
 *
 *     loop                          loop
 *       …             becomes         if (fuel <= 0) call $ask
 *     end                             fuel = fuel - 1
 *                                     …
 *
 *     memory.copy, memory.fill      the same, and fuel = fuel - bytes / 64
 *
 * `$ask` sets the fuel to {@linkcode fuelPerAsk}. Then it calls an import of the module with the number 0, and ignores
 * the number that the import returns. The host may throw there. The instance is then broken and must be dropped.
 *
 * All additions come after the existing parts, so no index changes. Programs cannot see the fuel.
 */

/** Rounds of loops between two calls of the host. They take less than a millisecond if each round is short. */
export const fuelPerAsk = 50_000;

/** A loop around a jump table of this size is the interpreter's loop. The interpreter already asks, at a lower cost. */
const interpreterWays = 200;

interface MeteringOptions {
  /** The import that the metered code calls, by the names in the module. */
  readonly ask: { readonly module: string; readonly name: string };
}

/** Returns the metered module. Throws a `TypeError` for unknown instructions or imports. */
export function metered(module: Uint8Array, options: MeteringOptions): Uint8Array<ArrayBuffer> {
  const reader = new Reader(module);
  const out = new Writer(module.length * 1.2);
  out.copy(module, 0, 8);
  reader.at = 8;
  const counts: Counts = { types: 0, functionImports: 0, functions: 0, globals: 0, ask: -1 };
  while (reader.at < module.length) {
    const start = reader.at;
    const id = module[reader.at++]!;
    const length = reader.number();
    const end = reader.at + length;
    const rewritten = rewriteSection(id, reader, { counts, options, end });
    if (rewritten === undefined) out.copy(module, start, end);
    else {
      out.byte(id);
      out.number(rewritten.length);
      out.copy(rewritten.bytes, 0, rewritten.length);
    }
    reader.at = end;
  }
  return out.bytes.slice(0, out.length);
}

/** Counts from the sections before the code. */
interface Counts {
  types: number;
  functionImports: number;
  functions: number;
  globals: number;
  /** The index of the import that metered code calls. */
  ask: number;
}

const sections = { types: 1, imports: 2, functions: 3, globals: 6, code: 10 } as const;
const codes = { i32: 0x7f, function: 0x60, end: 0x0b, empty: 0x40 } as const;
const instructions = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  bulk: 0xfc,
} as const;

/** The rewritten section; `undefined` if it does not change. */
function rewriteSection(
  id: number,
  reader: Reader,
  { counts, options, end }: {
    readonly counts: Counts;
    readonly options: MeteringOptions;
    readonly end: number;
  },
): Writer | undefined {
  const appended = (count: number, ...bytes: number[]) => {
    const out = new Writer(end - reader.at + 64);
    out.number(count);
    out.copy(reader.bytes, reader.at, end);
    for (const byte of bytes) out.byte(byte);
    return out;
  };
  switch (id) {
    case sections.types:
      counts.types = reader.number();
      // The functions `$ask`, copy and fill.
      return appended(
        counts.types + 2,
        ...[codes.function, 0, 0],
        ...[codes.function, 3, codes.i32, codes.i32, codes.i32, 0],
      );
    case sections.imports:
      readImports(reader, counts, options);
      return undefined;
    case sections.functions: {
      counts.functions = reader.number();
      const [ask, bulk] = [leb(counts.types), leb(counts.types + 1)];
      return appended(counts.functions + 3, ...ask, ...bulk, ...bulk);
    }
    case sections.globals:
      counts.globals = reader.number();
      // The fuel: a variable of 32 bits.
      return appended(counts.globals + 1, codes.i32, 1, 0x41, ...leb(fuelPerAsk, true), codes.end);
    case sections.code:
      return rewriteCode(reader, counts);
    default:
      return undefined;
  }
}

function readImports(reader: Reader, counts: Counts, { ask }: MeteringOptions): void {
  for (let left = reader.number(); left > 0; left--) {
    const [module, name] = [reader.text(), reader.text()];
    const kind = reader.bytes[reader.at++]!;
    if (kind === 0) {
      if (module === ask.module && name === ask.name) counts.ask = counts.functionImports;
      counts.functionImports++;
      reader.number();
    } else if (kind === 2) {
      const hasMaximum = (reader.bytes[reader.at++]! & 1) === 1;
      reader.number();
      if (hasMaximum) reader.number();
    } else throw new TypeError(`Cannot meter the module: it imports something of kind ${kind}`);
  }
  if (counts.ask < 0) throw new TypeError(`Cannot meter the module: it does not import ${ask.name}`);
}

function rewriteCode(reader: Reader, counts: Counts): Writer {
  const { bytes } = reader;
  const out = new Writer((bytes.length - reader.at) * 1.2);
  const count = reader.number();
  out.number(count + 3);
  const added = addedCode(counts);
  for (let left = count; left > 0; left--) {
    const start = reader.at;
    const length = reader.number();
    const end = reader.at + length;
    const body = rewriteBody(reader, end, added);
    if (body === undefined) out.copy(bytes, start, end);
    else {
      out.number(body.length);
      out.copy(body.bytes, 0, body.length);
    }
    reader.at = end;
  }
  for (const body of added.bodies) {
    out.number(body.length);
    for (const byte of body) out.byte(byte);
  }
  return out;
}

interface AddedCode {
  /** The code that runs before each further round of a loop. */
  readonly round: readonly number[];
  readonly copy: readonly number[];
  readonly fill: readonly number[];
  readonly bodies: readonly (readonly number[])[];
}

function addedCode({ globals, functions, functionImports, ask }: Counts): AddedCode {
  const fuel = leb(globals);
  const first = functionImports + functions;
  const [zero, take] = [[0x41, 0], 0x6b];
  const callAsk = [0x10, ...leb(first)];
  // if (fuel <= 0) ask
  const check = [0x23, ...fuel, ...zero, 0x4c, 0x04, codes.empty, ...callAsk, codes.end];
  // fuel = fuel - (third argument >>> 6)
  const pay = [0x23, ...fuel, 0x20, 2, 0x41, 6, 0x76, take, 0x24, ...fuel];
  const all = [0x20, 0, 0x20, 1, 0x20, 2];
  return {
    round: [...check, 0x23, ...fuel, 0x41, 1, take, 0x24, ...fuel],
    copy: [0x10, ...leb(first + 1)],
    fill: [0x10, ...leb(first + 2)],
    bodies: [
      [0, 0x41, ...leb(fuelPerAsk, true), 0x24, ...fuel, ...zero, 0x10, ...leb(ask), 0x1a, codes.end],
      [0, ...check, ...pay, ...all, 0xfc, 10, 0, 0, codes.end],
      [0, ...check, ...pay, ...all, 0xfc, 11, 0, codes.end],
    ],
  };
}

/** A function with metered loops, except the loops that begin at `free`; `undefined` if nothing changes. */
function rewriteBody(
  reader: Reader,
  end: number,
  added: AddedCode,
  free: ReadonlySet<number> = new Set(),
): Writer | undefined {
  const { bytes } = reader;
  const first = reader.at;
  let out: Writer | undefined;
  let copied = first;
  /** Replaces the bytes from `from` up to `to` by code. */
  const insert = (code: readonly number[], from: number, to = reader.at) => {
    out ??= new Writer((end - copied) * 1.3 + 64);
    out.copy(bytes, copied, from);
    for (const byte of code) out.byte(byte);
    copied = to;
  };
  for (let groups = reader.number(); groups > 0; groups--) {
    reader.number();
    reader.at++;
  }
  /** The start of each loop around the instruction, or 0 for another block. The first item is the function itself. */
  const blocks = [0];
  const isRound = (depth: number) => {
    const loop = blocks.at(-1 - depth)!;
    return loop !== 0 && !free.has(loop);
  };
  while (reader.at < end) {
    const start = reader.at;
    const code = bytes[reader.at++]!;
    if (code === instructions.bulk) {
      const operation = reader.number();
      skipNumbers(reader, bulkOperands[operation], operation);
      if (operation === 10) insert(added.copy, start);
      if (operation === 11) insert(added.fill, start);
    } else if (code === instructions.br || code === instructions.brIf) {
      const depth = reader.number();
      if (!isRound(depth)) continue;
      if (code === instructions.br) insert(added.round, start, start);
      else {insert([
          instructions.if,
          codes.empty,
          ...added.round,
          instructions.br,
          ...leb(depth + 1),
          codes.end,
        ], start);}
    } else if (code === instructions.brTable) {
      const depths = Array.from({ length: reader.number() + 1 }, () => reader.number());
      const loops = blocks.filter((loop) => loop !== 0);
      if (depths.length > interpreterWays && loops.some((loop) => !free.has(loop))) {
        reader.at = first;
        return rewriteBody(reader, end, added, new Set([...free, ...loops]));
      }
      if (depths.some(isRound)) insert(added.round, start, start);
    } else {
      skipOperands(reader, code);
      if (code >= instructions.block && code <= instructions.if) {
        blocks.push(code === instructions.loop ? start : 0);
      } else if (code === codes.end) blocks.pop();
    }
  }
  out?.copy(bytes, copied, end);
  return out;
}

/** The number of operands of each instruction `0xfc n`. */
const bulkOperands = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1] as const;

/** The number of operands of each instruction. An instruction that is neither here nor `plain` is unknown. */
const operands = new Map<number, number>([
  // block, loop, if; br, br_if; call, call_indirect
  ...[0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10].map((code) => [code, 1] as const),
  [0x11, 2],
  // local.get … table.set; memory.size, memory.grow; i32.const, i64.const; ref.null, ref.func
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26].map((code) => [code, 1] as const),
  ...[0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2].map((code) => [code, 1] as const),
]);

function skipOperands(reader: Reader, code: number): void {
  // Loads and stores; numeric instructions; unreachable, nop, else, end, return, drop, select.
  if (code >= 0x28 && code <= 0x3e) skipNumbers(reader, 2, code);
  else if (code >= 0x45 && code <= 0xc4) return;
  else if (code === 0x43) reader.at += 4;
  else if (code === 0x44) reader.at += 8;
  else if (code === 0x0e) skipNumbers(reader, reader.number() + 1, code);
  else if (![0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(code)) {
    skipNumbers(reader, operands.get(code), code);
  }
}

function skipNumbers(reader: Reader, count: number | undefined, code: number): void {
  if (count === undefined) throw new TypeError(`Cannot meter the module: instruction ${code} is not known`);
  for (let left = count; left > 0; left--) while (reader.bytes[reader.at++]! >= 0x80);
}

/** Encodes a number for WebAssembly (LEB128): seven bits a byte, the lowest first. */
function leb(value: number, isSigned = false): number[] {
  const bytes: number[] = [];
  for (; value >= (isSigned ? 0x40 : 0x80); value = Math.floor(value / 128)) bytes.push(value % 128 | 0x80);
  return [...bytes, value];
}

class Reader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  number(): number {
    let value = 0;
    for (let unit = 1;; unit *= 128) {
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}

class Writer {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(Math.ceil(room));
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = value;
  }

  number(value: number): void {
    for (const byte of leb(value)) this.byte(byte);
  }

  copy(from: Uint8Array, start: number, end: number): void {
    if (this.length + end - start > this.bytes.length) this.#grow(end - start);
    this.bytes.set(from.subarray(start, end), this.length);
    this.length += end - start;
  }

  #grow(more: number): void {
    const bytes = new Uint8Array((this.length + more) * 2);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }
}
