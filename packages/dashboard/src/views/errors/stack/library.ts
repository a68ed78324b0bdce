/** Directories of installed packages; the group is the package's name. */
const PACKAGES = [
  /(?:^|[\\/])node_modules[\\/](?:\.pnpm[\\/][^\\/]+[\\/]node_modules[\\/])?((?:@[^\\/]+[\\/])?[^\\/]+)/,
  /(?:^|[\\/])(?:site|dist)-packages[\\/]([^\\/]+)/,
  /(?:^|[\\/])pkg[\\/]mod[\\/](.+?)@/,
  /(?:^|[\\/])gems[\\/](?!\d)([^\\/]+?)(?:-\d[^\\/]*)?[\\/]/,
  /(?:^|[\\/])vendor[\\/]([^\\/]+[\\/][^\\/]+)/,
  /(?:^|[\\/])\.cargo[\\/]registry[\\/]src[\\/][^\\/]+[\\/](.+?)-\d/,
] as const;

/** Places of runtimes and standard libraries. */
const RUNTIMES: readonly (readonly [RegExp, string])[] = [
  [/^node:([\w/]+)/, 'node'],
  [/^(?:internal\/|native$|<anonymous>$|index \d)/, 'JavaScript'],
  [/[\\/]lib[\\/]python[\d.]+[\\/]|^<frozen /, 'Python'],
  [/(?:^|[\\/])(?:usr[\\/]local[\\/]go|go[\\/]\d[\d.]*|goroot)[\\/]src[\\/]/i, 'Go'],
  [/^\/rustc\//, 'Rust'],
];

/** Namespaces of Java, Kotlin, Scala and .NET libraries; the value is what they are called. */
const NAMESPACES: readonly (readonly [RegExp, string])[] = [
  [/^(?:java|javax|jdk|sun|com\.sun)\./, 'Java'],
  [/^(?:kotlin|kotlinx)\./, 'Kotlin'],
  [/^scala\./, 'Scala'],
  [/^System\./, '.NET'],
  [/^Microsoft\.([A-Za-z]+)/, 'Microsoft'],
  [/^org\.springframework\./, 'Spring'],
  [/^(?:org\.apache\.([a-z]+))\./, 'Apache'],
  [/^io\.(?:opentelemetry|grpc|netty|micrometer|reactivex|vertx|quarkus|undertow|micronaut|lettuce)\b/, ''],
  [/^(?:jakarta|reactor|akka|ch\.qos|org\.(?:hibernate|eclipse|postgresql|slf4j|jboss|junit|mongodb|redisson))\./, ''],
  [
    /^(?:com\.(?:fasterxml|google\.(?:common|protobuf|gson)|zaxxer|mysql|netflix|datastax)|okhttp3|retrofit2|redis\.clients)\./,
    '',
  ],
];

/** Returns the library or runtime that a frame belongs to, or `undefined` for application code. */
export function libraryOf(name: string, place: string): string | undefined {
  for (const pattern of PACKAGES) {
    const found = pattern.exec(place)?.[1];
    if (found !== undefined) return found.replaceAll('\\', '/');
  }
  for (const [pattern, runtime] of RUNTIMES) {
    const match = pattern.exec(place);
    if (match !== null) return runtime === 'node' ? match[0] : runtime;
  }
  // A function of a file of the application may have any name.
  if (/[\\/]/.test(place)) return undefined;
  for (const [pattern, library] of NAMESPACES) {
    const match = pattern.exec(name);
    if (match !== null) return library === '' ? match[0].replace(/\.$/, '') : library;
  }
  return undefined;
}
