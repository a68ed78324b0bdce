const CONVERSIONS: Readonly<Record<string, string>> = {
  Y: '2006',
  y: '06',
  m: '01',
  d: '02',
  e: '_2',
  b: 'Jan',
  h: 'Jan',
  B: 'January',
  a: 'Mon',
  A: 'Monday',
  H: '15',
  I: '03',
  M: '04',
  S: '05',
  p: 'PM',
  Z: 'MST',
  T: '15:04:05',
  R: '15:04',
  D: '01/02/06',
  F: '2006-01-02',
  c: 'Mon Jan _2 15:04:05 2006',
  L: '999999999',
  n: ' ',
  t: ' ',
  '%': '%',
};

/** Converts a format of strptime with `%L` for fractions to layouts of Go, the last of which that fits decides. */
export function goLayoutOf(format: string): string[] {
  if (format === '%s') return ['s'];
  if (format === '%s.%L') return ['s.ns'];
  const parts = format.split(/(%[A-Za-z%])/);
  const layout = (zone: string) =>
    parts
      .map((part) => (part === '%z' ? zone : part.startsWith('%') ? (CONVERSIONS[part.slice(1)] ?? part) : part))
      .join('');
  // A zone is `Z`, `+01:00` or `+0100`.
  return format.includes('%z') ? [layout('Z07:00'), layout('-0700')] : [layout('')];
}
