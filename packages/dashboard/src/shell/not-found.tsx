import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../locale/t.ts';
import { EmptyState } from '../parts/empty-state.tsx';

/** The page shown for an unknown URL. */
export function NotFound(): ReactNode {
  return (
    <EmptyState title={t('Page not found')} actions={<Link to="/">{t('Open the overview')}</Link>}>
      <p>{t('The address may have been mistyped.')}</p>
    </EmptyState>
  );
}
