import { KINDS, type Kind, sentence } from './fields.ts';
import { framed, inAsciiJson, inForm, inJson, inUrl, type LabelledLine, lineOf, type Piece } from './labelled.ts';
import { NEGATIVES, type Negative } from './negatives.ts';
import { Random } from './random.ts';

export type { LabelledLine, LabelledValue } from './labelled.ts';

/** Returns `count` lines of logs with labelled sensitive values and hard negatives, the same for the same seed. */
export function sensitiveCorpus(seed: number, count: number): readonly LabelledLine[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => oneLine(random));
}

function oneLine(random: Random): LabelledLine {
  return random.pick(FORMATS)(random);
}

type Field = readonly [string, Piece];

/** Returns fields with sensitive values and without, in random order. */
function fields(random: Random, predicate: (kind: Kind) => boolean = () => true): readonly Field[] {
  const out: Field[] = [];
  for (let i = random.int(1, 4); i > 0; i--) {
    if (random.chance(0.55)) {
      const kind = random.pick(
        KINDS.filter((one) => one.keys.length > 0 && one.name !== 'private_key' && predicate(one)),
      );
      out.push([random.pick(kind.keys), { name: kind.name, text: kind.value(random) }]);
    } else {
      const negative = random.pick(WITH_FIELD);
      if (negative.field !== undefined) out.push(negative.field(random));
    }
  }
  return out;
}

const WITH_FIELD = NEGATIVES.filter(({ field }) => field !== undefined);
const WITH_SENTENCE = NEGATIVES.filter(
  (one): one is Required<Pick<Negative, 'sentence'>> => one.sentence !== undefined,
);

/** Returns a message: a sentence with a value, or one without. */
function message(random: Random, predicate: (kind: Kind) => boolean = () => true): readonly Piece[] {
  if (random.chance(0.45)) return [random.pick(WITH_SENTENCE).sentence(random)];
  return sentence(random.pick(KINDS.filter((kind) => kind.sentences.length > 0 && predicate(kind))), random);
}

const isShort = (kind: Kind): boolean => kind.name !== 'private_key';
const two = (value: number): string => String(value).padStart(2, '0');

function isoTime(random: Random): string {
  return `2026-${two(random.int(1, 12))}-${two(random.int(1, 28))}T${two(random.int(0, 23))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}.${random.digits(3)}Z`;
}

const FORMATS: readonly ((random: Random) => LabelledLine)[] = [
  // JSON.
  (random) => {
    const encode = random.pick([inJson, inAsciiJson]);
    const pieces = fields(random).flatMap(([key, value]): Piece[] => [`,"${key}":"`, encoded(value, encode), '"']);
    return framed(
      `{"time":"${isoTime(random)}","level":"info","msg":"`,
      lineOf([...message(random).map((piece) => encoded(piece, encode)), '"', ...pieces]),
      '}',
    );
  },
  // logfmt.
  (random) => {
    const pieces = fields(random).flatMap(([key, value]): Piece[] =>
      /[\s"=]/.test(textOf(value)) || textOf(value) === ''
        ? [` ${key}="`, encoded(value, inJson), '"']
        : [` ${key}=`, value],
    );
    return framed(
      `time=${isoTime(random)} level=warn msg="`,
      lineOf([...message(random).map((piece) => encoded(piece, inJson)), '"', ...pieces]),
      '',
    );
  },
  // Access log of nginx, with values in the query.
  (random) => {
    const encode = random.pick([inUrl, inForm]);
    const pairs = fields(random, (kind) => kind.isInUrls === true).flatMap(([key, value], index): Piece[] => [
      `${index === 0 ? '?' : '&'}${key}=`,
      encoded(value, encode),
    ]);
    const address: Piece = { name: 'ipv4', text: KIND_IPV4.value(random) };
    const request = lineOf([
      address,
      ` - - [${two(random.int(1, 28))}/Nov/2026:10:${two(random.int(0, 59))}:00 +0000] "GET /api/v2/search`,
      ...pairs,
      ` HTTP/1.1" 200 ${random.int(100, 99_999)} "-" "curl/8.${random.int(0, 9)}.1"`,
    ]);
    return request;
  },
  // Java.
  (random) =>
    framed(
      `${isoTime(random).replace('T', ' ').replace('.', ',').slice(0, 23)} ERROR [http-nio-8080-exec-${random.int(1, 9)}] c.e.shop.Payment - `,
      lineOf(message(random)),
      `\n\tat com.example.Payment.run(Payment.java:${random.int(10, 500)})\n\tat java.base/java.lang.Thread.run(Thread.java:1583)`,
    ),
  // SQL.
  (random) => {
    const list = fields(random, isShort);
    const names = list.map(([key]) => key.replaceAll(/\W/g, '_')).join(', ');
    const values = list.flatMap(([, value], index): Piece[] => [
      index === 0 ? "'" : ", '",
      encoded(value, (text) => text.replaceAll("'", "''")),
      "'",
    ]);
    return random.chance(0.5)
      ? framed(`INSERT INTO customers (${names}) VALUES (`, lineOf(values), ')')
      : updateOf(list, random);
  },
  // Python and plain text.
  (random) =>
    framed(
      `[${isoTime(random)}] [${random.pick(['INFO', 'DEBUG'])}] worker-${random.int(1, 99)}: `,
      lineOf(message(random)),
      '',
    ),
  // Syslog.
  (random) =>
    framed(
      `<${random.int(1, 190)}>Nov ${random.int(1, 28)} 10:${two(random.int(0, 59))}:00 host-${random.int(1, 99)} app[${random.digits(5)}]: `,
      lineOf(message(random, isShort)),
      '',
    ),
  // JSON within JSON.
  (random) => {
    const twice = (text: string): string => inJson(inJson(text));
    const pieces = fields(random).flatMap(([key, value], index): Piece[] => [
      `${index === 0 ? '' : ','}\\"${key}\\":\\"`,
      encoded(value, twice),
      '\\"',
    ]);
    return framed(`{"log":"{`, lineOf(pieces), '}\\n","stream":"stdout"}');
  },
  // Headers of a request, one per line, escaped as a program writes them.
  (random) => {
    const pieces = fields(random, isShort).flatMap(([key, value]): Piece[] => [`\\n${key}: `, value]);
    return framed('request headers:\\nHost: shop.example', lineOf(pieces), '\\n');
  },
  // Structures as they are printed.
  (random) => {
    const pieces = fields(random, isShort).flatMap(([key, value], index): Piece[] => [
      `${index === 0 ? '' : ', '}'${key}': '`,
      encoded(value, (text) => text.replaceAll("'", "\\'")),
      "'",
    ]);
    return framed(`DEBUG payload={`, lineOf(pieces), '}');
  },
  // A terminal's colors.
  (random) => framed(`\u001b[32m${random.int(10, 23)}:00\u001b[0m `, lineOf(message(random, isShort)), '\u001b[0m'),
  // A bare value, such as an attribute.
  (random) => lineOf(message(random)),
];

function updateOf(list: readonly Field[], random: Random): LabelledLine {
  const pieces = list.flatMap(([key, value], index): Piece[] => [
    `${index === 0 ? '' : ', '}${key.replaceAll(/\W/g, '_')} = '`,
    encoded(value, (text) => text.replaceAll("'", "''")),
    "'",
  ]);
  return framed('UPDATE customers SET ', lineOf(pieces), ` WHERE id = ${random.int(1, 99_999)}`);
}

const KIND_IPV4 = KINDS.find(({ name }) => name === 'ipv4') as Kind;

function encoded(piece: Piece, encode: (text: string) => string): Piece {
  return typeof piece === 'string' ? encode(piece) : { name: piece.name, text: encode(piece.text) };
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text;
}
