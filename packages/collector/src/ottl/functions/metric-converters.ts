import { DATA_POINT_FIELDS, encodeKey, FoundAttribute, findAttribute, metricKindOf } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import { literalText } from '../compile/parameters.ts';
import type { Subject } from '../record/subject.ts';
import { readValue } from '../values/codec.ts';
import { attributeText } from '../values/text.ts';

/** Metric converters, which check data point attributes. */
export const METRIC_CONVERTERS: readonly FunctionDefinition[] = [
  defineFunction('HasAttrKeyOnDatapoint', { key: literalText() }, ({ key }) => {
    const encoded = encodeKey(key);
    return (subject) => somePoint(subject, encoded, () => true);
  }),
  defineFunction('HasAttrOnDatapoint', { key: literalText(), expectedVal: literalText() }, ({ key, expectedVal }) => {
    const encoded = encodeKey(key);
    return (subject) =>
      somePoint(subject, encoded, (bytes, start, end) => attributeText(readValue(bytes, start, end)) === expectedVal);
  }),
];

const POINTS = 1;
const found = new FoundAttribute();

/** Reports whether an attribute value of any data point satisfies a test. */
function somePoint(
  subject: Subject,
  key: Uint8Array,
  test: (bytes: Uint8Array, start: number, end: number) => boolean,
): boolean {
  const kind = metricKindOf(subject.dataField);
  if (kind === undefined) return false;
  const field = DATA_POINT_FIELDS[kind].attributes;
  let matches = false;
  subject.data.forEach(POINTS, (bytes, start, end) => {
    if (!matches && findAttribute(bytes, start, end, field, key, found))
      matches = test(bytes, found.valueStart, found.valueEnd);
  });
  return matches;
}
