import { fluentForward } from '../../../packages/collector/src/receivers/fluent_forward.ts';
import type { Comparison } from '../check.ts';
import { type ClientProgram, compareClientPrograms } from '../client-programs.ts';

const SHARED_KEY = 'a long secret';
const MODES = ['Message', 'Forward', 'PackedForward', 'CompressedPackedForward'];

const PYTHON: ClientProgram = {
  name: 'send.py',
  language: 'python',
  records: 1000,
  source: `
import sys
from fluent import sender
for n in range(2):
    client = sender.FluentSender('python', host='127.0.0.1', port=int(sys.argv[1]), nanosecond_precision=n == 1)
    for i in range(500):
        assert client.emit('app', {'message': 'line %d' % (n * 500 + i), 'nested': {'a': [1, 2.5, None, True]}})
    client.close()
`,
};

const JAVASCRIPT: ClientProgram = {
  name: 'send.mjs',
  language: 'javascript',
  records: MODES.length * 250,
  config: { security: { shared_key: SHARED_KEY } },
  source: `
import { FluentClient } from '@fluent-org/logger';
let line = 0;
for (const eventMode of ${JSON.stringify(MODES)}) {
  const client = new FluentClient('js', {
    eventMode, ack: { ackTimeout: 10000 }, flushInterval: 5,
    socket: { host: '127.0.0.1', port: Number(process.argv[2]) },
    security: { clientHostname: 'client', sharedKey: ${JSON.stringify(SHARED_KEY)} },
  });
  await client.connect();
  await Promise.all(Array.from({ length: 250 }, () => client.emit({ message: 'line ' + line++ })));
  await client.disconnect();
}
`,
};

/** Sends with the client libraries for Python and JavaScript, the latter with acknowledgments and a shared key. */
export function compareFluentSenders(): Promise<Comparison> {
  const libraries = { directory: 'fluent', npm: ['@fluent-org/logger'], pip: ['fluent-logger'] };
  return compareClientPrograms(fluentForward, [PYTHON, JAVASCRIPT], libraries);
}
