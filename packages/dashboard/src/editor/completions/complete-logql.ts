import type { Completion, CompletionSource } from '@codemirror/autocomplete';
import { msg, t } from '../../locale/t.ts';
import type { CompletionRange } from '../contract.ts';
import { LOGQL_TOKENS } from '../tokens.ts';
import { readNames, secondsRange } from './names.ts';

/** Stages of a pipeline, and what they do. */
const STAGES: Readonly<Record<string, string>> = {
  json: msg('labels from JSON'),
  logfmt: msg('labels from key=value'),
  'pattern ""': msg('labels from a pattern'),
  'regexp ""': msg('labels from named groups'),
  unpack: msg('labels from packed JSON'),
  'line_format ""': msg('rewrites the line'),
  'label_format ': msg('renames and computes labels'),
  'unwrap ': msg('a label as the value of a metric'),
  decolorize: msg('removes ANSI colors'),
  'drop ': msg('removes labels'),
  'keep ': msg('keeps only some labels'),
};

/** Completes labels, their values, stages, functions and keywords. */
export function completeLogql(range: () => CompletionRange): CompletionSource {
  return async (context) => {
    const before = context.state.sliceDoc(0, context.pos);
    const value = /[{,]\s*([\w.]+)\s*(?:=~|!~|!=|=)\s*"([^"]*)$/.exec(before);
    if (value !== null) {
      const [, label = '', typed = ''] = value;
      const path = `/loki/api/v1/label/${encodeURIComponent(label)}/values`;
      return { from: context.pos - typed.length, validFor: /^[^"]*$/, options: await listed(path, range(), 'text') };
    }
    const label = /\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*?(?:^|[{,]\s*)([\w.]*)$/.exec(before);
    if (label !== null) {
      const options = await listed('/loki/api/v1/labels', range(), 'property', '="');
      return { from: context.pos - (label[1] ?? '').length, validFor: /^[\w.]*$/, options };
    }
    if ((before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1) return null;
    const stage = /\|\s*([\w]*)$/.exec(before);
    if (stage !== null) {
      const options = Object.entries(STAGES).map(([word, detail]) => ({
        label: word,
        detail: t(detail),
        type: 'keyword',
      }));
      return { from: context.pos - (stage[1] ?? '').length, validFor: /^\w*$/, options };
    }
    const word = context.matchBefore(/\w+/);
    return word === null && !context.explicit
      ? null
      : { from: word?.from ?? context.pos, validFor: /^\w*$/, options: [...WORDS] };
  };
}

const WORDS: readonly Completion[] = [
  ...[...LOGQL_TOKENS.functions].map((label) => ({ label, type: 'function', apply: `${label}(` })),
  ...['by', 'without', 'on', 'ignoring', 'offset', 'and', 'or', 'unless'].map((label) => ({ label, type: 'keyword' })),
];

async function listed(
  path: string,
  range: CompletionRange,
  type: string,
  suffix = type === 'text' ? '"' : '',
): Promise<readonly Completion[]> {
  const found = await readNames<{ readonly data?: readonly string[] }>(path, secondsRange(range));
  return (found?.data ?? []).map((label) => ({
    label,
    type,
    apply: `${type === 'text' ? escaped(label) : label}${suffix}`,
  }));
}

function escaped(text: string): string {
  return text.replace(/[\\"]/g, '\\$&');
}
