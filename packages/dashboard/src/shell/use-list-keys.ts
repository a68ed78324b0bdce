import { t } from '../locale/t.ts';
import { useKeys } from './keys.ts';

/** Binds J and K to move through a list and Enter to open the selected row. */
export function useListKeys({
  enabled = true,
  what,
  count,
  index,
  onIndex,
  onOpen,
  openHint = t('open'),
}: {
  readonly enabled?: boolean;
  readonly what: string;
  readonly count: number;
  readonly index: number;
  readonly onIndex: (index: number) => void;
  readonly onOpen: (index: number) => void;
  readonly openHint?: string;
}): void {
  const keys = [
    {
      press: 'j',
      does: t('next {what}', { what }),
      hint: what,
      shown: ['J', 'K'],
      run: () => count > 0 && onIndex(Math.min(count - 1, index + 1)),
    },
    { press: 'k', does: t('previous {what}', { what }), run: () => count > 0 && onIndex(Math.max(0, index - 1)) },
    {
      press: 'Enter',
      does: t('{verb} the {what}', { verb: openHint, what }),
      hint: openHint,
      run: () => index >= 0 && onOpen(index),
    },
  ];
  useKeys(t('View'), enabled ? keys : []);
}
