import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectResource } from '../browser.ts';

const sdk = {
  'telemetry.sdk.language': 'webjs',
  'telemetry.sdk.name': '@otelier/sdk',
  'telemetry.sdk.version': '0.1.0',
};

test('detects brands, platform and language from client hints, without the user agent', () => {
  const navigator = {
    language: 'fr-FR',
    userAgent: 'Mozilla/5.0 …',
    userAgentData: {
      brands: [
        { brand: 'Chromium', version: '153' },
        { brand: ' Not A;Brand', version: '99' },
      ],
      mobile: false,
      platform: 'macOS',
    },
  };
  assert.deepEqual(detectResource({ navigator, attributes: { 'service.name': 'shop' } }), {
    ...sdk,
    'browser.brands': ['Chromium 153', ' Not A;Brand 99'],
    'browser.language': 'fr-FR',
    'browser.mobile': false,
    'browser.platform': 'macOS',
    'service.name': 'shop',
  });
});

test('detects the user agent without client hints', () => {
  const navigator = { language: 'de', userAgent: 'Mozilla/5.0 Gecko/20100101 Firefox/150.0' };
  assert.deepEqual(detectResource({ navigator }), {
    ...sdk,
    'browser.language': 'de',
    'user_agent.original': 'Mozilla/5.0 Gecko/20100101 Firefox/150.0',
  });
});

test('returns the SDK if nothing else is known', () => {
  assert.deepEqual(detectResource({ navigator: {} }), sdk);
});
