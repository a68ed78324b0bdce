/**
 * Calls back with the result of a promise before the program receives it. Returns the promise for the program: a
 * rejection that the program does not handle is reported as without the instrumentation, which another handler of the
 * same promise would prevent.
 */
export function observePromise<T>(
  promise: Promise<T>,
  onResult: (result: T) => void,
  onError: (error: unknown) => void,
): Promise<T> {
  return promise.then(
    (result) => {
      onResult(result);
      return result;
    },
    (error: unknown) => {
      onError(error);
      throw error;
    },
  );
}
