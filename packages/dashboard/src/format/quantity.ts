/** A number and its unit apart, so that the unit can be drawn small and grey. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

const DURATIONS: readonly { readonly unit: string; readonly nanos: number }[] = [
  { unit: 's', nanos: 1e9 },
  { unit: 'ms', nanos: 1e6 },
  { unit: 'µs', nanos: 1e3 },
  { unit: 'ns', nanos: 1 },
];

/** A duration of nanoseconds to three digits: `1.94 s`, `214 ms`, `12 µs`; from two minutes on in minutes or hours. */
export function durationOf(nanos: number): Quantity {
  if (nanos === 0) return { value: '0', unit: 'ms' };
  if (nanos >= 7.2e12) return { value: digits(nanos / 3.6e12), unit: 'h' };
  if (nanos >= 1.2e11) return { value: digits(nanos / 6e10), unit: 'min' };
  // 999.6 µs would round to "1000 µs": it is 1 ms.
  const scale = DURATIONS.find((candidate) => Math.abs(nanos) >= candidate.nanos * 0.9995) ?? { unit: 'ns', nanos: 1 };
  return { value: digits(nanos / scale.nanos), unit: scale.unit };
}

/** As text: `1.94 s`. */
export function formatDuration(nanos: number): string {
  const { value, unit } = durationOf(nanos);
  return `${value} ${unit}`;
}

/** The length of a step in milliseconds, without digits that say nothing: `7.5 s`, `15 s`. */
export function formatStep(millis: number): string {
  return formatDuration(millis * 1e6).replace(/\.(\d*?)0+ /, (_, digits: string) =>
    digits === '' ? ' ' : `.${digits} `,
  );
}

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units to two or three digits: `7.9 MB`. */
export function bytesOf(bytes: number): Quantity {
  let value = bytes;
  let index = 0;
  while (Math.abs(value) >= 999.5 && index < BYTES.length - 1) {
    value /= 1000;
    index += 1;
  }
  return {
    value: index === 0 ? String(Math.round(value)) : value >= 99.95 ? value.toFixed(0) : value.toFixed(1),
    unit: BYTES[index] ?? 'B',
  };
}

/** As text: `7.9 MB`. */
export function formatBytes(bytes: number): string {
  const { value, unit } = bytesOf(bytes);
  return `${value} ${unit}`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return Number.isInteger(value) ? String(value) : trimZero(value.toFixed(1));
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}
