/**
 * A small assembler of WebAssembly (WebAssembly Core Specification 2.0, "Binary Format"), so that the kernel is plain
 * TypeScript: checked, formatted and without a build step. Statements and expressions are functions that append their
 * bytes; labels are resolved while they do.
 */
export type Code = (out: number[], labels: readonly string[]) => void;
/** An expression: code, a local variable, or a 32-bit constant. */
export type Value = Code | Local | number;

/** A local variable of a function. */
export interface Local {
  readonly index: number;
}

const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;
const VOID = 0x40;

/** Types of local variables. */
export const TYPES = { i32: I32, i64: I64, v128: V128 } as const;

function unsigned(value: number): number[] {
  const out: number[] = [];
  let rest = value >>> 0;
  for (; rest > 0x7f; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  out.push(rest);
  return out;
}

function signed(value: bigint): number[] {
  const out: number[] = [];
  for (let rest = value; ; ) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && byte < 0x40) || (rest === -1n && byte >= 0x40);
    out.push(isLast ? byte : byte | 0x80);
    if (isLast) return out;
  }
}

function emit(value: Value, out: number[], labels: readonly string[]): void {
  if (typeof value === 'function') value(out, labels);
  else if (typeof value === 'number') out.push(0x41, ...signed(BigInt(value | 0)));
  else out.push(0x20, ...unsigned(value.index));
}

/** Returns a function that writes an instruction with this opcode after its operands. */
function instruction<Operands extends readonly Value[]>(...opcode: readonly number[]) {
  return (...operands: Operands): Code =>
    (out, labels) => {
      for (const operand of operands) emit(operand, out, labels);
      out.push(...opcode);
    };
}

type Unary = [Value];
type Binary = [Value, Value];

/** Instructions on 32-bit integers. Comparisons and loads are unsigned. */
export const i32 = {
  eqz: instruction<Unary>(0x45),
  eq: instruction<Binary>(0x46),
  ne: instruction<Binary>(0x47),
  lt: instruction<Binary>(0x49),
  gt: instruction<Binary>(0x4b),
  le: instruction<Binary>(0x4d),
  ge: instruction<Binary>(0x4f),
  add: instruction<Binary>(0x6a),
  sub: instruction<Binary>(0x6b),
  mul: instruction<Binary>(0x6c),
  div: instruction<Binary>(0x6e),
  and: instruction<Binary>(0x71),
  or: instruction<Binary>(0x72),
  xor: instruction<Binary>(0x73),
  shl: instruction<Binary>(0x74),
  shr: instruction<Binary>(0x76),
  wrap: instruction<Unary>(0xa7),
  load: (address: Value, offset = 0) => access(0x28, [address], offset),
  load8: (address: Value, offset = 0) => access(0x2d, [address], offset),
  load16: (address: Value, offset = 0) => access(0x2f, [address], offset),
  store: (address: Value, value: Value, offset = 0) => access(0x36, [address, value], offset),
  store8: (address: Value, value: Value, offset = 0) => access(0x3a, [address, value], offset),
};

/** Instructions on 64-bit integers. */
export const i64 = {
  constant:
    (value: bigint): Code =>
    (out) =>
      out.push(0x42, ...signed(BigInt.asIntN(64, value))),
  eqz: instruction<Unary>(0x50),
  eq: instruction<Binary>(0x51),
  gt: instruction<Binary>(0x56),
  sub: instruction<Binary>(0x7d),
  mul: instruction<Binary>(0x7e),
  and: instruction<Binary>(0x83),
  or: instruction<Binary>(0x84),
  xor: instruction<Binary>(0x85),
  shl: instruction<Binary>(0x86),
  shr: instruction<Binary>(0x88),
  extend: instruction<Unary>(0xad),
  load: (address: Value, offset = 0) => access(0x29, [address], offset),
  store: (address: Value, value: Value, offset = 0) => access(0x37, [address, value], offset),
};

/** Instructions on vectors of 16 bytes. */
export const v128 = {
  load: (address: Value, offset = 0) => access([0xfd, 0], [address], offset),
  store: (address: Value, value: Value, offset = 0) => access([0xfd, 11], [address, value], offset),
  and: instruction<Binary>(0xfd, 0x4e),
  /** One of the two 64-bit numbers. */
  half: (vector: Value, index: 0 | 1) => instruction<Unary>(0xfd, 0x1d, index)(vector),
  eq: instruction<Binary>(0xfd, 0x23),
  xor: instruction<Binary>(0xfd, 0x51),
  anyTrue: instruction<Unary>(0xfd, 0x53),
  /** The highest bit of each byte, as 16 bits. */
  bitmask: instruction<Unary>(0xfd, 0x64),
};

function access(opcode: number | readonly number[], operands: readonly Value[], offset: number): Code {
  return (out, labels) => {
    for (const operand of operands) emit(operand, out, labels);
    out.push(...(typeof opcode === 'number' ? [opcode] : opcode), 0, ...unsigned(offset));
  };
}

/** Assigns a local variable. */
export function set(local: Local, value: Value): Code {
  return (out, labels) => {
    emit(value, out, labels);
    out.push(0x21, ...unsigned(local.index));
  };
}

/** A block, which `go` leaves. */
export function block(label: string, ...body: readonly Code[]): Code {
  return (out, labels) => nested(out, 0x02, [label, ...labels], body);
}

/** A loop, of which `go` starts the next turn. It ends at the end of its body. */
export function loop(label: string, ...body: readonly Code[]): Code {
  return (out, labels) => nested(out, 0x03, [label, ...labels], body);
}

function nested(out: number[], opcode: number, labels: readonly string[], body: readonly Code[]): void {
  out.push(opcode, VOID);
  for (const code of body) code(out, labels);
  out.push(0x0b);
}

/** Runs statements if a condition is not 0. */
export function when(condition: Value, body: readonly Code[], fallback: readonly Code[] = []): Code {
  return (out, labels) => {
    emit(condition, out, labels);
    out.push(0x04, VOID);
    for (const code of body) code(out, ['', ...labels]);
    if (fallback.length > 0) out.push(0x05);
    for (const code of fallback) code(out, ['', ...labels]);
    out.push(0x0b);
  };
}

/** Leaves a block or starts the next turn of a loop, if the condition is not 0. */
export function go(label: string, condition?: Value): Code {
  return (out, labels) => {
    const depth = labels.indexOf(label);
    if (depth < 0) throw new Error(`expected a label around the code, got "${label}"`);
    if (condition !== undefined) emit(condition, out, labels);
    out.push(condition === undefined ? 0x0c : 0x0d, ...unsigned(depth));
  };
}

/** Returns from the function with a value. */
export function exit(value: Value): Code {
  return (out, labels) => {
    emit(value, out, labels);
    out.push(0x0f);
  };
}

/** Calls a function of the module by its name, and gives its result. */
export function call(target: { readonly index: number }, ...operands: readonly Value[]): Code {
  return (out, labels) => {
    for (const operand of operands) emit(operand, out, labels);
    out.push(0x10, ...unsigned(target.index));
  };
}

/** Declares the parameters and then the local variables of a function. */
export class FunctionScope {
  parameters = 0;
  readonly locals: number[] = [];

  /** Declares a 32-bit parameter. */
  parameter(): Local {
    return { index: this.parameters++ };
  }

  local(type: keyof typeof TYPES = 'i32'): Local {
    this.locals.push(TYPES[type]);
    return { index: this.parameters + this.locals.length - 1 };
  }
}

interface Definition {
  readonly scope: FunctionScope;
  readonly result: number;
  readonly body: readonly Code[];
  readonly name: string | undefined;
}

/** A module with one memory, which the caller provides as `env.memory`. */
export class WasmModule {
  readonly #functions: Definition[] = [];

  /** Adds a function, which is exported if it has a name. The last statement gives the result. */
  define(
    result: 'i32' | 'i64',
    build: (scope: FunctionScope) => readonly Code[],
    name?: string,
  ): { readonly index: number } {
    const scope = new FunctionScope();
    this.#functions.push({ scope, result: TYPES[result], body: build(scope), name });
    return { index: this.#functions.length - 1 };
  }

  /** Returns the binary module. */
  encode(): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const types = functions.map(({ scope, result }) => [
      ...[0x60, ...unsigned(scope.parameters)],
      ...new Array<number>(scope.parameters).fill(I32),
      ...[1, result],
    ]);
    const exported = functions.flatMap(({ name }, index) =>
      name === undefined ? [] : [[...text(name), 0, ...unsigned(index)]],
    );
    return Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, vector(types)),
      ...section(2, vector([[...text('env'), ...text('memory'), 2, 0, 1]])),
      ...section(3, vector(functions.map((_, index) => unsigned(index)))),
      ...section(7, vector(exported)),
      ...section(10, vector(functions.map(encodeBody))),
    ]);
  }
}

function encodeBody({ scope, body }: Definition): number[] {
  const code = vector(scope.locals.map((type) => [1, type]));
  for (const statement of body) statement(code, []);
  code.push(0x0b);
  return [...unsigned(code.length), ...code];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  const bytes = Buffer.from(value);
  return [...unsigned(bytes.length), ...bytes];
}
