import { testClient } from './client-suite.testing.ts';
import { instrumentFetch } from './fetch.ts';

testClient('fetch', instrumentFetch, async (url, headers, signal) => {
  const response = await fetch(url, { headers, redirect: 'manual', signal: signal ?? null });
  await response.text();
  return response.status;
});
