import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { Code } from '../../parts/code.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';

const EXAMPLE = `extensions:
  alerting:
    rule_files: [rules/*.yml]
    route: { receiver: team }
    receivers:
      - name: team
        webhook_configs: [{ url: 'https://example.com/alerts' }]
service:
  extensions: [workbench, alerting]`;

/** Says how to configure rules. */
export function NoRules(): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <EmptyState
      title={t('No alerting rules are configured')}
      actions={
        <Link to="/pipeline" search={{ ...time, edit: 'pipeline' }} className="btn">
          {t('Edit the configuration')}
        </Link>
      }
    >
      <p>{t('The extension “alerting” evaluates rule files of Prometheus. Add it to the configuration:')}</p>
      <div className="al-example">
        <Code text={EXAMPLE} />
      </div>
    </EmptyState>
  );
}
