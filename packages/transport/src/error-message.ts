/** What an error of a connection says. An attempt at several addresses fails with the reasons of all, and without words of its own. */
export function errorMessageOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
  }
  return error.message;
}
