import { t } from '../../../locale/t.ts';

/** Returns a reason of the ledger in words: `filtered`, `sampled out`. */
export function reasonText(reason: string): string {
  // Of a trace, "sampled" alone means that it is kept.
  return reason === 'sampled' ? t('sampled out') : reason.replaceAll('_', ' ');
}
