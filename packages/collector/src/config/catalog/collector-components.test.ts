import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registry } from '../../registry.generated.ts';
import { SECTIONS } from '../components.ts';
import { formatConfigError } from '../config-error.ts';
import { loadConfig } from '../load.ts';
import { findEntry, namesOf } from '../registry.ts';
import { collectorComponents, isOnlyInCollector } from './collector-components.ts';

const RECEIVERS = 'receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:7317}}}}';
const NOP = 'exporters: {nop: {}}';
const PIPELINE = 'service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}';

test('says that the Collector has a component which otelier lacks, and nothing else', async () => {
  for (const [section, kind] of Object.entries(SECTIONS).filter(
    ([name]) => name !== 'receivers' && name !== 'exporters',
  )) {
    for (const type of collectorComponents(kind).filter((name) =>
      isOnlyInCollector(kind, name, namesOf(registry, kind)),
    )) {
      const text = [RECEIVERS, NOP, PIPELINE, `${section}:\n  ${type}/1: {a: 1}`].join('\n');
      const { errors } = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
      assert.deepEqual(errors.map(formatConfigError), [
        `c.yaml:5:3: ${section}.${type}/1: expected a type of ${kind} that otelier has, got "${type}": the Collector has it, otelier does not`,
      ]);
    }
  }
});

test('recognizes the types of the Collector however they are spelled', async () => {
  const types = ['file_log', 'filelog', 'windows_event_log'].filter((name) => !findEntry(registry, 'receiver', name));
  for (const type of types) {
    const text = [
      `receivers: {${type}: {}}`,
      NOP,
      `service: {pipelines: {logs: {receivers: [${type}], exporters: [nop]}}}`,
    ];
    const { errors } = await loadConfig({
      sources: [{ name: 'c.yaml', text: text.join('\n') }],
      environment: {},
      registry,
    });
    assert.deepEqual(errors.map(formatConfigError), [
      `c.yaml:1:13: receivers.${type}: expected a type of receiver that otelier has, got "${type}": the Collector has it, otelier does not`,
    ]);
  }
});

test('names what replaces a component that the Collector has removed', async () => {
  const text = [
    RECEIVERS,
    NOP,
    PIPELINE.replace('[nop]', '[nop, logging]'),
    'exporters: {nop: {}, logging: {loglevel: debug}}',
  ];
  const { errors } = await loadConfig({
    sources: [{ name: 'c.yaml', text: text.filter((line) => line !== NOP).join('\n') }],
    environment: {},
    registry,
  });
  assert.deepEqual(errors.map(formatConfigError), [
    'c.yaml:3:22: exporters.logging: expected a type of exporter that otelier has, got "logging", which the Collector has removed: use debug',
  ]);
});
