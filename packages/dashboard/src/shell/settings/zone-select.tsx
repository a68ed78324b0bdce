import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';
import { browserZone, chooseTimeZone, useTimeZone } from '../../locale/zone.ts';

/** Chooses the time zone in which the page shows times. */
export function ZoneSelect(): ReactNode {
  const zone = useTimeZone();
  const zones = Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC');
  return (
    <label>
      {t('Time zone')}
      <select
        className="input"
        value={zone ?? ''}
        onChange={(event) => chooseTimeZone(event.target.value === '' ? undefined : event.target.value)}
      >
        <option value="">{t('Local, {zone}', { zone: browserZone() })}</option>
        <option value="UTC">UTC</option>
        {zones.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
