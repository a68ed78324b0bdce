import { IdentityChangeError } from '../accounts/errors.ts';
import type { SecondFactor } from '../accounts/second-factor.ts';
import { MAX_AGE_MILLIS, type Sessions } from '../accounts/sessions.ts';
import type { SignIn } from '../accounts/sign-in.ts';
import type { User, Users } from '../accounts/users.ts';
import type { CallerRequest } from '../caller-request.ts';
import type { Changes } from '../database/changes.ts';
import type { Passkeys } from '../passkeys/passkeys.ts';
import type { Administration } from './administration.ts';
import { type OwnSessionOptions, recordOwnChange, requireSession } from './own-session.ts';

interface OwnAccountOptions extends OwnSessionOptions {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly secondFactor: SecondFactor;
  readonly passkeys: Passkeys;
  readonly signIn: SignIn;
  readonly changes: Changes;
  readonly now: () => number;
}

/** Creates what people do with their own accounts. */
export function createOwnAccount(options: OwnAccountOptions): Omit<Administration['account'], 'passkeys'> {
  const { users, sessions, secondFactor, passkeys, signIn, changes, now } = options;
  const required = (request: CallerRequest) => requireSession(options, request);
  const record = (user: User, action: string, request: CallerRequest) =>
    recordOwnChange(options, user, action, request);
  return {
    get(request) {
      const found = options.sessionOf(request);
      const user = found && users.list().find(({ id }) => id === found.user.id);
      return (
        found &&
        user && {
          user,
          session: found.session.id,
          sessions: sessions.list(user.id, now()),
          recoveryCodes: secondFactor.recoveryCodes(user.id),
          passkeys: passkeys.list(user.id),
        }
      );
    },
    async changePassword(request, { current, password }) {
      const { session, user } = required(request);
      if (current === password) throw new IdentityChangeError('password: expected a new one, got the current one');
      await signIn.confirm({ email: user.email, password: current });
      return users.setPassword(user.id, password, () => {
        record(user, 'account.change_password', request);
        const device = { device: session.device, address: request.address ?? '' };
        const { isStrong } = session;
        return {
          secret: sessions.create(user.id, { ...device, isStrong }, now()),
          maxAgeSeconds: MAX_AGE_MILLIS / 1000,
        };
      });
    },
    async startSecondFactor(request, password) {
      const { user } = required(request);
      await signIn.confirm({ email: user.email, password });
      const secret = await changes.run(() => secondFactor.start(user.id));
      const link = `otpauth://totp/otelier:${encodeURIComponent(user.email)}?secret=${secret}&issuer=otelier`;
      return { secret, link };
    },
    confirmSecondFactor: (request, code) =>
      changes.run(() => {
        const { session, user } = required(request);
        const codes = secondFactor.confirm(user.id, code, now());
        sessions.strengthen(session.id);
        record(user, 'account.add_second_factor', request);
        return codes;
      }),
    async removeSecondFactor(request, { password, code }) {
      const { user } = required(request);
      await signIn.confirm({ email: user.email, password });
      await changes.run(() => {
        if (!secondFactor.use(user.id, code, now()))
          throw new IdentityChangeError('code: expected one of the device or for recovery, got another');
        secondFactor.remove(user.id);
        sessions.weaken(user.id);
        record(user, 'account.remove_second_factor', request);
      });
    },
    endSession: (request, id) =>
      changes.run(() => {
        const { user } = required(request);
        sessions.revoke(id, user.id);
        record(user, 'account.end_session', request);
      }),
  };
}
