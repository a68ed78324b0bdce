import {
  DATA_POINT_FIELDS,
  EXEMPLAR_FIELDS,
  LOG_RECORD_FIELDS,
  metricKindOf,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
  type Signal,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  SPAN_LINK_FIELDS,
  STATUS_FIELDS,
} from '@otelier/otlp';

/** What a field of a message contains. */
export type FieldPlan = 'text' | 'attribute' | 'value' | MessagePlan;

/** The fields of a message in which sensitive values are searched, by number. */
export type MessagePlan = readonly (FieldPlan | undefined)[];

export const RESOURCE_PLAN: MessagePlan = planOf([[RESOURCE_FIELDS.attributes, 'attribute']]);
export const SCOPE_PLAN: MessagePlan = planOf([[SCOPE_FIELDS.attributes, 'attribute']]);

const SPAN_PLAN = planOf([
  [SPAN_FIELDS.name, 'text'],
  [SPAN_FIELDS.attributes, 'attribute'],
  [
    SPAN_FIELDS.events,
    planOf([
      [SPAN_EVENT_FIELDS.name, 'text'],
      [SPAN_EVENT_FIELDS.attributes, 'attribute'],
    ]),
  ],
  [SPAN_FIELDS.links, planOf([[SPAN_LINK_FIELDS.attributes, 'attribute']])],
  [SPAN_FIELDS.status, planOf([[STATUS_FIELDS.message, 'text']])],
]);

const LOG_PLAN = planOf([
  [LOG_RECORD_FIELDS.body, 'value'],
  [LOG_RECORD_FIELDS.attributes, 'attribute'],
]);

const EXEMPLAR_PLAN = planOf([[EXEMPLAR_FIELDS.filteredAttributes, 'attribute']]);

const POINT_PLANS: Readonly<Record<keyof typeof DATA_POINT_FIELDS, MessagePlan>> = {
  gauge: pointPlan('gauge'),
  sum: pointPlan('sum'),
  histogram: pointPlan('histogram'),
  exponentialHistogram: pointPlan('exponentialHistogram'),
  summary: pointPlan('summary'),
};

/** Returns the plan for the items of a signal. `dataField` is the field of the metric that contains the point. */
export function itemPlan(signal: Signal, dataField: number): MessagePlan {
  if (signal === 'traces') return SPAN_PLAN;
  return signal === 'logs' ? LOG_PLAN : POINT_PLANS[metricKindOf(dataField) ?? 'gauge'];
}

function pointPlan(kind: keyof typeof DATA_POINT_FIELDS): MessagePlan {
  const fields = DATA_POINT_FIELDS[kind];
  return planOf([
    [fields.attributes, 'attribute'],
    ...('exemplars' in fields ? [[fields.exemplars, EXEMPLAR_PLAN] as const] : []),
  ]);
}

function planOf(fields: readonly (readonly [number, FieldPlan])[]): MessagePlan {
  const plan: (FieldPlan | undefined)[] = [];
  for (const [field, contents] of fields) plan[field] = contents;
  return plan;
}
