import type { FieldReader } from '@otelier/otlp';
import { doubleOf, fieldsOf, intOf, isStaleMarker, messageOf, textOf } from './fields.ts';
import { decodeHistogram } from './histogram.ts';
import type { WrittenExemplar, WrittenHistogram, WrittenSample, WrittenSeries } from './series.ts';

/** Decodes a request of remote write 1.0 (`prometheus.WriteRequest`). */
export function decodeV1(bytes: Uint8Array): WrittenSeries[] {
  const series: WrittenSeries[] = [];
  const descriptions = new Map<string, { help: string; unit: string }>();
  for (const field of fieldsOf(bytes, 0, bytes.length)) {
    if (field.field === 1) series.push(decodeSeries(messageOf(field)));
    else if (field.field === 3) {
      const { name, help, unit } = decodeMetadata(messageOf(field));
      descriptions.set(name, { help, unit });
    }
  }
  return series.map((one) => ({ ...one, ...descriptions.get(one.labels.get('__name__') ?? '') }));
}

function decodeSeries(fields: Iterable<FieldReader>): WrittenSeries {
  const labels = new Map<string, string>();
  const samples: WrittenSample[] = [];
  const histograms: WrittenHistogram[] = [];
  const exemplars: WrittenExemplar[] = [];
  for (const field of fields) {
    if (field.field === 1) addLabel(labels, messageOf(field));
    else if (field.field === 2) samples.push(decodeSample(messageOf(field)));
    else if (field.field === 3) exemplars.push(decodeExemplar(messageOf(field)));
    else if (field.field === 4) histograms.push(decodeHistogram(messageOf(field)));
  }
  return { labels, samples, histograms, exemplars, help: '', unit: '' };
}

function addLabel(labels: Map<string, string>, fields: Iterable<FieldReader>): void {
  let [name, value] = ['', ''];
  for (const field of fields) {
    if (field.field === 1) name = textOf(field);
    else if (field.field === 2) value = textOf(field);
  }
  labels.set(name, value);
}

/** Decodes a sample; its field 3, the start time, exists only in version 2. */
export function decodeSample(fields: Iterable<FieldReader>): WrittenSample {
  let [value, time, startTime, isStale] = [0, 0, 0, false];
  for (const field of fields) {
    if (field.field === 1) {
      value = doubleOf(field);
      isStale = isStaleMarker(field);
    } else if (field.field === 2) time = intOf(field);
    else if (field.field === 3) startTime = intOf(field);
  }
  return { value, time, startTime, isStale };
}

function decodeExemplar(fields: Iterable<FieldReader>): WrittenExemplar {
  const labels = new Map<string, string>();
  let [value, time] = [0, 0];
  for (const field of fields) {
    if (field.field === 1) addLabel(labels, messageOf(field));
    else if (field.field === 2) value = doubleOf(field);
    else if (field.field === 3) time = intOf(field);
  }
  return { labels, value, time };
}

function decodeMetadata(fields: Iterable<FieldReader>): { name: string; help: string; unit: string } {
  const metadata = { name: '', help: '', unit: '' };
  for (const field of fields) {
    if (field.field === 2) metadata.name = textOf(field);
    else if (field.field === 4) metadata.help = textOf(field);
    else if (field.field === 5) metadata.unit = textOf(field);
  }
  return metadata;
}
