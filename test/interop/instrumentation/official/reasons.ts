/** A difference that is intended. */
interface Reason {
  /** The programs that have it. Default: all. */
  readonly of?: readonly string[];
  readonly difference: RegExp;
  readonly reason: string;
}

/** The reasons of differences. The first that matches counts. */
export const REASONS: readonly Reason[] = [
  // Web frameworks.
  {
    difference: /^spans: none; official: (?:INTERNAL "[^"]*" UNSET, )*SERVER "GET(?: \/\*)?" UNSET$/,
    reason: 'Health checks are not recorded unless `ignore` says otherwise.',
  },
  {
    difference: /^spans: SERVER "HTTP" UNSET; official: .*SERVER "PROPFIND(?: \/\*)?" UNSET$/,
    reason: 'The name of a method that is not standard is HTTP, because clients choose the method.',
  },
  {
    of: ['hono'],
    difference: /^spans: SERVER "GET" UNSET; official: SERVER "GET \/\*" UNSET$|^http\.route: none; official: "\/\*"$/,
    reason: 'A path without a route has none. The official one has the pattern of its own middleware.',
  },
  {
    difference: /^spans: (SERVER "[^"]*" (?:UNSET|ERROR)); official: (?:INTERNAL "[^"]*" (?:UNSET|ERROR), )+\1$/,
    reason: 'Middleware and handlers have no spans: they cost more than that of the request and say little.',
  },
  { difference: /^exceptions: 1; official: [023]$/, reason: 'An error is recorded once, on the span of the request.' },
  {
    difference: /^error\.type: "TypeError"; official: (?:"500"|none)$/,
    reason: 'The type of a thrown error says more than the status.',
  },
  {
    difference: /^url\.scheme: "https"; official: "http"$/,
    reason: 'The scheme is that of the original request before a proxy.',
  },
  { difference: /^server\.port: none; official: 443$/, reason: 'A port that the client has not sent is not recorded.' },
  {
    difference: /^http\.server\.active_requests: /,
    reason:
      'Active requests have the attributes of the conventions. Most official instrumentations have no such metric.',
  },
  {
    of: ['nest'],
    difference: /^code\.function\.name: /,
    reason: 'The span of the request names the method of the controller.',
  },
  {
    of: ['hono'],
    difference: /^url\.full: none; official: |^http\.request\.method(?:_original)?: /,
    reason: 'Server spans have the path and the query, without credentials, and methods of low cardinality.',
  },
  {
    of: ['hono'],
    difference:
      /^(?:client\.address|network\.[a-z.]+|server\.(?:address|port)|url\.(?:path|query|scheme)|user_agent\.original): .*; official: none$/,
    reason: 'The conventions require or recommend it. The official one records the method, the URL and the status.',
  },
  {
    of: ['hono'],
    difference: /^http\.server\.request\.duration: /,
    reason: 'Its attributes are those of the conventions. The official one adds the service, which the resource has.',
  },
  // Databases.
  {
    difference: /^(?:http|db|messaging)\.[\w.]+: \[.*\]; official: none$/,
    reason: 'A metric of the conventions that the official one does not have.',
  },
  {
    of: ['mysql2'],
    difference: /^spans: .*; official: .*CLIENT "(?:insert|select|delete)" /,
    reason: 'The name has the operation and the table of the statement (`db.query.summary`).',
  },
  {
    difference: /^db\.(?:collection\.name|operation\.name|query\.summary): "[^"]*"; official: none$/,
    reason: 'Read from the statement, as the conventions recommend.',
  },
  {
    difference: /^db\.response\.(?:status_code|sqlstate): .*; official: none$|^error\.type: "[^"]*"; official: none$/,
    reason: 'The code of the database tells what has failed. The official one has the message only.',
  },
  {
    difference: /^db\.response\.returned_rows: \d+; official: none$/,
    reason: 'The number of rows that the application has received.',
  },
  {
    of: ['mysql2'],
    difference: /^db\.query\.text: "insert into pets values \(\?\)"; official: /,
    reason: 'Literals are replaced, because they often contain personal data.',
  },
  {
    of: ['ioredis'],
    difference: /^db\.query\.text: /,
    reason: 'No argument is recorded, since keys, fields and arguments of scripts often contain personal data.',
  },
  {
    of: ['ioredis'],
    difference: /^spans: CLIENT "(?:PIPELINE|MULTI) [A-Z]+ 0" UNSET; official: |^db\.operation\.batch\.size: /,
    reason: 'A pipeline or transaction is one operation with a batch size, and not a span for each command.',
  },
  {
    of: ['ioredis'],
    difference:
      /^spans: CLIENT "[A-Z]+ 0" (?:UNSET|ERROR); official: CLIENT "[a-z]+" |^db\.namespace: "0"; official: none$/,
    reason: 'The name has the command and the number of the database, as the conventions of Redis define it.',
  },
  {
    of: ['ioredis'],
    difference: /^db\.operation\.name: /,
    reason: 'Commands are in upper case, as Redis documents them, so that they are one series.',
  },
  {
    of: ['ioredis'],
    difference: /^network\.peer\.(?:address|port): .*; official: none$/,
    reason: 'The node of a cluster that has executed the command.',
  },
  {
    of: ['mongodb'],
    difference: /^db\.query\.text: /,
    reason:
      'The command with its names and operators, each list once. The official one hides names, too, and repeats lists.',
  },
  {
    of: ['mongodb'],
    difference: /^db\.operation\.batch\.size: 2; official: none$/,
    reason: 'The number of documents that the command has.',
  },
  {
    of: ['mongodb'],
    difference:
      /^(?:spans: CLIENT "(?:aggregate pets|noSuchCommand pets)" |db\.collection\.name: "pets"; official: "\$cmd"$)/,
    reason: 'The collection of the command. `$cmd` is a detail of the protocol.',
  },
  {
    of: ['mongodb'],
    difference:
      /^spans: CLIENT "insert pets" ERROR; official: CLIENT "insert pets" UNSET$|^exceptions: 1; official: 0$/,
    reason: 'A write that the server has rejected is an error, although its response is complete.',
  },
  // Messaging.
  {
    of: ['kafkajs'],
    difference: /^messaging\.kafka\.offset: \d; official: "\d"$/,
    reason: 'The offset is a number in the conventions.',
  },
  {
    of: ['kafkajs'],
    difference: /^messaging\.consumer\.group\.name: "GROUP"; official: none$/,
    reason: 'The conventions recommend it, because groups process the same messages.',
  },
  {
    of: ['kafkajs'],
    difference:
      /^spans: PRODUCER "send TOPIC" UNSET; official: (?:PRODUCER "send TOPIC" UNSET(?:, |$)){2}|^messaging\.batch\.message_count: /,
    reason: 'The messages that one call sends to a topic have one span with their number.',
  },
  {
    of: ['kafkajs'],
    difference: /^links: 1; official: 0$/,
    reason: 'A consumer span has a link to the sender, which remains when a batch has several.',
  },
  {
    of: ['kafkajs'],
    difference: /^messaging\.(?:client\.(?:consumed|sent)\.messages|client\.operation\.duration|process\.duration): /,
    reason: 'Of the calls of the application, which may send to several partitions and brokers, by topic and group.',
  },
  {
    of: ['kafkajs'],
    difference: /^messaging\.kafka\.cluster\.id: none; official: /,
    reason: 'Not part of the public interface of the library: the official one reads it from a private field.',
  },
];
