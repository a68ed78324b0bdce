import type { RedactionPreview } from '@otelier/query';

const HOSTILE = '<b>bold</b>';

/** The sensitive values of a simulated gateway: some in log records, none in traces. */
export function redactionPreview(signal: string): RedactionPreview {
  if (signal !== 'logs')
    return { items: 1000, kinds: [{ name: 'card', group: 'financial', values: 0, items: 0 }], examples: [] };
  return {
    items: 1000,
    kinds: [
      { name: 'card', group: 'financial', values: 25, items: 24 },
      { name: 'email', group: 'contact', values: 19, items: 12 },
      { name: 'iban', group: 'financial', values: 0, items: 0 },
    ],
    examples: [
      {
        kind: 'card',
        service: 'payment',
        place: 'body',
        before: 'charge failed card=',
        value: '4929 1180 0041 4417',
        after: ` by ${HOSTILE}`,
        masked: '**** **** **** 4417',
      },
      {
        kind: 'email',
        service: HOSTILE,
        place: 'enduser.id',
        before: '',
        value: 'user@mail.test',
        after: '',
        masked: '',
      },
    ],
  };
}
