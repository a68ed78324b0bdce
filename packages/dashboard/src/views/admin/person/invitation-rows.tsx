import type { Invitation } from '@otelier/query';
import type { ReactNode } from 'react';
import { NO_VALUE } from '../../../format/number.ts';
import { formatAge } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { change, rolesText, tenantsText } from '../admin-data.ts';
import { FormDialog } from '../forms.tsx';

/** The rows of people who were invited and have no account yet. */
export function InvitationRows({
  invitations,
  nowMillis,
  onOpen,
}: {
  readonly invitations: readonly Invitation[];
  readonly nowMillis: number;
  readonly onOpen: (invitation: Invitation) => void;
}): ReactNode {
  return invitations.map((invitation) => (
    <tr key={invitation.id}>
      <td>
        <button type="button" className="ad-name cut" onClick={() => onOpen(invitation)}>
          <bdi>{invitation.email}</bdi>
        </button>
      </td>
      <td className="t2">
        <bdi>{rolesText(invitation.grants) || NO_VALUE}</bdi>
      </td>
      <td className="t2">
        <bdi>{tenantsText(invitation.grants) || NO_VALUE}</bdi>
      </td>
      <td className="t2">{t('invited')}</td>
      <td className="num t2">
        {t('{age} left', { age: formatAge(Math.max(0, invitation.expiresMillis - nowMillis)) })}
      </td>
    </tr>
  ));
}

/** Withdraws an invitation after a confirmation. */
export function RevokeInvitation({
  invitation: { id, email },
  onClose,
  onSaved,
}: {
  readonly invitation: Invitation;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const revoke = async (): Promise<void> => {
    await change('/people/invitations/revoke', { id });
    onSaved();
  };
  return (
    <FormDialog title={email} submit={t('Withdraw the invitation')} onSubmit={revoke} onClose={onClose}>
      <p className="t2 s12">{t('The link is then no longer valid.')}</p>
    </FormDialog>
  );
}
