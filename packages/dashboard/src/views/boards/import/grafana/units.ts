/** UCUM units, as boards have them, by Grafana's units. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ...['none', 'short', 'string', 'locale', 'sishort'].map((name) => [name, ''] as const),
  ...([
    ['s', 's'],
    ['ms', 'ms'],
    ['µs', 'us'],
    ['us', 'us'],
    ['ns', 'ns'],
    ['m', 'min'],
    ['h', 'h'],
    ['d', 'd'],
    ['dtdurations', 's'],
    ['dtdurationms', 'ms'],
    ['clocks', 's'],
    ['percent', '%'],
    ['percentunit', 'ratio'],
    ['bytes', 'By'],
    ['decbytes', 'By'],
    ['kbytes', 'KiBy'],
    ['deckbytes', 'kBy'],
    ['mbytes', 'MiBy'],
    ['decmbytes', 'MBy'],
    ['gbytes', 'GiBy'],
    ['decgbytes', 'GBy'],
    ['Bps', 'By/s'],
    ['binBps', 'By/s'],
    ['bps', 'bit/s'],
    ['binbps', 'bit/s'],
    ['bits', 'bit'],
    ['decbits', 'bit'],
    ['reqps', '{request}/s'],
    ['ops', '{operation}/s'],
    ['rps', '{read}/s'],
    ['wps', '{write}/s'],
    ['iops', '{operation}/s'],
    ['cps', '{count}/s'],
    ['eps', '{event}/s'],
    ['mps', '{message}/s'],
    ['pps', '{packet}/s'],
    ['hertz', 'Hz'],
    ['rothz', 'Hz'],
    ['celsius', '°C'],
    ['fahrenheit', '°F'],
    ['kelvin', 'K'],
    ['watt', 'W'],
    ['kwatt', 'kW'],
    ['joule', 'J'],
    ['watth', 'Wh'],
    ['kwatth', 'kWh'],
    ['volt', 'V'],
    ['amp', 'A'],
    ['rotrpm', 'rpm'],
    ['humidity', '%'],
    ['decibel', 'dB'],
    ['dBm', 'dBm'],
  ] as const),
]);

/** Returns the unit of a board for one of Grafana, or `undefined` if there is none. */
export function unitOf(unit: string): string | undefined {
  if (unit === '') return '';
  const custom = /^(?:suffix|prefix):\s*(.{1,20})$/.exec(unit)?.[1];
  if (custom !== undefined) return custom.trim();
  // Grafana takes a word that it does not know for the unit itself.
  return UNITS.get(unit) ?? (/^[a-z]{2,16}$/.test(unit) && !FORMATS.test(unit) ? `{${unit}}` : undefined);
}

/** Words that name a form of values instead of a unit. */
const FORMATS = /^(?:bool|hex|sci|date|time|currency|locale)/;
