import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { forEachLogRecord, requestFromJson } from '@otelier/otlp';
import { syslogMessage } from '../../../packages/collector/src/exporters/syslog/message.ts';
import { CASES } from './cases.ts';

test('log records become the same messages as in the Collector', () => {
  const recorded = JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')) as unknown;
  const here = CASES.map(({ name, config, logs }) => {
    const options = { protocol: config.protocol, enableOctetCounting: config.enable_octet_counting ?? false };
    const request = requestFromJson('logs', JSON.stringify(logs));
    assert.ok(request.ok, name);
    let message = '';
    forEachLogRecord(request.bytes, (record) => {
      message = syslogMessage(record, options);
    });
    return [name, message];
  });
  assert.deepEqual(Object.fromEntries(here), recorded);
});
