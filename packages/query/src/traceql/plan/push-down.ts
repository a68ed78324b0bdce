import type { Condition, ItemFilter } from '@otelier/store';
import { condition } from '../../request/condition.ts';
import { fullId } from '../evaluate/field.ts';
import type { Attribute, BinaryOperator, FieldExpression, Pipeline, PipelineElement } from '../parse/ast.ts';
import type { Static } from '../values/static.ts';

const ALL: ItemFilter = { kind: 'all', filters: [] };
const NONE: ItemFilter = { kind: 'any', filters: [] };

/**
 * Returns a filter that every span of a pipeline's result satisfies, for the store. Spans that do not satisfy the query
 * can satisfy it too, because the store compares without types.
 */
export function pipelineFilter([first]: Pipeline): ItemFilter {
  return first === undefined ? ALL : elementFilter(first);
}

/** Returns a filter that at least one span of every trace in a pipeline's result satisfies. */
export function traceFilter([first]: Pipeline): ItemFilter {
  return first === undefined ? ALL : anchorFilter(first);
}

function anchorFilter(element: PipelineElement): ItemFilter {
  switch (element.kind) {
    case 'both':
    case 'structural':
      // Spans of the right side are necessary for both.
      return anchorFilter(element.right);
    case 'either':
      return any([anchorFilter(element.left), anchorFilter(element.right)]);
    case 'pipeline':
      return traceFilter(element.pipeline);
    default:
      return elementFilter(element);
  }
}

function elementFilter(element: PipelineElement): ItemFilter {
  switch (element.kind) {
    case 'filter':
      return fieldFilter(element.condition);
    case 'both':
    case 'either':
    case 'structural':
      return any([elementFilter(element.left), elementFilter(element.right)]);
    case 'pipeline':
      return pipelineFilter(element.pipeline);
    default:
      return ALL;
  }
}

/** Returns a filter that every span satisfies for which the expression is true. */
export function fieldFilter(expression: FieldExpression): ItemFilter {
  switch (expression.kind) {
    case 'static':
      return expression.value.type === 'bool' && expression.value.value ? ALL : NONE;
    case 'attribute':
      return compared(expression, '=', { type: 'bool', value: true });
    case 'unary':
      return expression.operator === 'exists' && expression.operand.kind === 'attribute'
        ? onFields(expression.operand, (field) => condition(field, 'exists', ''))
        : ALL;
    case 'binary':
      return binaryFilter(expression.operator, expression.left, expression.right);
  }
}

const FLIPPED: Readonly<Partial<Record<BinaryOperator, BinaryOperator>>> = {
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
};

function binaryFilter(operator: BinaryOperator, left: FieldExpression, right: FieldExpression): ItemFilter {
  if (operator === '&&') return all([fieldFilter(left), fieldFilter(right)]);
  if (operator === '||') return any([fieldFilter(left), fieldFilter(right)]);
  if (left.kind === 'attribute' && right.kind === 'static') return compared(left, operator, right.value);
  if (left.kind === 'static' && right.kind === 'attribute' && operator !== '=~' && operator !== '!~') {
    return compared(right, FLIPPED[operator] ?? operator, left.value);
  }
  return ALL;
}

function compared(attribute: Attribute, operator: BinaryOperator, value: Static): ItemFilter {
  const store = OPERATORS[operator];
  const wanted = store === undefined ? undefined : storeValue(attribute, store, value);
  if (store === undefined || wanted === undefined) return ALL;
  // The store has a column for names of services.
  const isService = attribute.scope === 'resource' && attribute.name === 'service.name' && value.type === 'string';
  if (isService) return condition('service', store, wanted);
  return onFields(attribute, (field) => condition(field, store, wanted));
}

const OPERATORS: Readonly<Partial<Record<BinaryOperator, Condition['op']>>> = {
  ...({ '=': '=', '!=': '!=', '>': '>', '>=': '>=', '<': '<', '<=': '<=' } as const),
  ...({ '=~': '~', '!~': '!~' } as const),
};

/** Returns the value of a condition in the store, or `undefined` if the store cannot check it. */
function storeValue(attribute: Attribute, operator: Condition['op'], value: Static): Condition['value'] | undefined {
  switch (value.type) {
    case 'string':
      if (operator === '~' || operator === '!~') return wholePattern(value.value);
      // The order of texts is that of UTF-16 here and of UTF-8 in the store.
      return operator === '=' || operator === '!=' ? value.value : undefined;
    case 'int':
    case 'duration': {
      const number = Number(value.value);
      return Number.isSafeInteger(number) ? number : undefined;
    }
    case 'float':
      return Number.isFinite(value.value) && attribute.intrinsic === undefined ? value.value : undefined;
    case 'bool':
      return operator === '=' ? value.value : undefined;
    case 'status':
    case 'kind':
      // Numbers without a name count as the first name.
      if (operator === '=' && (value.value === 'unset' || value.value === 'unspecified')) return undefined;
      return value.value.toUpperCase();
    default:
      return undefined;
  }
}

/** Returns an expression that matches a whole value. Flags at its start become those of the group. */
function wholePattern(source: string): string {
  const [prefix = '', flags = ''] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  return `^(?${[...new Set(`${flags}s`)].join('')}:${source.slice(prefix.length)})$`;
}

/** Returns a condition on the fields of the store that can have the attribute. */
function onFields(attribute: Attribute, conditionOn: (field: string) => ItemFilter): ItemFilter {
  const { scope, name, intrinsic, parent } = attribute;
  if (parent) return ALL;
  if (intrinsic !== undefined) {
    const field = Object.hasOwn(INTRINSIC_FIELDS, intrinsic) ? INTRINSIC_FIELDS[intrinsic] : undefined;
    return field === undefined ? ALL : conditionOn(field);
  }
  switch (scope) {
    case 'span':
      return conditionOn(`attributes.${name}`);
    case 'resource':
      return conditionOn(`resource.${name}`);
    case 'none':
      return any([conditionOn(`attributes.${name}`), conditionOn(`resource.${name}`)]);
    default:
      return ALL;
  }
}

const INTRINSIC_FIELDS: Readonly<Record<string, string>> = {
  name: 'name',
  kind: 'kind',
  status: 'status',
  duration: 'duration',
  'instrumentation:name': 'scope.name',
};

function all(filters: readonly ItemFilter[]): ItemFilter {
  const kept = filters.filter((filter) => filter !== ALL);
  const [only] = kept;
  return kept.length === 1 && only !== undefined ? only : kept.length === 0 ? ALL : { kind: 'all', filters: kept };
}

function any(filters: readonly ItemFilter[]): ItemFilter {
  return filters.includes(ALL) ? ALL : { kind: 'any', filters };
}

/** Returns the ID of the only trace that a pipeline can select, if its first filter names it. */
export function onlyTrace([first]: Pipeline): string | undefined {
  return first?.kind === 'filter' ? traceIdIn(first.condition) : undefined;
}

function traceIdIn(expression: FieldExpression): string | undefined {
  if (expression.kind !== 'binary') return undefined;
  const { operator, left, right } = expression;
  if (operator === '&&') return traceIdIn(left) ?? traceIdIn(right);
  if (operator !== '=') return undefined;
  const [attribute, value] = left.kind === 'static' ? [right, left] : [left, right];
  if (attribute.kind !== 'attribute' || attribute.intrinsic !== 'trace:id' || value.kind !== 'static') return undefined;
  return value.value.type === 'string' ? fullId(value.value.value, 32) : undefined;
}
