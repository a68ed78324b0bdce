import { attributeReader, isSeveral } from '../../traceql/evaluate/attributes.ts';
import type { Attribute, FieldExpression, Intrinsic } from '../../traceql/parse/ast.ts';
import { scopedAttribute } from '../../traceql/parse/attributes.ts';
import { parseSyntax } from '../../traceql/parse/parse.ts';
import { sourceOf, type TraceHandler, type TraceRequest } from '../../traceql/request.ts';
import { plainText } from '../../traceql/values/format.ts';
import { keyOf, type Static } from '../../traceql/values/static.ts';
import { numberParameter, rangeParameters } from '../parameters.ts';
import { TempoProblem } from '../problem.ts';
import { tagFilter } from './tag-filter.ts';
import { spansFor } from './tag-spans.ts';

const MAX_VALUES = 5000;

interface TagValue {
  readonly type: string;
  readonly value: string;
}

/** `search/tag/{name}/values`: the values of a tag, which is an attribute of spans or resources. */
export const tagValues: TraceHandler = async (request) => {
  const attribute = Object.hasOwn(OLD_NAMES, request.argument)
    ? attributeOf(OLD_NAMES[request.argument] ?? '')
    : scopedAttribute('none', request.argument);
  const values = await valuesOf(request, attribute);
  return { tagValues: [...new Set(values.map(({ value }) => value))], metrics: {} };
};

/** Tags of older versions that are intrinsics. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  name: 'name',
  status: 'status',
  'status.code': 'status',
  kind: 'kind',
  'root.name': 'rootName',
  'root.service.name': 'rootServiceName',
};

/** `v2/search/tag/{name}/values`: the values of an attribute or intrinsic of TraceQL, with their types. */
export const tagValuesV2: TraceHandler = async (request) => ({
  tagValues: await valuesOf(request, attributeOf(request.argument)),
  metrics: {},
});

function attributeOf(text: string): Attribute {
  const query = parseSyntax(`{${text}}`);
  const [filter, ...others] = query.kind === 'search' ? query.pipeline : [];
  if (filter?.kind === 'filter' && others.length === 0 && filter.condition.kind === 'attribute')
    return filter.condition;
  throw new TempoProblem(400, `tag name is not valid intrinsic or scoped attribute: ${text}`);
}

/** Intrinsics whose values are few and known. */
const KEYWORDS: Readonly<Partial<Record<Intrinsic, readonly string[]>>> = {
  status: ['error', 'ok', 'unset'],
  kind: ['client', 'consumer', 'internal', 'producer', 'server', 'unspecified'],
};
/** Intrinsics that have too many values for a choice. */
const WITHOUT_VALUES: ReadonlySet<Intrinsic> = new Set([
  ...(['duration', 'traceDuration', 'event:timeSinceStart', 'trace:id', 'span:id', 'span:parentID', 'parent'] as const),
  ...([
    'link:traceID',
    'link:spanID',
    'nestedSetLeft',
    'nestedSetRight',
    'nestedSetParent',
    'span:childCount',
  ] as const),
]);

async function valuesOf(request: TraceRequest, attribute: Attribute): Promise<readonly TagValue[]> {
  const { parameters } = request;
  const range = rangeParameters(parameters);
  const limit = Math.min(numberParameter(parameters, 'limit') || MAX_VALUES, MAX_VALUES);
  const { intrinsic } = attribute;
  const keywords = intrinsic === undefined ? undefined : KEYWORDS[intrinsic];
  if (keywords !== undefined) return keywords.map((value) => ({ type: 'keyword', value })).slice(0, limit);
  if (attribute.parent || (intrinsic !== undefined && WITHOUT_VALUES.has(intrinsic))) return [];
  const found = new Map<string, TagValue>();
  const read = attributeReader(attribute);
  for await (const spans of spansFor(sourceOf(request), range, present(attribute, tagFilter(parameters)), [
    attribute,
  ])) {
    for (const span of spans) {
      const values = read(span);
      for (const value of isSeveral(values) ? values : [values]) add(found, value);
    }
    if (found.size >= limit) break;
  }
  return [...found.values()].toSorted((a, b) => (a.value < b.value ? -1 : 1)).slice(0, limit);
}

/** Adds the condition that the attribute is present, which the store can check. */
function present(attribute: Attribute, condition: FieldExpression): FieldExpression {
  const exists: FieldExpression = { kind: 'unary', operator: 'exists', operand: attribute };
  return { kind: 'binary', operator: '&&', left: exists, right: condition };
}

function add(found: Map<string, TagValue>, value: Static): void {
  switch (value.type) {
    case 'nil':
      return;
    case 'array':
      for (const element of value.values) add(found, element);
      return;
    default: {
      const key = keyOf(value);
      if (!found.has(key)) found.set(key, { type: value.type, value: plainText(value) });
    }
  }
}
