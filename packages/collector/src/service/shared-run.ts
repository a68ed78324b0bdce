/** Shares one run of a function between callers that ask for it at the same time. */
export function sharing<T>(run: (observedMillis: number) => Promise<T>): (observedMillis: number) => Promise<T> {
  let running: Promise<T> | undefined;
  return (observedMillis) => {
    running ??= run(observedMillis).finally(() => {
      running = undefined;
    });
    return running;
  };
}
