import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelledLine, sensitiveCorpus } from '@otelier/testkit/sensitive/corpus';
import { heldOutCorpus } from '@otelier/testkit/sensitive/held-out';
import fc from 'fast-check';
import { CATALOG_NAMES, selectedNames } from './names.ts';
import { Scanner } from './scanner.ts';

interface Score {
  expected: number;
  recalled: number;
  found: number;
  correct: number;
}

/** A finding is correct if it covers a labelled value of its kind with at most eight more bytes, such as a quotation mark or `(0)`. */
function scores(lines: readonly LabelledLine[]): Map<string, Score> {
  const scanner = new Scanner(selectedNames(['all']));
  const all = new Map<string, Score>();
  const of = (name: string): Score => {
    const score = all.get(name) ?? { expected: 0, recalled: 0, found: 0, correct: 0 };
    all.set(name, score);
    return score;
  };
  for (const { text, values } of lines) {
    const bytes = Buffer.from(text);
    const count = scanner.scan(bytes, 0, bytes.length);
    const found = Array.from({ length: count }, (_, i) => ({
      name: String(scanner.names[i]),
      start: scanner.starts[i] ?? 0,
      end: scanner.ends[i] ?? 0,
    }));
    type Range = (typeof found)[number];
    const covers = (one: Range, value: Range): boolean =>
      one.name === value.name &&
      one.start <= value.start &&
      one.end >= value.end &&
      one.end - one.start <= value.end - value.start + 8;
    for (const value of values) {
      const score = of(value.name);
      score.expected++;
      if (found.some((one) => covers(one, value))) score.recalled++;
    }
    for (const one of found) {
      const score = of(one.name);
      score.found++;
      if (values.some((value) => covers(one, value))) score.correct++;
    }
  }
  return all;
}

function check(all: ReadonlyMap<string, Score>, minPrecision: number): void {
  const list = [...all].map(([name, score]) => ({
    name,
    recall: score.recalled / score.expected,
    precision: score.correct / score.found,
  }));
  assert.equal(list.length, CATALOG_NAMES.length - 1, 'every kind but uuid occurs');
  for (const { name, recall, precision } of list) {
    assert.ok(recall >= 0.99, `${name}: recall ${recall}`);
    assert.ok(precision >= minPrecision, `${name}: precision ${precision}`);
  }
  const sum = (of: (score: Score) => number): number =>
    [...all.values()].reduce((total, score) => total + of(score), 0);
  assert.ok(sum((score) => score.recalled) >= 0.99 * sum((score) => score.expected));
  assert.ok(sum((score) => score.correct) >= 0.98 * sum((score) => score.found));
}

test('finds at least 99 % of the values in 4,000 labelled lines, and 98 % of the findings are correct', () => {
  check(scores(sensitiveCorpus(22, 4000)), 0.97);
});

test('finds at least 99 % of the values in 1,000 lines of other formats, and 98 % of the findings are correct', () => {
  check(scores(heldOutCorpus(22, 1000)), 0.97);
});

function found(text: string, ...names: string[]): string[] {
  const scanner = new Scanner(selectedNames(names.length === 0 ? ['all'] : names));
  const bytes = Buffer.from(text);
  return Array.from(
    { length: scanner.scan(bytes, 0, bytes.length) },
    (_, i) => `${scanner.names[i]} ${bytes.toString('utf8', scanner.starts[i], scanner.ends[i])}`,
  );
}

// Numbers that issuers, countries and RFCs publish as examples.
for (const [text, ...expected] of [
  ['pay 4111 1111 1111 1111 now', 'card 4111 1111 1111 1111'],
  ['378282246310005', 'card 378282246310005'],
  ['order 4111111111111111'],
  ['4111111111111112'],
  ['GB82 WEST 1234 5698 7654 32', 'iban GB82 WEST 1234 5698 7654 32'],
  ['DE89370400440532013000.', 'iban DE89370400440532013000'],
  ['DE88370400440532013000'],
  ['steuer-id 86095742719', 'de_tax_id 86095742719'],
  ['255081416802538', 'fr_nir 255081416802538'],
  ['12345678Z y X1234567L', 'es_dni 12345678Z', 'es_dni X1234567L'],
  ['RSSMRA85T10A562S', 'it_fiscal_code RSSMRA85T10A562S'],
  ['bsn 111222333', 'nl_bsn 111222333'],
  ['111222333'],
  ['PESEL 44051401359', 'pl_pesel 44051401359'],
  ['811218-9876', 'se_personal_number 811218-9876'],
  ['111.444.777-35', 'br_cpf 111.444.777-35'],
  ['11.222.333/0001-81', 'br_cnpj 11.222.333/0001-81'],
  ['12.ABC.345/01DE-35', 'br_cnpj 12.ABC.345/01DE-35'],
  ['QQ123456C AB123456C', 'uk_nino AB123456C'],
  ['078-05-1120 and 666-12-3456', 'us_ssn 078-05-1120'],
  ['git@github.com:a/b.git or https://user@example.com/'],
  ['at 2001:db8::1 and a::b and 12:30:45', 'ipv6 2001:db8::1'],
  ['postgres://app:pw%40x@db/shop', 'credentials pw%40x'],
  ['{"password":"a\\"b c"}', 'credentials a\\"b c'],
  ['version 1.2.3.4, Chrome/120.0.0.0, 10.1.2.3:80', 'ipv4 10.1.2.3'],
  ['call %2B49%20170%201234567&x=1', 'phone %2B49%20170%201234567'],
] as const) {
  test(`finds ${expected.length === 0 ? 'nothing' : expected.join(', ')} in ${text}`, () => {
    assert.deepEqual(found(text), expected);
  });
}

test('finds a UUID only where it is named', () => {
  const text = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
  assert.deepEqual(found(text), []);
  assert.deepEqual(found(text, 'uuid'), [`uuid ${text}`]);
});

test('accepts a GitHub token by its checksum', () => {
  const body = 'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ';
  assert.deepEqual(found(`ghp_${body}0mLq17`), [`token ghp_${body}0mLq17`]);
  assert.deepEqual(found(`ghp_${body}0mLq18`), []);
});

test('masks an incomplete private key to the end of the text', () => {
  assert.deepEqual(found('x -----BEGIN RSA PRIVATE KEY-----\nMIIE').length, 1);
  assert.deepEqual(found('-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----'), []);
});

test('findings of arbitrary bytes are in order, do not overlap and are inside of the text', () => {
  const scanner = new Scanner(new Set(CATALOG_NAMES));
  const piece = fc.constantFrom(
    '4111',
    '-',
    ' ',
    '%',
    '\\u00',
    '@',
    'a.b',
    '::',
    'password=',
    'Bearer ',
    'eyJ',
    '.',
    '+49',
    '(',
    '1.2.3.4',
    '-----BEGIN ',
    'DE89',
    '\u001b[31m',
    'é',
    '%C3',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(piece, { maxLength: 30 }).map((list) => Buffer.from(list.join(''))),
      ),
      (bytes) => {
        const padded = Buffer.concat([Buffer.from('4111'), bytes, Buffer.from('@x.com')]);
        let last = 4;
        const end = 4 + bytes.length;
        const count = scanner.scan(padded, 4, end);
        for (let i = 0; i < count; i++) {
          assert.ok((scanner.starts[i] ?? -1) >= last && (scanner.ends[i] ?? 0) > (scanner.starts[i] ?? 0));
          last = scanner.ends[i] ?? 0;
        }
        assert.ok(last <= end);
      },
    ),
    { numRuns: 500 },
  );
});

test('takes time linear in the length of hostile texts', () => {
  const scanner = new Scanner(selectedNames(['all']));
  const cost = (bytes: Uint8Array): number => {
    const before = process.cpuUsage();
    scanner.scan(bytes, 0, bytes.length);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  for (const unit of [
    'a@',
    '4111 ',
    'a:b@',
    '-----BEGIN PRIVATE KEY',
    '1.',
    '::1',
    'password="',
    'é@',
    '%40',
    "insert into t (a) values ('",
  ]) {
    const small = cost(Buffer.from(unit.repeat(1000)));
    // Thirty-two times the input: quadratic time would be a thousand times as long.
    const large = cost(Buffer.from(unit.repeat(32_000)));
    assert.ok(large <= 150 * small + 100_000, `${unit}: ${small} µs, then ${large}`);
  }
});
