import type { EventEmitter } from 'node:events';

/** The result of a synchronous zlib function called with the `info` option. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: EventEmitter;
}

/**
 * Runs a synchronous zlib function and drops the references held by its stream. The stream survives minor garbage
 * collections because of its native part, and would retain its input and output until a major collection: at 100
 * requests per second, another megabyte every second.
 */
export function atOnce<Options extends object>(
  run: (input: Uint8Array, options: Options) => Buffer,
  input: Uint8Array,
  options: Options,
): Buffer {
  const result = run(input, { ...options, info: true }) as Buffer | WithEngine;
  // Other runtimes may ignore the `info` option.
  if (result instanceof Uint8Array) return result;
  const { buffer, engine } = result;
  // The error listener retains the input and the output chunks.
  engine.removeAllListeners('error');
  Reflect.set(engine, '_outBuffer', undefined);
  return buffer;
}
