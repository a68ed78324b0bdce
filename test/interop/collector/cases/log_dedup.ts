import { createRandom } from '@otelier/testkit/otlp/random';
import { pick } from '../../ottl/values.ts';
import type { ComponentCases, Configuration, Step } from '../cases.ts';

/** Returns requests with repeated records: few values per field, and attributes in any order. */
function repeatingSteps(seed: number): Step[] {
  const source = createRandom(seed);
  const random = () => source(2 ** 32) / 2 ** 32;
  const some = (probability: number, fields: object) => (random() < probability ? fields : {});
  const text = (key: string, ...values: string[]) => ({ key, value: { stringValue: pick(random, values) } });
  const shuffled = <T>(list: T[]) => list.sort(() => random() - 0.5);
  const map = (...values: object[]) => ({ kvlistValue: { values: shuffled(values) } });
  const attributes = () =>
    shuffled([
      text('id', '1', '2'),
      ...(random() < 0.5 ? [{ key: 'host.name', value: { stringValue: pick(random, ['a', 'b', 'c']) } }] : []),
      ...(random() < 0.5 ? [{ key: 'src', value: map(text('ip', '10.0.0.1', '10.0.0.2'), text('port', '80')) }] : []),
      ...(random() < 0.3 ? [{ key: 'n', value: { intValue: pick(random, ['1', '2']) } }] : []),
      ...(random() < 0.3 ? [{ key: 'x', value: { doubleValue: pick(random, [1, 2.5, -0]) } }] : []),
      ...(random() < 0.2 ? [{ key: 'empty', value: {} }] : []),
      ...(random() < 0.2
        ? [{ key: 'list', value: { arrayValue: { values: [{ boolValue: true }, { bytesValue: 'AQI=' }, {}] } } }]
        : []),
      ...(random() < 0.1 ? [text('log_count', '7'), text('first_observed_timestamp', 'never')] : []),
    ]);
  const body = () =>
    pick(random, [
      { stringValue: 'disk full' },
      { stringValue: '' },
      { intValue: '1' },
      { doubleValue: 1 },
      { boolValue: true },
      {},
      map(text('time', '1', '2', '3'), text('message', 'a', 'b')),
      map(text('message', 'a'), { key: 'user', value: map(text('name', 'ann', 'bob'), text('id', '1', '2')) }),
      map(),
      { arrayValue: { values: [{ stringValue: 'a' }] } },
    ]);
  const logRecord = () => ({
    timeUnixNano: pick(random, ['1500000000000000000', '1500000001000000000']),
    ...some(0.8, { body: body() }),
    ...some(0.7, { severityNumber: pick(random, [0, 9, 17, 24]) }),
    ...some(0.5, { severityText: pick(random, ['INFO', 'ERROR']) }),
    ...some(0.5, { attributes: attributes() }),
    ...some(0.3, { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708', flags: 1 }),
    ...some(0.2, { eventName: 'e', droppedAttributesCount: 3 }),
  });
  const scope = () => ({
    ...some(0.7, { name: pick(random, ['lib', 'other']) }),
    ...some(0.3, { version: '1' }),
    ...some(0.3, { attributes: [text('s', 't')] }),
  });
  return Array.from({ length: 15 }, () => ({
    send: {
      resourceLogs: Array.from({ length: 1 + source(2) }, () => ({
        resource: { attributes: shuffled([text('service.name', 'shop', 'cart'), text('zone', 'z')]) },
        ...some(0.3, { schemaUrl: 'https://example.com' }),
        scopeLogs: Array.from({ length: 1 + source(2) }, () => ({
          ...some(0.8, { scope: scope() }),
          logRecords: Array.from({ length: 1 + source(12) }, logRecord),
        })),
      })),
    },
  }));
}

const STEPS = repeatingSteps(1);
const own = (name: string, config: Configuration['config'], steps = STEPS): Configuration => ({
  name,
  config,
  signals: ['logs'],
  steps,
});
const refused = (name: string, config: Configuration['config']): Configuration => ({ name, config, signals: ['logs'] });

/** Test cases for `log_dedup`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'log_dedup',
  configurations: [
    own('defaults', {}),
    { name: 'generated records', config: {}, signals: ['logs'] },
    own('two intervals', { interval: '1s' }, [
      ...repeatingSteps(2).slice(0, 5),
      { waitMillis: 1300 },
      ...repeatingSteps(3).slice(0, 5),
    ]),
    own('an attribute for the count', { log_count_attribute: 'dedup.count', timezone: 'America/New_York' }),
    own('the count replaces an attribute', { log_count_attribute: 'id' }),
    own('a field of the body', { exclude_fields: ['body.time'] }),
    own('attributes that are excluded', {
      exclude_fields: ['attributes.id', 'attributes.host\\.name', 'attributes.x'],
    }),
    own('all attributes are excluded', { exclude_fields: ['attributes'] }),
    own('nested fields are excluded', { exclude_fields: ['attributes.src.ip', 'body.user.id', 'body.user.name'] }),
    own('a map and its field are excluded', { exclude_fields: ['attributes.src', 'attributes.src.ip', 'body.user'] }),
    own('fields that do not exist', {
      exclude_fields: ['attributes.nope', 'attributes.id.nope', 'body.message.nope.x'],
    }),
    own('one attribute is included', { include_fields: ['attributes.id'] }),
    own('attributes of all types are included', {
      include_fields: ['attributes.n', 'attributes.x', 'attributes.empty', 'attributes.list', 'attributes.src'],
    }),
    own('fields of the body are included', { include_fields: ['body.message', 'body.user.name'] }),
    own('body and attributes are included', {
      include_fields: ['attributes.host\\.name', 'body.user', 'attributes.src.ip'],
    }),
    own('a condition on attributes', { conditions: ['attributes["id"] == "1"'] }),
    own('several conditions', {
      conditions: ['severity_number == 17', 'IsMap(body)', 'resource.attributes["zone"] == nil'],
    }),
    own('conditions with context names', {
      conditions: ['log.severity_number >= SEVERITY_NUMBER_ERROR and resource.attributes["service.name"] == "shop"'],
    }),
    own('a condition that fails', { conditions: ['ParseJSON(attributes["id"]) == 1', 'true'] }),
    own('a condition that nothing matches', { conditions: ['false'], exclude_fields: ['attributes'] }),
    own('conditions and excluded fields', {
      conditions: ['severity_text == "INFO"'],
      exclude_fields: ['body.message', 'attributes.id'],
    }),
    own('conditions and included fields', { conditions: ['IsString(body)'], include_fields: ['attributes.id'] }),
    own('an empty part of a field', { exclude_fields: ['attributes.', 'body..x'] }),
    own('a time zone without a name', { timezone: '' }),
    refused('no interval', { interval: '0s' }),
    refused('a negative interval', { interval: '-1s' }),
    refused('no attribute for the count', { log_count_attribute: '' }),
    refused('an unknown time zone', { timezone: 'not a timezone' }),
    refused('an offset as time zone', { timezone: '+02:00' }),
    refused('the whole body is excluded', { exclude_fields: ['body'] }),
    refused('the whole body is included', { include_fields: ['body'] }),
    refused('a field of something else', { exclude_fields: ['resource.a'] }),
    refused('an included field of something else', { include_fields: ['severity_text'] }),
    refused('a field twice', { exclude_fields: ['body.a', 'body.a'] }),
    refused('an included field twice', { include_fields: ['attributes.a', 'attributes.a'] }),
    refused('included and excluded fields', { exclude_fields: ['body.a'], include_fields: ['body.b'] }),
    refused('a condition that is none', { conditions: ['attributes["a"] =='] }),
    refused('a condition with an unknown path', { conditions: ['span.name == "a"'] }),
    refused('an unknown option', { window: '1s' }),
  ],
};
