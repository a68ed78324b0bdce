import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageTag } from './language-tag.ts';

test('a language tag loses what is not part of BCP 47', () => {
  for (const [reported, tag] of [
    ['en-US', 'en-US'],
    ['de', 'de'],
    ['zh-Hans-CN', 'zh-Hans-CN'],
    ['en-US@posix', 'en-US'],
    ['de_DE.UTF-8', 'de-DE'],
    ['de_DE@euro', 'de-DE'],
    ['C', 'en-US'],
    ['', 'en-US'],
    ['@', 'en-US'],
  ] as const)
    assert.equal(languageTag(reported), tag, reported);
});
