import type { Account, Session } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { Pane } from '../../../parts/pane.tsx';
import { deviceText, type PaneProps, rolesText } from '../admin-data.ts';
import { SecretDialog } from '../forms.tsx';
import { MoreRows } from '../more-rows.tsx';
import { EndSession, SessionTable } from '../sessions-pane.tsx';
import { AddPasskey, RemovePasskey } from './passkeys.tsx';
import { PasswordForm } from './password-form.tsx';
import { AddSecondFactor, RemoveSecondFactor } from './second-factor.tsx';

type Opened =
  | { readonly kind: 'password' | 'add factor' | 'remove factor' | 'add passkey' }
  | { readonly kind: 'remove passkey'; readonly passkey: NonNullable<Account['person']>['passkeys'][number] }
  | { readonly kind: 'codes'; readonly codes: readonly string[] }
  | { readonly kind: 'end'; readonly session: Session };

/** The account of the person who is signed in: password, second factor, devices. */
export function AccountPane({
  person,
  onChanged,
  isLacking,
  ...pane
}: Omit<PaneProps, 'account'> & {
  /** Whether the role demands a second factor, which the person has not proved. */
  readonly isLacking: boolean;
  readonly person: NonNullable<Account['person']>;
  readonly onChanged: () => void;
}): ReactNode {
  const [opened, setOpened] = useState<Opened | undefined>();
  const close = (): void => setOpened(undefined);
  const changed = (): void => {
    close();
    onChanged();
  };
  return (
    <Pane title={t('Your account')} note={<bdi>{person.email}</bdi>} className="ad-pane">
      {isLacking && (
        <p className="ad-notice warn" role="alert">
          {t(
            'Your role demands a second factor. Add an authenticator app or a passkey, or sign in again with the one that you have.',
          )}
        </p>
      )}
      <dl className="ad-facts s12">
        <dt className="t3">{t('Role')}</dt>
        <dd>
          <bdi>{rolesText(person.grants)}</bdi>
        </dd>
        <dt className="t3">{t('Password')}</dt>
        <dd>
          <button type="button" className="btn small" onClick={() => setOpened({ kind: 'password' })}>
            {t('Change the password')}
          </button>
        </dd>
        <dt className="t3">{t('Second factor')}</dt>
        <dd className="row">
          {person.hasSecondFactor ? (
            <>
              <span>{t('code, {count} codes for recovery', { count: person.recoveryCodes })}</span>
              <button type="button" className="btn small" onClick={() => setOpened({ kind: 'remove factor' })}>
                {t('Remove')}
              </button>
            </>
          ) : (
            <>
              <span className="warn">{t('none')}</span>
              <button type="button" className="btn small" onClick={() => setOpened({ kind: 'add factor' })}>
                {t('Add an authenticator app')}
              </button>
            </>
          )}
        </dd>
        <dt className="t3">{t('Passkeys')}</dt>
        <dd className="row">
          {person.passkeys.map((passkey) => (
            <button
              key={passkey.id}
              type="button"
              className="btn small"
              title={t('Remove')}
              onClick={() => setOpened({ kind: 'remove passkey', passkey })}
            >
              <bdi>{passkey.name}</bdi>
            </button>
          ))}
          <button type="button" className="btn small" onClick={() => setOpened({ kind: 'add passkey' })}>
            {t('Add a passkey')}
          </button>
        </dd>
      </dl>
      <SessionTable
        label={t('Your devices')}
        sessions={person.sessions.slice(0, pane.maxRows)}
        nowMillis={pane.nowMillis}
        nameOf={({ id, device }) => (id === person.session ? t('this device') : deviceText(device))}
        onEnd={(session) => setOpened({ kind: 'end', session })}
      />
      <MoreRows count={person.sessions.length - pane.maxRows} onMore={pane.onMore} />
      {opened?.kind === 'password' && <PasswordForm onClose={close} onSaved={changed} />}
      {opened?.kind === 'add factor' && (
        <AddSecondFactor
          onClose={close}
          onAdded={(codes) => {
            onChanged();
            setOpened({ kind: 'codes', codes });
          }}
        />
      )}
      {opened?.kind === 'remove factor' && <RemoveSecondFactor onClose={close} onSaved={changed} />}
      {opened?.kind === 'add passkey' && <AddPasskey onClose={close} onSaved={changed} />}
      {opened?.kind === 'remove passkey' && (
        <RemovePasskey passkey={opened.passkey} onClose={close} onSaved={changed} />
      )}
      {opened?.kind === 'codes' && (
        <SecretDialog
          title={t('Codes for recovery')}
          note={t('Each replaces the device once. They are shown only now: keep them in a safe place.')}
          lines={opened.codes}
          onClose={close}
        />
      )}
      {opened?.kind === 'end' && (
        <EndSession session={opened.session} path="/account/sessions/revoke" onClose={close} onEnded={changed} />
      )}
    </Pane>
  );
}
