import { findField, forEachItem, partitionItems, payloadEnd, payloadStart, SIGNALS, type Signal } from '@otelier/otlp';

/** The items of a single trace within a request. */
export interface TracePiece {
  /** The ID's bytes, one per character. */
  readonly traceId: string;
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/** Splits a request into one request per trace. Items without a trace ID are treated as a trace. */
export function splitByTrace(signal: Signal, request: Uint8Array): TracePiece[] {
  const field = SIGNALS[signal].traceIdField ?? 0;
  const numbers = new Map<string, number>();
  const traces: number[] = [];
  forEachItem(signal, request, ({ bytes, start, end }) => {
    const value = findField(bytes, start, end, field);
    const traceId = value < 0 ? '' : textOf(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
    let number = numbers.get(traceId);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(traceId, number);
    }
    traces.push(number);
  });
  let item = 0;
  const partitions = partitionItems(signal, request, numbers.size, () => traces[item++] as number);
  return [...numbers].flatMap(([traceId, number]) => {
    const partition = partitions[number];
    return partition === undefined ? [] : [{ traceId, ...partition }];
  });
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
