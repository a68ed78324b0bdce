import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wantsColor } from './color.ts';
import { ProgressLine } from './progress.ts';

for (const [environment, isTerminal, expected] of [
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: '3', NO_COLOR: '1' }, false, true],
] as const) {
  test(`${JSON.stringify(environment)} ${isTerminal ? 'on' : 'without'} a terminal: ${expected ? 'colors' : 'no colors'}`, () =>
    assert.equal(wantsColor(environment, isTerminal), expected));
}

/** Returns a progress line and what it writes. */
function line(isTTY: boolean) {
  const clock = { millis: 0 };
  const written: string[] = [];
  const stream = { isTTY, columns: 11, write: (text: string) => written.push(text) };
  return { clock, written, progress: new ProgressLine(stream, () => clock.millis) };
}

test('shows progress on a terminal, at most ten times per second, on one line, and erases it', () => {
  const { clock, written, progress } = line(true);
  progress.show(() => 'one');
  progress.show(() => 'too early');
  clock.millis = 100;
  progress.show(() => 'two is too long');
  progress.clear();
  progress.clear();
  assert.deepEqual(written, ['\r\u001b[2Kone', '\r\u001b[2Ktwo is too', '\r\u001b[2K']);
});

test('shows no progress without a terminal', () => {
  const { written, progress } = line(false);
  progress.show(() => assert.fail('expected no text to be made'));
  progress.clear();
  assert.deepEqual(written, []);
});
