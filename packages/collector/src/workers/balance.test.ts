import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { Balancer, loadOf, worthMoving } from './balance.ts';

const MIB = 2 ** 20;
/** Worker loads with the given numbers of equally loaded connections. */
const equal = (...connections: readonly number[]) =>
  connections.map((count) => loadOf(new Array<number>(count).fill(10 * MIB)));

describe('connections are worth moving', () => {
  const three = loadOf([10, 10, 10].map((mib) => mib * MIB));
  const many = (count: number) => loadOf(new Array<number>(count).fill(MIB));
  for (const [what, loads, expected] of [
    ['one from 5 and 3 of eight', equal(5, 3), [0, 1]],
    ['two from 2 and 6 of eight', equal(2, 6), [1, 2]],
    ['half of them where all are in one', equal(0, 8), [1, 4]],
    ['none from 4 and 4', equal(4, 4), undefined],
    ['none from 4 and 3, which would only change places', equal(4, 3), undefined],
    ['none where there is one', equal(1, 0), undefined],
    ['one of two in one worker', equal(2, 0, 1), [0, 1]],
    ['none from one each', equal(1, 1, 1, 0), undefined],
    ['none where hardly anything comes', [loadOf([1000, 1000]), loadOf([])], undefined],
    ['none between two that are different', [loadOf([80 * MIB]), loadOf([MIB, MIB])], undefined],
    ['none to a worker that does not run', [...equal(3), undefined], undefined],
    ['one to the other of three that runs', [...equal(3), undefined, ...equal(1)], [0, 1]],
    ['one of three that wait for each other, to one that does not', [three, loadOf([20 * MIB])], [0, 1]],
    ['none of three small ones beside a large one', [three, loadOf([28 * MIB])], undefined],
    ['none of many where chance makes the difference', [many(54), many(46)], undefined],
    ['a part of many', [many(70), many(30)], [0, 20]],
  ] as const) {
    test(what, () => {
      const move = worthMoving(loads);
      assert.deepEqual(move && [move.worker, move.connections], expected);
    });
  }

  test('ignores idle connections', () => {
    assert.deepEqual(loadOf([10, 10, 10]), { bytes: 30, busyConnections: 3 });
    assert.ok(loadOf([1000, 1, 1, 1]).busyConnections < 1.01);
    assert.deepEqual(loadOf([]), { bytes: 0, busyConnections: 0 });
  });
});

test('moves connections after two uneven measurements, and again after two more', () => {
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
    decisions.map((loads) => balancer.decide(loads)?.worker),
    [undefined, 0, undefined, 0, undefined, undefined, undefined, 1],
  );
});

test('balances any initial distribution of connections, then stops moving them', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = createRandom(seed);
    const workers = 2 + random(3);
    const connections = workers * (1 + random(8));
    const places = Array.from({ length: connections }, () => random(workers));
    const balancer = new Balancer();
    const countOf = (worker: number) => places.filter((place) => place === worker).length;
    let lastMove = 0;
    for (let check = 1; check <= 1000; check++) {
      const move = balancer.decide(Array.from({ length: workers }, (_, each) => equal(countOf(each))[0]));
      if (move === undefined) continue;
      lastMove = check;
      const leaving = places.flatMap((place, connection) => (place === move.worker ? [connection] : []));
      // The kernel may assign each connection to any worker, including the same one.
      for (const connection of leaving.slice(0, move.connections)) places[connection] = random(workers);
    }
    const counts = Array.from({ length: workers }, (_, worker) => countOf(worker));
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `seed ${seed}: ${counts} of ${connections}`);
    assert.ok(lastMove < 300, `seed ${seed}: still moving after ${lastMove} looks`);
  }
});
