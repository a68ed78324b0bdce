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

test('makes services beyond twelve gray', async () => {
  const many = Array.from({ length: 20 }, (_, index) => `service ${index}`);
  const { serviceColour, serviceToken } = await visited('many');
  const colours = many.map(serviceColour);
  assert.equal(new Set(colours).size, 13);
  assert.equal(serviceToken('service 19'), '--text-3');
});
