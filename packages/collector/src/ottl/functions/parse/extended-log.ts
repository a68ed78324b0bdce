import { EvaluationError, type Value, type ValueMap } from '../../values/value.ts';

const DIRECTIVES: Readonly<Record<string, string>> = {
  version: 'elf.version',
  software: 'elf.software',
  date: 'elf.date',
  'start-date': 'elf.start_date',
  'end-date': 'elf.end_date',
  remark: 'elf.remark',
};

/** Parses a block in the W3C Extended Log Format: directives, followed by lines with the fields named by `#Fields`. */
export function parseExtendedLog(block: string): ValueMap {
  const result: ValueMap = new Map();
  const entries: Value[] = [];
  let fields: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [, name, value = ''] = /^#([A-Za-z-]+):\s*(.*)$/.exec(line) ?? [];
    const directive = name?.toLowerCase();
    if (directive === 'fields') fields = value.trim().split(/\s+/);
    else if (directive !== undefined && Object.hasOwn(DIRECTIVES, directive))
      result.set(DIRECTIVES[directive] ?? '', value.trim());
    else if (!line.startsWith('#')) entries.push(entryOf(line, fields));
  }
  if (!result.has('elf.version')) throw new EvaluationError('expected the directive #Version');
  result.set('elf.fields', fields);
  result.set('elf.entries', entries);
  return result;
}

function entryOf(line: string, fields: readonly string[]): ValueMap {
  const values = [...line.matchAll(/"((?:[^"]|"")*)"|\S+/g)].map(([token, quoted]) =>
    quoted === undefined ? token : quoted.replaceAll('""', '"'),
  );
  return new Map(fields.map((field, index) => [field, values[index] ?? '-']));
}
