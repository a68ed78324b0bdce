import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceGraphEdge } from '@otelier/query';
import { serviceNode } from '../../data/search.ts';
import { around, graphOf } from './graph.ts';

const service = (name: string, requests = 10): Service => ({
  ...{
    service: name,
    version: '',
    requests,
    errors: 1,
    p50: 1,
    p95: 2,
    p99: 3,
    spans: 20,
    logs: 0,
    lastSeenNanos: '0',
  },
});
const call = (caller: string, called: string, peerAttribute?: string): ServiceGraphEdge => ({
  ...{ caller, called, ...(peerAttribute !== undefined && { peerAttribute }) },
  ...{ isMessage: false, calls: 5, errors: 1, p50: 10, p95: 20 },
});

test('a peer has the numbers of the calls to it, even if it is named like a service', () => {
  const { nodes, edges } = graphOf([service('web'), service('cart'), service('idle', 0)], {
    edges: [call('web', 'cart'), call('web', 'cart', 'peer.service'), call('cart', 'cart', 'peer.service')],
  });
  assert.deepEqual([...nodes.keys()].toSorted(), ['peer cart', 'service cart', 'service idle', 'service web']);
  const { calls, errors, p95, isPeer } = nodes.get('peer cart') ?? {};
  assert.deepEqual([calls, errors, p95, isPeer], [10, 2, 20, true]);
  assert.equal(nodes.get('service idle')?.p95, undefined);
  assert.equal(new Set(edges.map(({ id }) => id)).size, 3);
});

test('services known only from calls are on the map, and only the busiest of too many', () => {
  const { nodes } = graphOf([], { edges: [call('a', 'b')] });
  assert.deepEqual([...nodes.keys()].toSorted(), ['service a', 'service b']);
  const many = Array.from({ length: 1000 }, (_, index) => service(`s${index}`, index));
  const large = graphOf(many, { edges: [call('s0', 's999'), call('s998', 's999')] });
  assert.deepEqual([large.nodes.size, large.leftOut], [400, 600]);
  assert.deepEqual(
    large.edges.map(({ caller }) => caller),
    ['s998'],
  );
});

test('the focus reaches one or two calls in both directions, or everything upstream', () => {
  const edges = [call('a', 'b'), call('b', 'c'), call('c', 'd'), call('d', 'e'), call('x', 'e'), call('e', 'a')];
  const graph = graphOf([], { edges });
  const reach = (id: string, hops: '1' | '2' | 'up') =>
    [...around(graph, serviceNode(id), hops).nodes].map((one) => one.slice('service '.length)).toSorted();
  assert.deepEqual(reach('c', '1'), ['b', 'c', 'd']);
  assert.deepEqual(reach('c', '2'), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(reach('b', 'up'), ['a', 'b', 'c', 'd', 'e', 'x']);
  assert.equal(around(graph, serviceNode('c'), '1').edges.size, 2);
});
