import type { Exemplar, ExpositionSink, Sample } from './exposition.ts';
import { TextReader } from './text-reader.ts';

const NO_EXEMPLARS: readonly Exemplar[] = [];

/** Where the values of a text are, by which a page of the same shape is recognized. */
export interface TextShape {
  /** Offsets of the first byte of each value, and of the byte after it. */
  readonly starts: number[];
  readonly ends: number[];
  /** Whether lines have nothing but series and values. */
  isPlain: boolean;
}

/** Reads a page in the text format 0.0.4 or in OpenMetrics. Throws an `ExpositionError`. */
export function readText(bytes: Buffer, isOpenMetrics: boolean, sink: ExpositionSink): TextShape {
  const reader = new TextReader(bytes, isOpenMetrics);
  const shape: TextShape = { starts: [], ends: [], isPlain: true };
  for (;;) {
    switch (reader.next()) {
      case 'end':
        return shape;
      case 'type':
        sink.metadata(reader.family, { type: reader.type });
        break;
      case 'help':
        sink.metadata(reader.family, { help: reader.text });
        break;
      case 'unit':
        sink.metadata(reader.family, { unit: reader.text });
        break;
      case 'sample':
        shape.starts.push(reader.valueStart);
        shape.ends.push(reader.valueEnd);
        if (reader.timestampMillis !== undefined || reader.exemplar !== undefined) shape.isPlain = false;
        sink.sample(sampleOf(reader));
    }
  }
}

function sampleOf(reader: TextReader): Sample {
  return {
    key: reader.seriesKey(),
    value: reader.value,
    timestampMillis: reader.timestampMillis,
    startMillis: undefined,
    exemplars: reader.exemplar === undefined ? NO_EXEMPLARS : [reader.exemplar],
    identity: () => reader.identity(),
  };
}
