import {
  AttributeEditor,
  DATA_POINT_FIELDS,
  type Decision,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  metricKindOf,
  rewriteItems,
  type Signal,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { attributeActionsField, compileAction } from '../component/attribute-actions.ts';
import { defineProcessor } from '../component/define.ts';
import { compileMatch, matchPropertiesField } from '../component/match-properties.ts';
import { rewriteAndHandOn } from '../component/rewriting.ts';
import { z } from '../component/schema.ts';
import type { ConditionContext } from '../ottl/paths.ts';

/** Changes attributes of spans, data points and log records. */
export const attributes = defineProcessor({
  summary: 'Changes attributes of spans, data points and log records.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    actions: attributeActionsField('each item'),
    include: matchPropertiesField('Only what matches is changed.'),
    exclude: matchPropertiesField('What matches is left as it is.'),
  }),
  examples: [
    {
      title: 'Name the environment, hide the user',
      config: {
        actions: [
          { key: 'deployment.environment.name', value: 'production', action: 'insert' },
          { key: 'enduser.id', action: 'hash' },
          { key: 'http.request.header.authorization', action: 'delete' },
        ],
      },
    },
    {
      title: 'Take an id out of a path, in one service',
      config: {
        include: { match_type: 'strict', services: ['shop'] },
        actions: [{ key: 'url.path', pattern: '^/orders/(?P<order_id>\\d+)', action: 'extract' }],
      },
    },
  ],
  describe: ({ actions }) => `${actions.length} ${actions.length === 1 ? 'action' : 'actions'}`,
  create({ actions, include, exclude }, next, context) {
    const { signal } = context;
    const edits = actions.map(compileAction);
    const { matchContext, attributesField } = ITEMS[signal] ?? ITEMS.traces;
    const matches = compileMatch(include, exclude, matchContext);
    const editor = new AttributeEditor();
    return {
      consume(batch) {
        if (edits.length === 0) return next.consume(batch);
        const item = (cursor: ItemCursor): Decision => {
          const { bytes, start, end } = cursor;
          if (matches !== undefined && !matches({ cursor, start, end })) return 'keep';
          editor.reset(bytes, start, end, attributesField(cursor));
          for (const edit of edits) edit(editor, batch.context);
          editor.record(cursor.splices);
          return 'keep';
        };
        return rewriteAndHandOn(batch, (part) => rewriteItems(signal, part, { item }), 'filtered', next, context);
      },
    };
  },
});

interface ItemKind {
  readonly matchContext: ConditionContext;
  readonly attributesField: (cursor: ItemCursor) => number;
}

/** Of each signal: what an item is called in conditions, and which field of it holds the attributes. */
const ITEMS: Partial<Readonly<Record<Signal, ItemKind>>> & { readonly traces: ItemKind } = {
  traces: { matchContext: 'span', attributesField: () => SPAN_FIELDS.attributes },
  logs: { matchContext: 'log', attributesField: () => LOG_RECORD_FIELDS.attributes },
  metrics: {
    matchContext: 'datapoint',
    attributesField: ({ dataField }) => DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes,
  },
};
