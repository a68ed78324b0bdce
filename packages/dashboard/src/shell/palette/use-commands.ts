import { useChangeSearch } from '../../data/use-search.ts';
import { LANGUAGES } from '../../locale/active.ts';
import { chooseLanguage } from '../../locale/choose-language.ts';
import { msg, t } from '../../locale/t.ts';
import { browserZone, chooseTimeZone } from '../../locale/zone.ts';
import { copyText } from '../../parts/copy-button.tsx';
import { RANGES } from '../../time/range.ts';
import { switchTheme } from '../preferences.ts';
import { useLive } from '../use-live.ts';
import type { PaletteEntry } from './palette-entries.ts';

/** Commands of `otelier`, and what they do. */
const COMMAND_LINE: readonly (readonly [command: string, does: string])[] = [
  ['otelier run -- node app.js', msg('start an application and collect its telemetry')],
  ['otelier --demo', msg('start with a simulated shop')],
  ['otelier validate --config otelier.yaml', msg('check a configuration')],
  ['otelier reload --dry-run', msg('print what a reload would change')],
  ['otelier print-config', msg('print the effective configuration')],
  ['otelier components', msg('list the components')],
  ['otelier graph', msg('print the running pipelines')],
  ['otelier top', msg('watch the components')],
  ['otelier test', msg('test the pipelines')],
  ['otelier query "SELECT count(*) FROM spans"', msg('query the store in SQL')],
];

/** Returns the palette entries that change the page: its range, settings and language, and commands to copy. */
export function useCommands(): readonly PaletteEntry[] {
  const change = useChangeSearch();
  const { live, toggle } = useLive();
  const command = (text: string, run: () => void, more: Partial<PaletteEntry> = {}): PaletteEntry => ({
    id: `command ${text}`,
    group: 'Commands',
    text,
    run,
    ...more,
  });
  const zone = (name: string | undefined, text: string): PaletteEntry => ({
    id: `zone ${name ?? ''}`,
    group: 'Settings',
    text: t('Time zone: {zone}', { zone: text }),
    icon: 'clock',
    isSoughtOnly: true,
    run: () => chooseTimeZone(name),
  });
  return [
    command(live ? t('Pause') : t('Resume'), toggle, { icon: live ? 'pause' : 'play', keys: ['Space'] }),
    ...RANGES.map((range) =>
      command(
        t('Show the {range}', { range: lowerFirst(t(range.label)) }),
        () => change({ last: range.last, at: undefined, from: undefined, to: undefined }),
        { icon: 'clock' },
      ),
    ),
    command(t('Copy a link to this view'), () => void copyText(location.href), { icon: 'copy', keys: ['Y'] }),
    command(t('Switch between dark and light'), switchTheme, { group: 'Settings', icon: 'theme', keys: ['D'] }),
    ...LANGUAGES.map(
      ({ code, name }): PaletteEntry => ({
        id: `language ${code}`,
        group: 'Settings',
        text: `${t('Language')}: ${name}`,
        run: () => void chooseLanguage(code),
      }),
    ),
    zone(undefined, t('Local, {zone}', { zone: browserZone() })),
    zone('UTC', 'UTC'),
    ...Intl.supportedValuesOf('timeZone')
      .filter((name) => name !== 'UTC')
      .map((name) => zone(name, name)),
    ...COMMAND_LINE.map(
      ([text, does]): PaletteEntry => ({
        id: `shell ${text}`,
        group: 'Command line',
        text,
        note: t(does),
        aside: t('Copy'),
        icon: 'copy',
        mono: true,
        isSoughtOnly: true,
        run: () => void copyText(text),
      }),
    ),
  ];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
