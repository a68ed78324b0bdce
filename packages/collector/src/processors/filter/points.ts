import { DATA_POINT_FIELDS, encodeKey, FoundAttribute, findAttribute, metricKindOf } from '@otelier/otlp';
import type { Subject } from '../../ottl/record/subject.ts';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';

const POINTS = 1;
const found = new FoundAttribute();

/** Whether some data point of the metric passes a test of its attributes, as text by key. */
export function somePointMatches(
  subject: Subject,
  test: (label: (name: string) => string | undefined) => boolean,
): boolean {
  const kind = metricKindOf(subject.dataField);
  if (kind === undefined) return false;
  const field = DATA_POINT_FIELDS[kind].attributes;
  let matches = false;
  subject.data.forEach(POINTS, (bytes, start, end) => {
    if (matches) return;
    matches = test((name) =>
      findAttribute(bytes, start, end, field, encodeKey(name), found)
        ? attributeText(readValue(bytes, found.valueStart, found.valueEnd))
        : undefined,
    );
  });
  return matches;
}
