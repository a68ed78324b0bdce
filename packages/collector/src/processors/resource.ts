import { AttributeEditor, type ItemCursor, RESOURCE_FIELDS, rewriteItems, Splices } from '@otelier/otlp';
import { attributeActionsField, compileAction } from '../component/attribute-actions.ts';
import { defineProcessor } from '../component/define.ts';
import { rewriteAndHandOn } from '../component/rewriting.ts';
import { z } from '../component/schema.ts';

/** Changes attributes of resources. */
export const resource = defineProcessor({
  summary: 'Changes attributes of resources.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({ attributes: attributeActionsField('each resource') }),
  examples: [
    {
      title: 'Say which cluster telemetry came through',
      config: {
        attributes: [
          { key: 'k8s.cluster.name', value: 'west-1', action: 'upsert' },
          { key: 'process.command_args', action: 'delete' },
        ],
      },
    },
  ],
  describe: ({ attributes }) => `${attributes.length} ${attributes.length === 1 ? 'action' : 'actions'}`,
  create({ attributes }, next, context) {
    const edits = attributes.map(compileAction);
    const editor = new AttributeEditor();
    return {
      consume(batch) {
        if (edits.length === 0) return next.consume(batch);
        const hook = ({ bytes, resourceStart, resourceEnd }: ItemCursor) => {
          editor.reset(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
          for (const edit of edits) edit(editor, batch.context);
          const splices = new Splices();
          return editor.record(splices) ? splices.apply(bytes, resourceStart, resourceEnd) : 'keep';
        };
        return rewriteAndHandOn(
          batch,
          (part) => rewriteItems(context.signal, part, { resource: hook }),
          'filtered',
          next,
          context,
        );
      },
    };
  },
});
