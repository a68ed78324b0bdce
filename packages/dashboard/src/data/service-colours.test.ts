import assert from 'node:assert/strict';
import { test } from 'node:test';

const NAMES = ['frontend', 'catalog', 'cart', 'checkout', 'payment', 'recommendation', 'shipping'];

/** Imports a fresh copy of the module. */
function visited(visit: string): Promise<typeof import('./service-colours.ts')> {
  return import(`./service-colours.ts?${visit}`);
}

/** Returns the colors that a fresh module assigns. */
async function coloursOf(visit: string, meet: readonly string[], drawn: readonly string[]): Promise<readonly string[]> {
  const { meetServices, serviceColour } = await visited(visit);
  meetServices(meet);
  for (const name of drawn) serviceColour(name);
  return NAMES.map(serviceColour);
}

test('assigns a service the same color in every browser and order', async () => {
  const first = await coloursOf('first', NAMES, NAMES);
  const second = await coloursOf('second', NAMES.toReversed(), ['shipping', 'cart']);
  assert.deepEqual(second, first);
  assert.equal(new Set(first).size, NAMES.length, 'up to twelve services have different colors');
});

test('gives services that prefer one hue the same colors whichever is met first, each its own', async () => {
  const { serviceColour } = await visited('find');
  // Alone, each name gets the hue that it prefers.
  const preferred = async (name: string) => (await visited(`alone-${name}`)).serviceColour(name);
  const names = Array.from({ length: 60 }, (_, index) => `service-${index}`);
  const hues = await Promise.all(names.map(preferred));
  const [a = '', b = '', c = ''] = names.filter((_, index) => hues[index] === hues[0]);
  assert.ok(c !== '', 'expected three names of one hue');
  const orders = [
    [a, b, c],
    [c, b, a],
    [b, c, a],
  ];
  const colours = await Promise.all(
    orders.map(async (order) => {
      const visit = await visited(`order-${order.join()}`);
      for (const name of order) visit.serviceColour(name);
      return [a, b, c].map(visit.serviceColour);
    }),
  );
  for (const one of colours) assert.deepEqual(one, colours[0]);
  assert.equal(new Set(colours[0]).size, 3);
  assert.ok(serviceColour(a) !== '');
});

test('makes services beyond twelve gray', async () => {
  const many = Array.from({ length: 20 }, (_, index) => `service ${index}`);
  const { meetServices, serviceColour, serviceToken } = await visited('many');
  meetServices(many);
  const colours = many.map(serviceColour);
  assert.equal(new Set(colours).size, 13);
  assert.equal(many.filter((name) => serviceToken(name) === '--text-3').length, 8);
});
