import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SenderTable } from './sender-table.ts';

const first = { sequence: 0, messageSequence: 0 };

function tableWith(...addresses: string[]): SenderTable {
  const table = new SenderTable({ maxSenders: 100, bytesPerSecond: 1000, datagramsPerSecond: 2 }, () => {});
  for (const [index, address] of addresses.entries()) table.add(address, 1000 + index, 'session1', first, 0);
  return table;
}

test('limits the senders of an IPv6 /64 together in any notation', () => {
  const table = tableWith('2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8:0:1::1', 'fe80::1%eth0');
  assert.deepEqual(
    ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8::1'].map((address) => table.admits(address, 1, 0)),
    [true, true, false],
  );
  assert.equal(table.admits('2001:db8:0:1::1', 1, 0), true);
  assert.equal(table.admits('fe80::2%eth0', 1, 0), true);
});

test('limits each IPv4 address separately, also as seen by an IPv6 socket', () => {
  const table = tableWith('::ffff:10.0.0.1', '::ffff:10.0.0.2', '10.0.0.1');
  for (const address of ['::ffff:10.0.0.1', '::ffff:10.0.0.2', '10.0.0.1']) {
    assert.deepEqual(
      [1, 2, 3].map(() => table.admits(address, 1, 0)),
      [true, true, false],
    );
  }
  assert.equal(table.rateLimited, 3);
  // Half a second adds one datagram.
  assert.deepEqual(
    [1, 2].map(() => table.admits('10.0.0.1', 1, 500)),
    [true, false],
  );
});

test('limits bytes, too', () => {
  const table = tableWith('10.0.0.1');
  assert.deepEqual(
    [1, 2].map(() => table.admits('10.0.0.1', 5000, 0)),
    [true, false],
  );
});

test('sends no more bytes and datagrams to an unproved address than it received', () => {
  const table = new SenderTable({ maxSenders: 1, bytesPerSecond: 0, datagramsPerSecond: 0 }, () => {});
  const sender = table.add('10.0.0.1', 1, 'session1', first, 0);
  assert.equal(sender.spend(1), false);
  sender.credit(100);
  assert.deepEqual([sender.spend(101), sender.spend(60), sender.spend(1)], [false, true, false]);
  sender.credit(10);
  assert.deepEqual([sender.spend(51), sender.spend(50)], [false, true]);
  table.prove(sender);
  assert.equal(sender.spend(10_000), true);
});
