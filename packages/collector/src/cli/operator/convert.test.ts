import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { processConsole } from '../console.ts';
import { convertObjectsCommand } from './convert.ts';

const SOURCE = `
apiVersion: opentelemetry.io/v1alpha1
kind: OpenTelemetryCollector
metadata: { name: gateway, namespace: shop }
spec:
  args: { feature-gates: x }
  config: |
    receivers: { otlp: { protocols: { grpc: } } }
    processors: { batch: { timeout: soon } }
    exporters: { debug: }
    service: { pipelines: { traces: { receivers: [otlp], processors: [batch], exporters: [debug] } } }
---
apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: { name: empty }
---
apiVersion: opentelemetry.io/v1alpha1
kind: Instrumentation
metadata: { name: plain }
spec: { sampler: { type: always_on } }
`;

test('converts the objects of a file, and names on standard error what is missing and wrong', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-convert-'));
  t.after(() => rm(directory, { recursive: true }));
  const printed: string[] = [];
  const errors: string[] = [];
  const console = {
    ...processConsole,
    print: (line: string) => printed.push(line),
    error: (line: string) => errors.push(line),
  };
  const convert = async (text: string): Promise<void> => {
    const file = join(directory, 'objects.yaml');
    await writeFile(file, text);
    await convertObjectsCommand({ file }, console);
  };
  await convert(SOURCE);
  assert.equal(process.exitCode, 3);
  process.exitCode = undefined;
  const kinds = parseAllDocuments(printed.join('\n')).map((document) => (document.toJS() as { kind: string }).kind);
  assert.deepEqual(kinds, ['Collector', 'Instrumentation']);
  assert.deepEqual(errors, [
    'not converted: OpenTelemetryCollector shop/gateway: spec.args: otelier has other arguments',
    'not valid: OpenTelemetryCollector shop/gateway: spec.config.processors.batch.timeout: expected a duration such as "200ms", "5s" or "1h30m", got "soon"',
    'not converted: OpenTelemetryCollector empty: spec.config: expected a configuration',
  ]);
  await assert.rejects(
    convert('kind: Service'),
    /expected OpenTelemetryCollector or Instrumentation objects, got none/,
  );
  await assert.rejects(convert('a: ['), /nothing was converted/);
  await assert.rejects(convertObjectsCommand({ file: join(directory, 'missing') }, console), /missing: ENOENT/);
});
