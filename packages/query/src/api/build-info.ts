/** The response to a request for the version of a server whose API is served here. Clients decide by it what to use. */
export function buildInfoOf(version: string): object {
  return { version, revision: 'otelier', branch: '', buildUser: '', buildDate: '', goVersion: '' };
}
