import type { Completion, CompletionSource } from '@codemirror/autocomplete';
import { msg, t } from '../../locale/t.ts';
import type { CompletionRange } from '../contract.ts';
import { readNames, secondsRange } from './names.ts';

interface Tags {
  readonly scopes?: readonly { readonly name: string; readonly tags: readonly string[] }[];
}

interface TagValues {
  readonly tagValues?: readonly { readonly type: string; readonly value: string }[];
}

/** Functions after a pipe, and what they return. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  'rate()': msg('spans per second'),
  'count_over_time()': msg('spans per step'),
  'quantile_over_time(duration, 0.95)': msg('a quantile per step'),
  'avg_over_time(duration)': msg('an average per step'),
  'max_over_time(duration)': msg('a maximum per step'),
  'histogram_over_time(duration)': msg('a distribution per step'),
  'compare({ status = error })': msg('attributes that differ'),
  'count() > 1': msg('traces by number of spans found'),
  'avg(duration) > 1s': msg('traces by average duration'),
  'by(resource.service.name)': msg('groups the spans found'),
  'select(span.http.route)': msg('adds attributes to the result'),
  'topk(10)': msg('the largest series'),
};

/** Completes attributes of all scopes, their values, and functions. */
export function completeTraceql(range: () => CompletionRange): CompletionSource {
  return async (context) => {
    const before = context.state.sliceDoc(0, context.pos);
    const value = /([\w.:/-]+)\s*(?:=~|!~|!=|=)\s*("?)([^"\s{}&|]*)$/.exec(before);
    if (value !== null) {
      const [, tag = '', quote = '', typed = ''] = value;
      return {
        from: context.pos - typed.length - quote.length,
        filter: true,
        options: await valuesOf(tag, range()),
      };
    }
    if ((before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1) return null;
    const isInside = before.lastIndexOf('{') > before.lastIndexOf('}');
    const piped = /\|\s*([a-z_]*)$/.exec(before);
    if (!isInside && piped !== null && !before.endsWith('||')) {
      const options = Object.entries(FUNCTIONS).map(([label, detail]) => ({
        label,
        detail: t(detail),
        type: 'function',
      }));
      return { from: context.pos - (piped[1] ?? '').length, options };
    }
    const word = context.matchBefore(/[\w.:/-]+/);
    if (word === null && !(context.explicit || /[{(&|]\s+$/.test(before))) return null;
    if (!isInside && !before.includes('(')) return null;
    return { from: word?.from ?? context.pos, validFor: /^[\w.:/-]*$/, options: await tags(range()) };
  };
}

async function tags(range: CompletionRange): Promise<readonly Completion[]> {
  const found = await readNames<Tags>('/tempo/api/v2/search/tags', secondsRange(range));
  return (found?.scopes ?? []).flatMap(({ name, tags: list }) =>
    list.map((tag): Completion => {
      const isIntrinsic = name === 'intrinsic';
      return {
        label: isIntrinsic ? tag : `${name}.${tag}`,
        detail: name,
        type: 'property',
        boost: isIntrinsic ? 1 : 0,
      };
    }),
  );
}

async function valuesOf(tag: string, range: CompletionRange): Promise<readonly Completion[]> {
  const path = `/tempo/api/v2/search/tag/${encodeURIComponent(tag)}/values`;
  const found = await readNames<TagValues>(path, secondsRange(range));
  return (found?.tagValues ?? []).map(({ type, value }) => ({
    label: type === 'string' ? `"${value.replace(/[\\"]/g, '\\$&')}"` : value,
    displayLabel: value,
    type: 'text',
    detail: type,
  }));
}
