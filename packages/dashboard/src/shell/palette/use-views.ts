import { useStatus } from '../../data/use-status.ts';
import { VIEWS, type ViewEntry } from '../views.ts';

/** Returns the views that this gateway has: that of accounts only if people sign in. */
export function useViews(): readonly ViewEntry[] {
  const { data } = useStatus();
  return data?.hasIdentity === true ? VIEWS : WITHOUT_ACCOUNTS;
}

const WITHOUT_ACCOUNTS = VIEWS.filter(({ id }) => id !== 'admin');
