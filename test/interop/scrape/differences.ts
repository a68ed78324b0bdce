const START = 'the start times of protobuf pages are used, for which the Collector needs a feature gate';
/** Cases in which the receiver intentionally differs from the Collector's, with the reason. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  comments: 'space before a name is no part of the name',
  'malformed-later': 'series before the error of a page become stale like those after it',
  'pb-native': START,
  'pb-native-and-classic': START,
  'pb-native-as-classic': START,
  'pb-native-factor': START,
  'pb-native-limited': START,
  'pb-others': START,
};

/** Returns why a case differs from the Collector. */
export function differenceOf(name: string): string | undefined {
  return DIFFERENCES[name];
}
