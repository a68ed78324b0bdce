import assert from 'node:assert/strict';
import { test } from 'node:test';

const NAMES = ['frontend', 'catalog', 'cart', 'checkout', 'payment', 'recommendation', 'shipping'];

/** Imports a fresh copy of the module. */
function visited(visit: string): Promise<typeof import('./service-colors.ts')> {
  return import(`./service-colors.ts?${visit}`);
}

/** Returns the colors that a fresh module assigns. */
async function colorsOf(visit: string, meet: readonly string[], drawn: readonly string[]): Promise<readonly string[]> {
  const { assignServiceColors, serviceColor } = await visited(visit);
  assignServiceColors(meet);
  for (const name of drawn) serviceColor(name);
  return NAMES.map(serviceColor);
}

test('assigns a service the same color in every browser and order', async () => {
  const first = await colorsOf('first', NAMES, NAMES);
  const second = await colorsOf('second', NAMES.toReversed(), ['shipping', 'cart']);
  assert.deepEqual(second, first);
  assert.equal(new Set(first).size, NAMES.length, 'up to twelve services have different colors');
});

test('gives services that prefer one hue the same colors whichever is met first, each its own', async () => {
  const { serviceColor } = await visited('find');
  // Alone, each name gets the hue that it prefers.
  const preferred = async (name: string) => (await visited(`alone-${name}`)).serviceColor(name);
  const names = Array.from({ length: 60 }, (_, index) => `service-${index}`);
  const hues = await Promise.all(names.map(preferred));
  const [a = '', b = '', c = ''] = names.filter((_, index) => hues[index] === hues[0]);
  assert.ok(c !== '', 'expected three names of one hue');
  const orders = [
    [a, b, c],
    [c, b, a],
    [b, c, a],
  ];
  const colors = await Promise.all(
    orders.map(async (order) => {
      const visit = await visited(`order-${order.join()}`);
      for (const name of order) visit.serviceColor(name);
      return [a, b, c].map(visit.serviceColor);
    }),
  );
  for (const one of colors) assert.deepEqual(one, colors[0]);
  assert.equal(new Set(colors[0]).size, 3);
  assert.ok(serviceColor(a) !== '');
});

test('makes services beyond twelve gray', async () => {
  const many = Array.from({ length: 20 }, (_, index) => `service ${index}`);
  const { assignServiceColors, serviceColor, serviceToken } = await visited('many');
  assignServiceColors(many);
  const colors = many.map(serviceColor);
  assert.equal(new Set(colors).size, 13);
  assert.equal(many.filter((name) => serviceToken(name) === '--text-3').length, 8);
});
