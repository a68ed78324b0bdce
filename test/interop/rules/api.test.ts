import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApi } from '@otelier/query';
import { testGraph, testStatus } from '@otelier/testkit/memory-api';
import { start } from '../../../packages/alerting/src/alerting.testing.ts';
import { rulesViewOf } from '../../../packages/collector/src/extensions/alerting/rules-view.ts';
import { REQUESTS, RULES, withoutTimes } from './api-requests.ts';

interface Response {
  readonly status: number;
  readonly body: { readonly errorType?: string; readonly error?: string };
}
const recorded: Readonly<Record<string, Response>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'api-responses.json'), 'utf8'),
);

/** Requests whose errors have other texts, with the reason. */
const OTHER_TEXT: Readonly<Record<string, string>> = {
  'rules?match[]={team=': 'the error names the parameter, and says what was expected',
};

test('rules and alerts are shown as Prometheus shows them', async (t) => {
  const { alerting, step, until } = await start(t, { rules: RULES });
  await step();
  await until(() => alerting.rules().every(({ rules }) => rules.every(({ evaluatedAt }) => evaluatedAt !== undefined)));
  const api = createApi({
    ...{ store: () => undefined, graph: () => testGraph, status: () => testStatus },
    subscribeLogs: () => () => undefined,
    rules: () => rulesViewOf(() => alerting),
  });
  for (const path of REQUESTS) {
    const response = await api.fetch(
      new Request(`http://127.0.0.1/prometheus/api/v1/${path}`, { headers: { host: 'localhost' } }),
    );
    const own = { status: response.status, body: withoutTimes(await response.text()) };
    const expected = recorded[path];
    assert.ok(expected !== undefined, path);
    if (OTHER_TEXT[path] === undefined) assert.deepEqual(own, expected, path);
    else assert.partialDeepStrictEqual(own, { status: expected.status, body: { errorType: expected.body.errorType } });
  }
});
