import {
  AttributeEditor,
  DATA_POINT_FIELDS,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  metricKindOf,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { attributeActionsField, compileAction } from '../component/attribute-actions.ts';
import { compileMatch, matchPropertiesField } from '../component/match-properties.ts';
import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import type { ConditionContext } from '../ottl/paths.ts';

export const attributes = defineRewriter({
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
  describe: ({ actions }) => formatCount(actions.length, 'action'),
  hooks({ actions, include, exclude }, { signal }) {
    if (actions.length === 0) return {};
    const edits = actions.map(compileAction);
    const { matchContext, attributesField } = ITEMS[signal];
    const matches = compileMatch(include, exclude, matchContext);
    const editor = new AttributeEditor();
    return {
      item(cursor, batch) {
        const { bytes, start, end, splices } = cursor;
        if (matches !== undefined && !matches({ cursor, start, end })) return 'keep';
        editor.reset(bytes, start, end, attributesField(cursor));
        for (const edit of edits) edit(editor, batch);
        editor.record(splices);
        return 'keep';
      },
    };
  },
});

interface ItemKind {
  readonly matchContext: ConditionContext;
  readonly attributesField: (cursor: ItemCursor) => number;
}

/** Of each signal: what an item is called in conditions, and which field of it holds the attributes. */
const ITEMS: Readonly<Record<'traces' | 'metrics' | 'logs', ItemKind>> = {
  traces: { matchContext: 'span', attributesField: () => SPAN_FIELDS.attributes },
  logs: { matchContext: 'log', attributesField: () => LOG_RECORD_FIELDS.attributes },
  metrics: {
    matchContext: 'datapoint',
    attributesField: ({ dataField }) => DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes,
  },
};
