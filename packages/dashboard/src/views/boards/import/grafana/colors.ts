import type { SeriesColor, Threshold } from '../../model/board.ts';

/** Colors by the first name in Grafana's names that they are part of: `semi-dark-red`. */
const NAMES: readonly (readonly [pattern: RegExp, color: SeriesColor])[] = [
  [/red/, 'error'],
  [/orange|yellow/, 'warn'],
  [/green/, 'ok'],
  [/blue/, 'blue'],
  [/purple/, 'purple'],
  [/gr[ae]y|white|black|text|transparent/, 'gray'],
];

/** The lowest hue in degrees from which on a color begins. */
const HUES: readonly (readonly [from: number, color: SeriesColor])[] = [
  [345, 'error'],
  [290, 'pink'],
  [250, 'purple'],
  [200, 'blue'],
  [165, 'cyan'],
  [75, 'ok'],
  [16, 'warn'],
  [0, 'error'],
];
/** Less saturated colors are gray. */
const MIN_SATURATION = 0.2;

/** Returns the color of the page that is closest to one of Grafana, or `undefined` if it is none. */
export function colorOf(text: string): SeriesColor | undefined {
  const name = text.toLowerCase().trim();
  const rgb = rgbOf(name);
  if (rgb === undefined) return NAMES.find(([pattern]) => pattern.test(name))?.[1];
  const [red = 0, green = 0, blue = 0] = rgb;
  const max = Math.max(red, green, blue);
  const range = max - Math.min(red, green, blue);
  if (max === 0 || range / max < MIN_SATURATION) return 'gray';
  const sixth =
    max === red ? (green - blue) / range : max === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  const hue = (sixth * 60 + 360) % 360;
  return HUES.find(([from]) => hue >= from)?.[1];
}

/** Returns the level that a color of a threshold stands for. */
export function levelOf(text: string): Threshold['level'] {
  const color = colorOf(text);
  return color === 'error' || color === 'warn' ? color : 'ok';
}

function rgbOf(name: string): readonly number[] | undefined {
  const parts = /^rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)/.exec(name)?.slice(1).map(Number);
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/.exec(name)?.slice(1);
  return parts ?? hex?.map((part) => Number.parseInt(part, 16));
}
