import { AttributeEditor, RESOURCE_FIELDS, Splices } from '@otelier/otlp';
import { compileAction, warnOfMissingContexts } from '../attributes/actions.ts';
import { attributeActionsField } from '../attributes/field.ts';
import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';

export const resource = defineRewriter({
  summary: 'Modifies resource attributes.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({ attributes: attributeActionsField('each resource') }),
  examples: [
    {
      title: 'Set the cluster name and remove command lines',
      config: {
        attributes: [
          { key: 'k8s.cluster.name', value: 'west-1', action: 'upsert' },
          { key: 'process.command_args', action: 'delete' },
        ],
      },
    },
  ],
  keepsNoBytes: true,
  describe: ({ attributes }) => formatCount(attributes.length, 'action'),
  hooks({ attributes }, { logger }) {
    warnOfMissingContexts(attributes, logger);
    const edits = attributes.map(compileAction);
    const editor = new AttributeEditor();
    return {
      resource({ bytes, resourceStart, resourceEnd }, context) {
        editor.reset(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
        for (const edit of edits) edit(editor, context);
        const splices = new Splices();
        return editor.record(splices) ? splices.apply(bytes, resourceStart, resourceEnd) : 'keep';
      },
    };
  },
});
