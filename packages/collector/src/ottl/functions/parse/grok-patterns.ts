// Counted repetitions are rare, because each one duplicates its part of the compiled pattern.
const OCTET = '(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)';
const IPV4 = String.raw`(?:${OCTET}\.){3}${OCTET}`;
const GROUP = '[0-9A-Fa-f]+';
const GROUPS_BEFORE = `(?:(?:${GROUP}:)*${GROUP})?::`;
/** The number of groups is checked only in addresses without `::`. Forms with an embedded IPv4 address are tried first. */
const IPV6 = [
  `(?:(?:${GROUP}:){6}|${GROUPS_BEFORE}(?:${GROUP}:)*)${IPV4}`,
  `(?:${GROUP}:){7}${GROUP}`,
  `${GROUPS_BEFORE}(?:${GROUP}(?::${GROUP})*)?`,
].join('|');
const HOST_LABEL = '[0-9A-Za-z][0-9A-Za-z-]*';

/** The general-purpose Grok patterns, by name. Product-specific patterns, such as those for Apache logs, build on them. */
export const GROK_PATTERNS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    WORD: String.raw`\b\w+\b`,
    NOTSPACE: String.raw`\S+`,
    SPACE: String.raw`\s*`,
    DATA: '.*?',
    GREEDYDATA: '.*',
    BOOL: 'true|false',
    INT: '[+-]?[0-9]+',
    POSINT: String.raw`\b[1-9][0-9]*\b`,
    NONNEGINT: String.raw`\b[0-9]+\b`,
    NUMBER: '(?:%{BASE10NUM})',
    BASE10NUM: String.raw`[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)`,
    BASE16NUM: '[+-]?(?:0x)?[0-9A-Fa-f]+',
    BASE16FLOAT: String.raw`[+-]?(?:0x)?[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?`,
    QUOTEDSTRING: String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`,
    QS: '%{QUOTEDSTRING}',
    UUID: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
    URN: "urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#-]+",

    IPV4,
    IPV6: `(?:${IPV6})(?:%[0-9A-Za-z._-]+)?`,
    IP: '(?:%{IPV6}|%{IPV4})',
    HOSTNAME: String.raw`\b${HOST_LABEL}(?:\.${HOST_LABEL})*(?:\.|\b)`,
    IPORHOST: '(?:%{IP}|%{HOSTNAME})',
    HOSTPORT: '%{IPORHOST}:%{POSINT}',
    USERNAME: '[0-9A-Za-z._-]+',
    USER: '%{USERNAME}',
    EMAILLOCALPART: '[A-Za-z][0-9A-Za-z_.+=:-]*',
    EMAILADDRESS: '%{EMAILLOCALPART}@%{HOSTNAME}',
    CISCOMAC: String.raw`(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}`,
    WINDOWSMAC: '(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}',
    COMMONMAC: '(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}',
    MAC: '(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})',

    UNIXPATH: String.raw`(?:/[\w%!$@:.,+~-]+)+`,
    WINPATH: String.raw`[A-Za-z]+:(?:\\[^\\?*]+)+`,
    PATH: '(?:%{UNIXPATH}|%{WINPATH})',
    TTY: String.raw`/dev/(?:pts|tty[pq]?)\w*/?[0-9]+`,
    URIPROTO: '[A-Za-z][0-9A-Za-z+.-]+',
    URIHOST: '%{IPORHOST}(?::%{POSINT})?',
    URIPATH: "(?:/[0-9A-Za-z$.+!*'(){},~:;=@#%&_-]*)+",
    URIQUERY: String.raw`[0-9A-Za-z$.+!*'|(){},~@#%&/=:;_?\[\]<>-]*`,
    URIPARAM: String.raw`\?%{URIQUERY}`,
    URIPATHPARAM: String.raw`%{URIPATH}(?:\?%{URIQUERY})?`,
    URI: String.raw`%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?%{URIHOST}(?:%{URIPATH}(?:\?%{URIQUERY})?)?`,

    MONTH: String.raw`\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b`,
    MONTHNUM: '(?:0[1-9]|1[0-2])',
    MONTHDAY: '(?:0[1-9]|[12][0-9]|3[01]|[1-9])',
    DAY: String.raw`\b(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)\b`,
    YEAR: '(?:[0-9]{4}|[0-9]{2})',
    HOUR: '(?:2[0-3]|[01]?[0-9])',
    MINUTE: '[0-5][0-9]',
    SECOND: '(?:[0-5][0-9]|60)(?:[:.,][0-9]+)?',
    TIME: '%{HOUR}:%{MINUTE}(?::%{SECOND})?',
    TZ: '(?:[PMACE][SED]T|UTC)',
    DATE_US: '%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}',
    DATE_EU: '%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}',
    DATE: '%{DATE_US}|%{DATE_EU}',
    DATESTAMP: '%{DATE}[- ]%{TIME}',
    ISO8601_TIMEZONE: '(?:Z|[+-]%{HOUR}:?%{MINUTE})',
    ISO8601_SECOND: '%{SECOND}',
    TIMESTAMP_ISO8601: '%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?',
    DATESTAMP_RFC822: '%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}',
    DATESTAMP_RFC2822: '%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}',
    DATESTAMP_OTHER: '%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}',
    DATESTAMP_EVENTLOG: '%{YEAR}%{MONTHNUM}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}',
    HTTPDATE: '%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}',

    SYSLOGTIMESTAMP: '%{MONTH} +%{MONTHDAY} %{TIME}',
    PROG: String.raw`[!-Z\\^-~]+`,
    SYSLOGPROG: String.raw`%{PROG}(?:\[\d+\])?`,
    SYSLOGHOST: '%{IPORHOST}',
    SYSLOGFACILITY: '<%{NONNEGINT}.%{NONNEGINT}>',
    LOGLEVEL:
      '(?i)(?:alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|emerg(?:ency)?)',
  }),
);
