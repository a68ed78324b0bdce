import type { FieldReader } from '@otelier/otlp';
import { decodeSample } from './decode-v1.ts';
import { appendUints, doubleOf, fieldsOf, intOf, messageOf, textOf, uintOf } from './fields.ts';
import { decodeHistogram } from './histogram.ts';
import {
  RemoteWriteError,
  type WrittenExemplar,
  type WrittenHistogram,
  type WrittenSample,
  type WrittenSeries,
} from './series.ts';

/** Decodes a request of remote write 2.0 (`io.prometheus.write.v2.Request`), whose texts are in a table of symbols. */
export function decodeV2(bytes: Uint8Array): WrittenSeries[] {
  const symbols: string[] = [];
  // Symbols come before series, but protobuf allows any order.
  for (const field of fieldsOf(bytes, 0, bytes.length)) if (field.field === 4) symbols.push(textOf(field));
  const series: WrittenSeries[] = [];
  for (const field of fieldsOf(bytes, 0, bytes.length)) {
    if (field.field === 5) series.push(decodeSeries(messageOf(field), symbols));
  }
  return series;
}

function decodeSeries(fields: Iterable<FieldReader>, symbols: readonly string[]): WrittenSeries {
  const references: number[] = [];
  const samples: WrittenSample[] = [];
  const histograms: WrittenHistogram[] = [];
  const exemplars: WrittenExemplar[] = [];
  let [help, unit, created] = ['', '', 0];
  for (const field of fields) {
    switch (field.field) {
      case 1:
        appendUints(field, references);
        break;
      case 2:
        samples.push(decodeSample(messageOf(field)));
        break;
      case 3:
        histograms.push(decodeHistogram(messageOf(field)));
        break;
      case 4:
        exemplars.push(decodeExemplar(messageOf(field), symbols));
        break;
      case 5:
        for (const part of messageOf(field)) {
          if (part.field === 3) help = symbolOf(symbols, uintOf(part));
          else if (part.field === 4) unit = symbolOf(symbols, uintOf(part));
        }
        break;
      case 6:
        created = intOf(field);
        break;
      default:
    }
  }
  const started = <T extends { readonly startTime: number }>(points: readonly T[]): readonly T[] =>
    created === 0 ? points : points.map((point) => (point.startTime === 0 ? { ...point, startTime: created } : point));
  const labels = labelsOf(references, symbols);
  return { labels, samples: started(samples), histograms: started(histograms), exemplars, help, unit };
}

function decodeExemplar(fields: Iterable<FieldReader>, symbols: readonly string[]): WrittenExemplar {
  const references: number[] = [];
  let [value, time] = [0, 0];
  for (const field of fields) {
    if (field.field === 1) appendUints(field, references);
    else if (field.field === 2) value = doubleOf(field);
    else if (field.field === 3) time = intOf(field);
  }
  return { labels: labelsOf(references, symbols), value, time };
}

function labelsOf(references: readonly number[], symbols: readonly string[]): ReadonlyMap<string, string> {
  if (references.length % 2 !== 0) throw new RemoteWriteError('expected pairs of label references, got an odd number');
  const labels = new Map<string, string>();
  for (let index = 0; index < references.length; index += 2) {
    labels.set(symbolOf(symbols, references[index]), symbolOf(symbols, references[index + 1]));
  }
  return labels;
}

function symbolOf(symbols: readonly string[], reference: number): string {
  const symbol = symbols[reference];
  if (symbol !== undefined) return symbol;
  throw new RemoteWriteError(`expected a reference below ${symbols.length}, got ${reference}`);
}
