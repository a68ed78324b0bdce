import type { ErrorCause } from '@otelier/query';
import { Fragment, type ReactNode } from 'react';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';

/** A message whose variable parts are marked. */
export function CauseMessage({ message }: { readonly message: ErrorCause['message'] }): ReactNode {
  if (message.length === 0) return <span className="t3">{t('without a message')}</span>;
  return (
    <bdi>
      {message.map(({ text, isVariable }, index) =>
        isVariable ? (
          <span key={index} className="er-var mono">
            {text}
          </span>
        ) : (
          <Fragment key={index}>{text}</Fragment>
        ),
      )}
    </bdi>
  );
}

/** The services that a failure passed through, from where it began. */
export function CausePath({ path }: { readonly path: ErrorCause['path'] }): ReactNode {
  return path.map(({ service, isPeer }, index) => (
    <Fragment key={index}>
      {index > 0 && <Icon name="right" size={10} />}
      <ServiceMark service={service} hollow={isPeer} />
      <bdi className="cut">{service}</bdi>
    </Fragment>
  ));
}

/** The versions in which a cause occurred: one, a range, or their number. */
export function versionsText(versions: ErrorCause['versions']): string {
  const names = versions.map(({ value }) => value).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const [first = '', last = ''] = [names[0], names.at(-1)];
  return names.length < 2 ? first : names.length === 2 ? `${first}, ${last}` : `${first} – ${last}`;
}
