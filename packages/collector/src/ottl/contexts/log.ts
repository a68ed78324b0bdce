import { LOG_RECORD_FIELDS, payloadEnd, payloadStart } from '@otelier/otlp';
import { bytesField } from '../record/encode.ts';
import type { Subject } from '../record/subject.ts';
import { encodeValue, readValue } from '../values/codec.ts';
import { attributeText } from '../values/text.ts';
import { EvaluationError, isList, isMap, typeName, type Value } from '../values/value.ts';
import { expectText, type Key, type PathDefinition, type Paths, type RecordOf, valuePath } from './access.ts';
import { enumField, fixed32Path, idPaths, textField, timePaths, uint32Field } from './fields.ts';
import { getByKeys, setByKeys, setInList } from './indexing.ts';
import { attributesPath } from './maps.ts';

const log: RecordOf = (subject) => subject.item;

/** Log record paths. */
export const LOG_PATHS: Paths = {
  ...timePaths('time', log, LOG_RECORD_FIELDS.timeUnixNano),
  ...timePaths('observed_time', log, LOG_RECORD_FIELDS.observedTimeUnixNano),
  severity_number: enumField(log, LOG_RECORD_FIELDS.severityNumber),
  severity_text: textField(log, LOG_RECORD_FIELDS.severityText),
  body: bodyPath(),
  'body.string': valuePath(
    (subject) => attributeText(readBody(subject)),
    (subject, value) => writeBody(subject, expectText(value)),
  ),
  attributes: attributesPath(log, LOG_RECORD_FIELDS.attributes),
  dropped_attributes_count: uint32Field(log, LOG_RECORD_FIELDS.droppedAttributesCount),
  flags: fixed32Path(log, LOG_RECORD_FIELDS.flags, false),
  ...idPaths('trace_id', 'trace', log, LOG_RECORD_FIELDS.traceId),
  ...idPaths('span_id', 'span', log, LOG_RECORD_FIELDS.spanId),
  event_name: textField(log, LOG_RECORD_FIELDS.eventName),
};

function bodyPath(): PathDefinition {
  return {
    kind: 'indexable',
    build: (keys) => (keys.length === 0 ? { get: readBody, set: writeBody } : bodyByKeys(keys)),
  };
}

function bodyByKeys(keys: readonly Key[]): { get(subject: Subject): Value; set(subject: Subject, value: Value): void } {
  return {
    get: (subject) => getByKeys(indexableBody(subject), keys, 0, subject),
    set(subject, value) {
      const body = indexableBody(subject);
      try {
        if (isMap(body)) setByKeys(body, keys, value, subject);
        else if (isList(body)) setInList(body, keys, value, subject);
      } finally {
        writeBody(subject, body);
      }
    },
  };
}

function indexableBody(subject: Subject): Value {
  const body = readBody(subject);
  if (isMap(body) || isList(body)) return body;
  throw new EvaluationError(`expected a map or list as the body of the log record, got ${typeName(body)}`);
}

function readBody(subject: Subject): Value {
  const message = log(subject);
  const value = message.find(LOG_RECORD_FIELDS.body);
  const { source } = message;
  return value < 0 ? undefined : readValue(source, payloadStart(source, value), payloadEnd(source, value));
}

function writeBody(subject: Subject, value: Value): void {
  const encoded = encodeValue(value);
  log(subject).put(
    LOG_RECORD_FIELDS.body,
    encoded.length === 0 ? undefined : bytesField(LOG_RECORD_FIELDS.body, encoded),
  );
}
