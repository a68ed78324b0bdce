import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listenToDiagnostics } from '../diagnostics.testing.ts';
import { resourceFromEnvironment } from './environment.ts';

describe('the environment of a resource', () => {
  test('has comma-separated, percent-decoded string attributes', () => {
    assert.deepEqual(
      resourceFromEnvironment({
        OTEL_RESOURCE_ATTRIBUTES:
          ' service.version = 1.2 ,deployment.environment.name=k%C3%B6ln%2C%3D%20b,empty=,,plus=a+b,flag=true,a%2Cb=c,',
      }),
      {
        'service.version': '1.2',
        'deployment.environment.name': 'köln,= b',
        empty: '',
        plus: 'a+b',
        flag: 'true',
        'a,b': 'c',
      },
    );
  });

  test('is empty without variables', () => {
    for (const text of [undefined, '', ' ', ' , ,']) {
      assert.deepEqual(resourceFromEnvironment({ OTEL_RESOURCE_ATTRIBUTES: text, OTEL_SERVICE_NAME: text && ' ' }), {});
    }
  });

  test('has the last value of a key, and the service name of its own variable', () => {
    const environment = { OTEL_RESOURCE_ATTRIBUTES: 'a=1,service.name=one,a=2', OTEL_SERVICE_NAME: ' shop=1 ' };
    assert.deepEqual(resourceFromEnvironment(environment), { a: '2', 'service.name': 'shop=1' });
  });

  for (const wrong of ['no value', '=value', 'a=b=c', 'a=%', 'a=%C3', '%=b']) {
    test(`ignores and logs a list with ${JSON.stringify(wrong)}`, (t) => {
      const warnings = listenToDiagnostics(t);
      const environment = { OTEL_RESOURCE_ATTRIBUTES: `fine=1,${wrong}`, OTEL_SERVICE_NAME: 'shop' };
      assert.deepEqual(resourceFromEnvironment(environment), { 'service.name': 'shop' });
      assert.deepEqual(warnings, [
        `OTEL_RESOURCE_ATTRIBUTES: expected key=value, percent-encoded, got ${JSON.stringify(wrong)}; variable ignored`,
      ]);
    });
  }
});
