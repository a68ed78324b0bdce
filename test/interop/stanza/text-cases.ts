import { each, type StanzaCase } from './case.ts';

const LINES = 'one\n  two  \r\n\nthree\tx\n\u00fc\u{1f600}\nlast without end';

function text(name: string, input: string, options: StanzaCase['options'], encoding?: 'latin1'): StanzaCase {
  return { name: `text: ${name}`, input, ...(options && { options }), ...(encoding && { encoding }) };
}

const CRI = `2026-03-04T05:06:07.123456789Z stdout F hello world
2026-03-04T05:06:07.2Z stderr P part one 
2026-03-04T05:06:07.3Z stderr F and two
2026-03-04T05:06:08+01:00 stdout F offset
2026-03-04T05:06:09.1Z stdout F
bad line
{"log":"docker line\\n","stream":"stdout","time":"2026-03-04T05:06:07.123456789Z"}
{"stream":"stdout"}
`;
const POD = 'ns_pod-1_0123abcd-00ff_app_0.log';

const RFC5424 = `<34>1 2026-03-04T05:06:07.123Z host app 123 ID47 [ex@1 a="b" c="d\\"e"][x y="z"] message text
<165>1 2026-03-04T05:06:07+02:00 - - - - - no fields
<13>1 - host app - - -
<999>1 2026-03-04T05:06:07Z h a p m - x
1 2026-03-04T05:06:07Z h a p m - without priority
<14>1 2026-03-04T05:06:07Z h a p m [broken x
plain
<0>1 2026-03-04T05:06:07Z h a p m - \u00fcber
`;
const RFC3164 = `<34>Mar  4 05:06:07 mymachine su[42]: 'su root' failed
<13>Feb 14 22:14:15 10.0.0.99 Use the BFG!
<13>Jan 02 03:04:05 host app: x
<191>Mar 31 23:59:59 host tag[]: empty
Mar  4 05:06:07 host app: without priority
<13>2026-03-04T05:06:07Z host app: iso time
<13>Mar  4 05:06:07 app: without host
plain text
`;

function syslog(protocol: string, options: object = {}) {
  return [{ type: 'syslog_parser', protocol, ...options }];
}

/** Cases of lines, encodings, container logs and syslog. */
export const TEXT_CASES: readonly StanzaCase[] = [
  text('lines', LINES, {}),
  text('leading white space', LINES, { preserve_leading_whitespaces: true }),
  text('trailing white space', LINES, { preserve_trailing_whitespaces: true }),
  text('all white space', LINES, { preserve_leading_whitespaces: true, preserve_trailing_whitespaces: true }),
  text('numbers and offsets', LINES, { include_file_record_number: true, include_file_record_offset: true }),
  text('no name', LINES, { include_file_name: false }),
  text('invalid UTF-8', 'a\xffb\n\xe2\x82\n\xc3\xbc\n', {}, 'latin1'),
  text('nop', 'a\nb\xff', { encoding: 'nop' }, 'latin1'),
  text('ascii', 'abc\n', { encoding: 'ascii' }),
  text('utf-16le', 'a\0b\0\n\0\xfc\0\n\0', { encoding: 'utf-16le' }, 'latin1'),
  text('utf-16be', '\0a\0b\0\n\0\xfc\0\n', { encoding: 'utf-16be' }, 'latin1'),
  text('gbk', '\xc4\xe3\xba\xc3\nabc\n', { encoding: 'gbk' }, 'latin1'),
  text('big5', '\xa7\x41\xa6\x6e\n', { encoding: 'big5' }, 'latin1'),
  text('shift_jis', '\x82\xb1\x82\xf1\n', { encoding: 'shift_jis' }, 'latin1'),
  text('iso-8859-1', 'na\xefve\n', { encoding: 'iso-8859-1' }, 'latin1'),
  text('windows-1252', '\x80 5\n', { encoding: 'windows-1252' }, 'latin1'),
  text('line start', 'head\n[1] a\n b\n[2] c\n[3] d\n e', { multiline: { line_start_pattern: '^\\[' } }),
  text('line start omitted', '[1] a\n b\n[2] c\n', {
    multiline: { line_start_pattern: '\\[\\d\\]', omit_pattern: true },
  }),
  text('line end', 'a\nb END\nc END\nrest', { multiline: { line_end_pattern: 'END\\n' } }),
  text('line end omitted', 'a|b|c|', { multiline: { line_end_pattern: '\\|', omit_pattern: true } }),
  text('line start with letters beyond ASCII', '[\u00fc] a\n\u00e4\n[\u{1f600}] b\n[x]', {
    multiline: { line_start_pattern: '^\\[' },
  }),
  text('long lines', `${'x'.repeat(25)}\nshort\n${'y'.repeat(10)}\n`, { max_log_size: 10 }),
  text('long lines truncated', `${'x'.repeat(25)}\nshort\n${'y'.repeat(10)}\n`, {
    max_log_size: 10,
    max_log_size_behavior: 'truncate',
  }),
  ...each('container', CRI, {
    detected: [{ type: 'container', add_metadata_from_filepath: false }],
    containerd: [{ type: 'container', format: 'containerd', add_metadata_from_filepath: false }],
    crio: [{ type: 'container', format: 'crio', add_metadata_from_filepath: false }],
    docker: [{ type: 'container', format: 'docker', add_metadata_from_filepath: false, on_error: 'drop' }],
  }).map((one) => ({ ...one, options: { include_file_path: true } })),
  {
    name: 'container: resource of the path',
    input: CRI,
    file: POD,
    options: { include_file_path: true },
    operators: [{ type: 'container' }],
  },
  ...each('syslog', RFC5424, {
    rfc5424: syslog('rfc5424'),
    'rfc5424 without priority': syslog('rfc5424', { allow_skip_pri_header: true }),
    'rfc5424 to body': syslog('rfc5424', { parse_to: 'body' }),
    'rfc5424 with a trailer': syslog('rfc5424', { non_transparent_framing_trailer: 'LF' }),
    none: syslog('none'),
  }),
  ...each('syslog', RFC3164, {
    rfc3164: syslog('rfc3164'),
    'rfc3164 in a zone': syslog('rfc3164', { location: 'America/Los_Angeles' }),
    'rfc3164 without priority': syslog('rfc3164', { allow_skip_pri_header: true }),
  }),
  ...each('syslog', '48 <34>1 2026-03-04T05:06:07Z h a p m - hello world\n20 <34>1 2026-03-04T05\nx\n', {
    'octet counting': syslog('rfc5424', { enable_octet_counting: true }),
  }),
];
