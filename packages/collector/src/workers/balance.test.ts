import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRandom } from '@otelier/testkit';
import { Balancer, worthMoving } from './balance.ts';
import { loadOf } from './traffic.ts';

const MIB = 2 ** 20;
/** Workers with so many connections each, which all bring as much. */
const equal = (...connections: readonly number[]) =>
  connections.map((count) => loadOf(new Array<number>(count).fill(10 * MIB)));

describe('a connection is worth moving', () => {
  for (const [what, loads, expected] of [
    ['from 5 and 3 of eight', equal(5, 3), 0],
    ['from 2 and 6 of eight', equal(2, 6), 1],
    ['from all in one', equal(0, 8), 1],
    ['not from 4 and 4', equal(4, 4), undefined],
    ['not from 4 and 3, which would only change places', equal(4, 3), undefined],
    ['not where there is one connection', equal(1, 0), undefined],
    ['from two in one worker', equal(2, 0, 1), 0],
    ['not from one each', equal(1, 1, 1, 0), undefined],
    [
      'from three that wait for each other to one that does not',
      [loadOf([10, 10, 10].map((x) => x * MIB)), loadOf([20 * MIB])],
      0,
    ],
    [
      'not from three small ones to a large one',
      [loadOf([10, 10, 10].map((x) => x * MIB)), loadOf([28 * MIB])],
      undefined,
    ],
    ['not where hardly anything comes', [loadOf([1000, 1000]), loadOf([])], undefined],
    ['not between two that are different', [loadOf([80 * MIB]), loadOf([MIB, MIB])], undefined],
    ['not to a worker that does not run', [...equal(3), undefined], undefined],
    ['to the other of three that runs', [...equal(3), undefined, ...equal(1)], 0],
  ] as const) {
    test(what, () => assert.equal(worthMoving(loads), expected));
  }

  test('by what brings telemetry: idle ones beside it count for nothing', () => {
    assert.deepEqual(loadOf([10, 10, 10]), { bytes: 30, busyConnections: 3 });
    assert.ok(loadOf([1000, 1, 1, 1]).busyConnections < 1.01);
    assert.deepEqual(loadOf([]), { bytes: 0, busyConnections: 0 });
  });
});

test('a move waits until the imbalance has lasted, and the next until it has shown', () => {
  const balancer = new Balancer();
  const decisions = [
    equal(5, 3),
    equal(5, 3),
    equal(5, 3),
    equal(5, 3),
    equal(4, 4),
    equal(5, 3),
    equal(3, 5),
    equal(3, 5),
  ];
  assert.deepEqual(
    decisions.map((loads) => balancer.decide(loads)),
    [undefined, 0, undefined, 0, undefined, undefined, undefined, 1],
  );
});

test('however connections begin to lie, they come to lie evenly, and then stay', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = createRandom(seed);
    const workers = 2 + random(3);
    const connections = workers * (1 + random(8));
    const places = Array.from({ length: connections }, () => random(workers));
    const balancer = new Balancer();
    const countOf = (worker: number) => places.filter((place) => place === worker).length;
    let lastMove = 0;
    for (let second = 1; second <= 600; second++) {
      const worker = balancer.decide(Array.from({ length: workers }, (_, each) => equal(countOf(each))[0]));
      if (worker === undefined) continue;
      lastMove = second;
      // Some connection of this worker; the kernel puts it anywhere, here again as well.
      places[places.indexOf(worker)] = random(workers);
    }
    const counts = Array.from({ length: workers }, (_, worker) => countOf(worker));
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `seed ${seed}: ${counts} of ${connections}`);
    assert.ok(lastMove < 300, `seed ${seed}: still moving after ${lastMove} s`);
  }
});
