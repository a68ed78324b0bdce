import { printf } from '@otelier/query/go-template';

const LARGE = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const BINARY = ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
const SMALL = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];

/** Formats a number with four digits and a metric prefix. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return fourDigits(value);
  return Math.abs(value) >= 1 ? scaled(value, 1000, LARGE) : enlarged(value);
}

/** Formats a number with four digits and a binary prefix. */
export function humanize1024(value: number): string {
  return Math.abs(value) <= 1 || !Number.isFinite(value) ? fourDigits(value) : scaled(value, 1024, BINARY);
}

/** Formats seconds as days, hours, minutes and seconds, or as a fraction of a second. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return fourDigits(seconds);
  if (Math.abs(seconds) < 1) return `${seconds === 0 ? fourDigits(0) : enlarged(seconds)}s`;
  const sign = seconds < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(seconds));
  const [days, hours, minutes, rest] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${rest}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${rest}s`;
  return minutes > 0 ? `${sign}${minutes}m ${rest}s` : `${sign}${fourDigits(Math.abs(seconds))}s`;
}

/** Formats a ratio as a percentage. */
export function humanizePercentage(ratio: number): string {
  return `${fourDigits(ratio * 100)}%`;
}

function scaled(value: number, base: number, prefixes: readonly string[]): string {
  let rest = value;
  let index = 0;
  while (Math.abs(rest) >= base && index + 1 < prefixes.length) {
    rest /= base;
    index += 1;
  }
  return fourDigits(rest) + prefixes[index];
}

function enlarged(value: number): string {
  let rest = value;
  let index = 0;
  while (Math.abs(rest) < 1 && index + 1 < SMALL.length) {
    rest *= 1000;
    index += 1;
  }
  return fourDigits(rest) + SMALL[index];
}

function fourDigits(value: number): string {
  return printf('%.4g', [value]);
}
