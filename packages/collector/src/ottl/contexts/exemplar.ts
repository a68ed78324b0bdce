import { EXEMPLAR_FIELDS, readDouble, readSfixed64 } from '@otelier/otlp';
import { doubleField, fixed64Field } from '../record/encode.ts';
import { expectInteger, mismatch, type Paths, type RecordOf, valuePath } from './access.ts';
import { idPaths, timePaths } from './fields.ts';
import { attributesPath } from './maps.ts';

const exemplar: RecordOf = (subject) => subject.exemplar;
const { asDouble, asInt } = EXEMPLAR_FIELDS;

/** Exemplar paths. Setting one kind of value removes the other. */
export const EXEMPLAR_PATHS: Paths = {
  ...timePaths('time', exemplar, EXEMPLAR_FIELDS.timeUnixNano),
  double_value: valuePath(
    (subject) => {
      const value = exemplar(subject).find(asDouble);
      return value < 0 ? 0 : readDouble(exemplar(subject).source, value);
    },
    (subject, value) => {
      if (typeof value !== 'number') mismatch('float64', value);
      exemplar(subject).put(asInt, undefined);
      exemplar(subject).put(asDouble, doubleField(asDouble, value));
    },
  ),
  int_value: valuePath(
    (subject) => {
      const value = exemplar(subject).find(asInt);
      return value < 0 ? 0n : BigInt(readSfixed64(exemplar(subject).source, value));
    },
    (subject, value) => {
      const content = fixed64Field(asInt, expectInteger(value));
      exemplar(subject).put(asDouble, undefined);
      exemplar(subject).put(asInt, content);
    },
  ),
  ...idPaths('trace_id', 'trace', exemplar, EXEMPLAR_FIELDS.traceId),
  ...idPaths('span_id', 'span', exemplar, EXEMPLAR_FIELDS.spanId),
  filtered_attributes: attributesPath(exemplar, EXEMPLAR_FIELDS.filteredAttributes),
};
