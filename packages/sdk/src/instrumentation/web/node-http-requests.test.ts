import { get } from 'node:http';
import { testClient } from './client-suite.testing.ts';
import { instrumentHttpRequests } from './node-http-requests.ts';

testClient(
  'node:http requests',
  instrumentHttpRequests,
  (url, headers, signal) =>
    new Promise((resolve, reject) => {
      get(url, { headers, agent: false, ...(signal && { signal }) }, (response) => {
        response.resume().on('close', () => resolve(response.statusCode ?? 0));
      }).on('error', reject);
    }),
);
