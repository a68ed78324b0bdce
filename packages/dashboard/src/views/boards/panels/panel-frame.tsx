import { Link } from '@tanstack/react-router';
import type { PointerEvent, ReactNode } from 'react';
import { type PageSearch, timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { msg, t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { languageOf } from '../../../query/languages.ts';
import { expandMacros } from '../../../query/macros.ts';
import { queryWindow } from '../../../query/query-grid.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import type { Panel } from '../model/board.ts';
import { type ChosenVariable, expandWhere, variablesFor } from '../variables/chosen.ts';
import { useBoardContext } from './board-context.ts';
import { PanelBody } from './panel-body.tsx';

/** A panel with its title. */
export function PanelFrame({
  panel,
  actions,
  onGrip,
  children,
}: {
  readonly panel: Exclude<Panel, { kind: 'row' }> | Panel;
  readonly actions?: ReactNode;
  /** Called when the title is pressed to move the panel. */
  readonly onGrip?: ((event: PointerEvent<HTMLElement>) => void) | undefined;
  /** The content, if not that of the panel. */
  readonly children?: ReactNode;
}): ReactNode {
  const { variables } = useBoardContext();
  return (
    <>
      <div className={`head ${onGrip === undefined ? '' : 'bo-grip'}`} onPointerDown={onGrip}>
        {onGrip !== undefined && <Icon name="grip" size={12} />}
        <h2 className="cut" title={panel.title}>
          {panel.title === '' ? t('Untitled') : panel.title}
        </h2>
        <span className="note">{noteOf(panel, variables)}</span>
        <span className="push row">
          <OpenLink panel={panel} />
          {actions}
        </span>
      </div>
      {children ?? <PanelBody panel={panel} />}
    </>
  );
}

/** A link to the view where the data of a panel can be explored. */
function OpenLink({ panel }: { readonly panel: Panel }): ReactNode {
  const time = timeOf(usePageSearch());
  const { variables } = useBoardContext();
  const shown = usePageWindow();
  const target = targetOf(panel, variables, queryWindow(shown));
  if (target === undefined) return null;
  return (
    <Link
      to={target.to}
      search={{ ...time, ...target.search }}
      className="btn small bare icononly"
      aria-label={t('Open {title} in {view}', { title: panel.title, view: t(target.view) })}
      title={t('Open in {view}', { view: t(target.view) })}
    >
      <Icon name="link" />
    </Link>
  );
}

interface Target {
  readonly to: '/query' | '/traces' | '/logs';
  readonly view: string;
  readonly search: PageSearch;
}

function targetOf(
  panel: Panel,
  variables: readonly ChosenVariable[],
  window: ReturnType<typeof queryWindow>,
): Target | undefined {
  switch (panel.kind) {
    case 'query': {
      const { language } = panel;
      const values = variablesFor(variables, language);
      // The macros of the time stay, because the query view has them, too.
      const text = Object.keys(values).reduce(
        (query, name) => expandOnly(query, name, values, window),
        panel.queries[0]?.text ?? '',
      );
      return {
        to: '/query',
        view: msg('Query'),
        search: { query: text, lang: language === 'sql' ? undefined : language },
      };
    }
    case 'requests':
    case 'durations':
    case 'red':
      return { to: '/traces', view: msg('Traces'), search: { where: expandWhere(panel.where, variables) } };
    case 'logs':
    case 'patterns':
      return {
        to: '/logs',
        view: msg('Logs'),
        search: {
          where: expandWhere(panel.where, variables),
          text: panel.text === '' ? undefined : panel.text,
          tab: panel.kind === 'patterns' ? 'patterns' : undefined,
        },
      };
    default:
      return undefined;
  }
}

/** Replaces one variable of a query. */
function expandOnly(
  query: string,
  name: string,
  values: ReturnType<typeof variablesFor>,
  window: ReturnType<typeof queryWindow>,
): string {
  return query.replace(
    new RegExp(`\\$\\{${name}(?::\\w+)?\\}|\\[\\[${name}\\]\\]|\\$${name}\\b`, 'g'),
    (mention) => expandMacros(mention, window, values).text,
  );
}

function noteOf(panel: Panel, variables: readonly ChosenVariable[]): string {
  switch (panel.kind) {
    case 'query':
      return languageOf(panel.language).title;
    case 'requests':
    case 'durations':
    case 'red':
    case 'logs':
    case 'patterns':
      return expandWhere(panel.where, variables).join(', ');
    default:
      return '';
  }
}
