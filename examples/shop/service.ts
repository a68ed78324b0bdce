/** Tells `run.ts` that a service is ready, and closes it when `run.ts` ends. */
export function ready(close: () => unknown): void {
  process.once('disconnect', close);
  // Ctrl-C also reaches the services. They end when `run.ts` disconnects.
  process.on('SIGINT', () => {});
  process.send?.('ready');
}

/** Returns a variable that `run.ts` sets. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name}: expected a value; start the shop with node examples/shop/run.ts`);
  return value;
}
