const VARIABLE = /\$\{(?:env:)?([A-Za-z_]\w*)/g;

/** What variables contain that stand for an address: their users know whether it is a URL. */
const ADDRESSES = ['http://localhost:4321', 'localhost:4321'];
/** Configurations refer to few addresses. */
const MAX_COMBINATIONS = 16;

/** Returns values for the environment variables that a configuration refers to, with each address as a URL and without. */
export function environmentsOf(text: string): readonly Readonly<Record<string, string>>[] {
  const names = [...new Set([...text.matchAll(VARIABLE)].map(([, name = '']) => name))];
  const endpoints = new Set(
    [...text.matchAll(/endpoint:\s*["']?\$\{(?:env:)?([A-Za-z_]\w*)\}/g)].map(([, name]) => name),
  );
  const addresses = names.filter((name) => endpoints.has(name) || /ENDPOINT|URL|ADDRESS/.test(name));
  const fixed = names.map((name) => [name, /PORT|LIMIT|SIZE|COUNT/.test(name) ? '4321' : 'x'] as const);
  return Array.from({ length: Math.min(2 ** addresses.length, MAX_COMBINATIONS) }, (_, number) =>
    Object.fromEntries([
      ...fixed,
      ...addresses.map((name, index) => [name, ADDRESSES[(number >> index) & 1] ?? ''] as const),
    ]),
  );
}
