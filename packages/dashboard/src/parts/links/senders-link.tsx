import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';

/** A link to the view of the programs that send. */
export function SendersLink({ className = '' }: { readonly className?: string }): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <Link to="/senders" search={time} className={`s12 ${className}`}>
      {t('Senders')}
    </Link>
  );
}
