import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from './logging.ts';

function logged(encoding: 'console' | 'json', log: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  log(
    createLogger({ level: 'info', encoding, initialFields: { zone: 'a' } }, { write: (line) => void lines.push(line) }),
  );
  return lines.join('');
}

test('writes one line per record for people, followed by the stack of an error', () => {
  const text = logged('console', (logger) => {
    logger.child({ component: 'otlp', kind: 'exporter' }).warn({ reason: 'no route', millis: 5 }, 'Sending fails.');
    logger.debug('not seen');
    logger.error({ err: new Error('boom') }, 'Broken.');
  });
  const [first, second, ...stack] = text.split('\n');
  assert.match(
    first ?? '',
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}otlp {2}Sending fails\. zone=a reason="no route" millis=5$/,
  );
  assert.match(second ?? '', / ERROR Broken\. zone=a$/);
  assert.match(stack.join('\n'), /Error: boom\n {4}at /);
});

test('writes JSON lines with encoding json', () => {
  const line = JSON.parse(logged('json', (logger) => logger.info({ port: 4317 }, 'Listening.')));
  assert.equal(line.msg, 'Listening.');
  assert.equal(line.port, 4317);
  assert.equal(line.zone, 'a');
  assert.match(line.time, /^\d{4}-\d\d-\d\dT/);
});
