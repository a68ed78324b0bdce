import { relabelOperators } from '../relabel/operators.ts';
import { outputText } from '../source/references.ts';
import type { Section } from '../source/section.ts';
import { fieldOf, member } from '../stages/expressions.ts';
import { rulesOf, type ScrapeContext, type Target } from './target.ts';

/** Converts `journal`. */
export function journalTarget(section: Section, { storage }: ScrapeContext): Target[] {
  const journal = section.section('journal');
  if (journal === undefined) return [];
  const rules = rulesOf(section);
  const labels = [...journal.textMap('labels')];
  const isJson = journal.boolean('json') === true;
  const path = journal.value('path');
  const matches = matchesOf(journal.text('matches') ?? '');
  journal.changed(
    'max_age',
    'the first run reads the journal from its beginning',
    'set start_at: end to read new entries only',
  );
  journal.finish();
  return [
    {
      type: 'journald',
      name: '',
      config: {
        start_at: 'beginning',
        priority: 'debug',
        ...(path !== undefined && { directory: path }),
        ...(matches.length > 0 && { matches }),
        storage,
      },
      labels: labels.map(([name]) => name),
      prepare(context) {
        for (const [name, value] of labels)
          context.push({ type: 'add', field: fieldOf('attributes', name), value: outputText(value) });
        relabelOperators(rules, context, journalField);
        if (!isJson) context.push({ type: 'move', from: 'body.MESSAGE', to: 'body' }, 'body.MESSAGE != nil');
      },
    },
  ];
}

const PRIORITIES = '["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"]';

function journalField(label: string): string | undefined {
  if (label === '__journal_priority_keyword') return `(body.PRIORITY == nil ? nil : ${PRIORITIES}[int(body.PRIORITY)])`;
  const name = /^__journal_(.+)$/.exec(label)?.[1];
  return name === undefined ? undefined : member('body', name.toUpperCase());
}

/** Fields that entries have: `_TRANSPORT=kernel PRIORITY=3`, with `+` between alternatives. */
function matchesOf(text: string): Record<string, string>[] {
  return text
    .split(/\s\+\s/)
    .map((part) =>
      Object.fromEntries(
        part
          .split(/\s+/)
          .map((pair) => pair.split('=', 2))
          .filter(([key, value]) => key !== undefined && value !== undefined) as [string, string][],
      ),
    )
    .filter((match) => Object.keys(match).length > 0);
}
