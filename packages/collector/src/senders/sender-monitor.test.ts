import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { encodeRequest } from '@otelier/testkit/request-codec';
import type { ExportRequest } from '@otelier/transport';
import { SenderMonitor } from './sender-monitor.ts';
import { sendersReportOf } from './senders-report.ts';

const START = 1_700_000_000_000;

function requestOf(services: readonly string[], attributes: Readonly<Record<string, string>> = {}): Uint8Array {
  const resourceSpans = services.map((service) => ({
    resource: {
      attributes: Object.entries({ 'service.name': service, ...attributes }).map(([key, stringValue]) => ({
        key,
        value: { stringValue },
      })),
    },
    scopeSpans: [{ spans: [{ traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'a' }] }],
  }));
  return encodeRequest('traces', { resourceSpans });
}

function exportOf(body: Uint8Array, peer = '10.0.0.1'): ExportRequest {
  return { signal: 'traces', encoding: 'protobuf', body, headers: {}, subject: undefined, transport: 'http', peer };
}

test('keeps a bounded number of senders, counts the others, and forgets those that are idle', async () => {
  const clock = createManualClock(START);
  const monitor = new SenderMonitor({ clock });
  for (let index = 0; index < 3000; index++) {
    if (index % 150 === 0) await clock.advance(1000);
    const body = requestOf([`service ${index}`]);
    monitor.arrived(exportOf(body), body, 1);
  }
  const { senders, unlistedItems } = monitor.snapshot();
  assert.equal(senders.length, 1000);
  assert.equal(unlistedItems, 2000);
  await clock.advance(700_000);
  const body = requestOf(['new']);
  monitor.arrived(exportOf(body), body, 1);
  assert.deepEqual(
    monitor.snapshot().senders.map(({ facts }) => facts.service),
    ['new'],
  );
});

test('reads only some of many new resources per second, and never one that is known again', async () => {
  const clock = createManualClock(START);
  const monitor = new SenderMonitor({ clock });
  const known = requestOf(['known']);
  monitor.arrived(exportOf(known), known, 1);
  for (let index = 0; index < 500; index++) {
    const body = requestOf([`service ${index}`]);
    monitor.arrived(exportOf(body), body, 1);
  }
  monitor.arrived(exportOf(known), known, 1);
  const { senders, unlistedItems } = monitor.snapshot();
  assert.equal(unlistedItems, 301);
  assert.equal(senders.find(({ facts }) => facts.service === 'known')?.signals.traces?.requests, 2);
});

test('counts each resource of a request of a gateway, and tells addresses apart', () => {
  const clock = createManualClock(START);
  const monitor = new SenderMonitor({ clock });
  const body = requestOf(['a', 'b', 'a']);
  monitor.settled(monitor.arrived(exportOf(body), body, 3), { kind: 'refused', reason: 'no' });
  monitor.arrived(exportOf(body, '10.0.0.2'), body, 3);
  const { senders } = sendersReportOf([monitor.snapshot()], { sinceMillis: START, nowMillis: START });
  assert.deepEqual(
    senders
      .map(({ service, address, signals: [traces] }) => [service, address, traces?.items, traces?.refusedRequests])
      .sort(),
    [
      ['a', '10.0.0.1', 0, 2],
      ['a', '10.0.0.2', 2, 0],
      ['b', '10.0.0.1', 0, 1],
      ['b', '10.0.0.2', 1, 0],
    ],
  );
});

test('keeps what hostile resources and clients contain short', () => {
  const clock = createManualClock(START);
  const monitor = new SenderMonitor({ clock });
  const body = requestOf(['x'.repeat(100_000)], { __proto__key: 'y', constructor: 'z', 'http.method': 'GET' });
  monitor.arrived(exportOf(body), body, 1);
  for (let index = 0; index < 1000; index++) {
    const path = `/${index}${'p'.repeat(5000)}`;
    monitor.rejected({ path, status: '404', reason: 'r'.repeat(5000), userAgent: 'u'.repeat(5000), isHandled: false });
  }
  const report = sendersReportOf([monitor.snapshot()], { sinceMillis: START, nowMillis: START });
  assert.equal(report.senders[0]?.service.length, 200);
  assert.deepEqual(
    report.senders[0]?.deprecated.map(({ name }) => name),
    ['http.method'],
  );
  assert.equal(report.clients.length, 100);
  assert.ok(JSON.stringify(report).length < 150_000);
});

test('merges what threads know of a sender', () => {
  const monitors = [1, 2].map(() => new SenderMonitor({ clock: createManualClock(START), isShared: true }));
  const body = requestOf(['a']);
  for (const monitor of monitors) monitor.arrived(exportOf(body), body, 1);
  const { senders } = sendersReportOf(
    monitors.map((monitor) => structuredClone(monitor.snapshot())),
    { sinceMillis: START, nowMillis: START },
  );
  assert.deepEqual(
    senders.map(({ signals }) => signals.map(({ items, requests }) => [items, requests])),
    [[[2, 2]]],
  );
});
