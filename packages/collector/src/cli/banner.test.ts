import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testGraph } from '@otelier/testkit/memory-api';
import { bannerLines } from './banner.ts';

test('the banner has a link to the editor only with a token, in its fragment, and only if there is a page', () => {
  const page = { component: 'workbench', protocol: 'http', address: '127.0.0.1:4319' } as const;
  const lines = bannerLines('1.0', [page], testGraph, 'secret-token').join('\n');
  assert.match(lines, /Edit the pipeline {2}http:\/\/127\.0\.0\.1:4319\/pipeline\?edit=pipeline#token=secret-token/);
  assert.doesNotMatch(bannerLines('1.0', [page], testGraph).join('\n'), /Edit/);
  assert.doesNotMatch(bannerLines('1.0', [], testGraph, 'secret-token').join('\n'), /secret-token/);
});
