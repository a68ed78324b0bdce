import { WireWriter } from '@otelier/otlp';

/**
 * A generator of requests that use every OTLP field and every kind of value. The encoding is canonical (fields in
 * number order, no explicit defaults), so that rebuilt requests can be compared byte for byte.
 */
export class EveryField {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  traces(): Uint8Array {
    return this.#request((scope) => this.#times(4, () => scope.message(2, (span) => this.#span(span))));
  }

  logs(): Uint8Array {
    return this.#request((scope) => this.#times(4, () => scope.message(2, (record) => this.#logRecord(record))));
  }

  metrics(): Uint8Array {
    return this.#request((scope) => this.#times(3, () => scope.message(2, (metric) => this.#metric(metric))));
  }

  #request(items: (scope: WireWriter) => void): Uint8Array {
    const request = new WireWriter();
    this.#times(2, () =>
      request.message(1, (outer) => {
        if (this.#chance(8)) outer.message(1, (resource) => this.#resource(resource));
        this.#times(2, () =>
          outer.message(2, (scope) => {
            if (this.#chance(8)) scope.message(1, (inner) => this.#scope(inner));
            items(scope);
            if (this.#chance(3)) scope.stringField(3, `https://example.com/schemas/${this.#below(3)}`);
            if (this.#chance(1)) scope.stringField(901, 'unknown');
          }),
        );
        if (this.#chance(3)) outer.stringField(3, 'https://example.com/schemas/resource');
        if (this.#chance(1)) outer.fixed64Field(77, 7n);
      }),
    );
    return request.finish();
  }

  #resource(resource: WireWriter): void {
    resource.message(1, (pair) =>
      pair.stringField(1, 'service.name').message(2, (any) => any.stringField(1, `shop-${this.#below(3)}`)),
    );
    this.#attributes(resource, 1);
    if (this.#chance(3)) resource.varintField(2, 1 + this.#below(9));
    if (this.#chance(2))
      resource.message(3, (entity) =>
        entity.stringField(1, 'https://schema').stringField(2, 'service').stringField(3, 'service.name'),
      );
  }

  #scope(scope: WireWriter): void {
    if (this.#chance(9)) scope.stringField(1, `lib-${this.#below(4)}`);
    if (this.#chance(7)) scope.stringField(2, '1.2.3');
    this.#attributes(scope, 3);
    if (this.#chance(2)) scope.varintField(4, 3);
  }

  #span(span: WireWriter): void {
    if (this.#chance(9)) span.bytesField(1, this.#bytes(this.#chance(9) ? 16 : 5));
    if (this.#chance(9)) span.bytesField(2, this.#bytes(this.#chance(9) ? 8 : 3));
    if (this.#chance(4)) span.stringField(3, 'vendor=ünï');
    if (this.#chance(6)) span.bytesField(4, this.#bytes(this.#chance(9) ? 8 : 17));
    this.#textField(span, 5);
    this.#enumeration(span, 6, 6);
    this.#time(span, 7);
    this.#time(span, 8);
    this.#attributes(span, 9);
    if (this.#chance(3)) span.varintField(10, this.#below(0xffff_ffff) + 1);
    this.#times(2, () => span.message(11, (event) => this.#event(event)));
    if (this.#chance(3)) span.varintField(12, 2);
    this.#times(2, () => span.message(13, (link) => this.#link(link)));
    if (this.#chance(3)) span.varintField(14, 3);
    if (this.#chance(5)) span.message(15, (status) => this.#status(status));
    if (this.#chance(5)) span.fixed32Field(16, this.#below(0xffff_ffff) + 1);
    if (this.#chance(1)) span.stringField(555, 'unknown');
  }

  #status(status: WireWriter): void {
    this.#textField(status, 2);
    this.#enumeration(status, 3, 3);
    if (this.#chance(1)) status.varintField(9, 9);
  }

  #event(event: WireWriter): void {
    this.#time(event, 1);
    if (this.#chance(9)) event.stringField(2, `exception "${this.#below(3)}"\n\u0001`);
    this.#attributes(event, 3);
    if (this.#chance(3)) event.varintField(4, 7);
    if (this.#chance(1)) event.varintField(50, 7);
  }

  #link(link: WireWriter): void {
    if (this.#chance(9)) link.bytesField(1, this.#bytes(16));
    if (this.#chance(9)) link.bytesField(2, this.#bytes(8));
    if (this.#chance(3)) link.stringField(3, 'a=b');
    this.#attributes(link, 4);
    if (this.#chance(3)) link.varintField(5, 1);
    if (this.#chance(3)) link.fixed32Field(6, 0x301);
  }

  #logRecord(record: WireWriter): void {
    this.#time(record, 1);
    this.#enumeration(record, 2, 25);
    if (this.#chance(6)) record.stringField(3, 'WARN');
    const body = this.#below(3);
    if (body === 0) record.message(5, (any) => any.bytesField(1, this.#text()));
    if (body === 1) record.message(5, (any) => this.#anyValue(any, 2));
    this.#attributes(record, 6);
    if (this.#chance(3)) record.varintField(7, 4);
    if (this.#chance(3)) record.fixed32Field(8, 0xffff_ffff);
    if (this.#chance(5)) record.bytesField(9, this.#bytes(16));
    if (this.#chance(5)) record.bytesField(10, this.#bytes(8));
    this.#time(record, 11);
    if (this.#chance(3)) record.stringField(12, 'device.app.lifecycle');
    if (this.#chance(1)) record.bytesField(300, this.#bytes(4));
  }

  #metric(metric: WireWriter): void {
    metric.stringField(1, `metric.${this.#below(5)}`);
    if (this.#chance(6)) metric.stringField(2, 'What it counts');
    if (this.#chance(6)) metric.stringField(3, 'By');
    const kind = this.#below(5);
    const data = [5, 7, 9, 10, 11][kind] ?? 5;
    metric.message(data, (inner) => {
      for (let i = 0; i <= this.#below(3); i++) inner.message(1, (point) => this.#points[kind]?.(point));
      if (data !== 5 && data !== 11) this.#enumeration(inner, 2, 3);
      if (data === 7 && this.#chance(5)) inner.varintField(3, 1);
      if (this.#chance(1)) inner.stringField(40, 'unknown');
    });
    this.#attributes(metric, 12);
  }

  readonly #points: readonly ((point: WireWriter) => void)[] = [
    (point) => this.#numberPoint(point),
    (point) => this.#numberPoint(point),
    (point) => this.#histogramPoint(point),
    (point) => this.#exponentialPoint(point),
    (point) => this.#summaryPoint(point),
  ];

  #numberPoint(point: WireWriter): void {
    const double = this.#chance(5);
    this.#time(point, 2);
    this.#time(point, 3);
    if (double) this.#double(point, 4);
    this.#times(2, () => point.message(5, (exemplar) => this.#exemplar(exemplar)));
    if (!double && this.#chance(9)) point.fixed64Field(6, this.#integer());
    this.#attributes(point, 7);
    if (this.#chance(3)) point.varintField(8, 1);
  }

  #histogramPoint(point: WireWriter): void {
    this.#time(point, 2);
    this.#time(point, 3);
    if (this.#chance(8)) point.fixed64Field(4, BigInt(this.#below(1000) + 1));
    if (this.#chance(8)) this.#double(point, 5);
    if (this.#chance(8))
      point.message(6, (packed) => this.#times(6, () => packed.fixed64BigInt(BigInt(this.#below(99))), 1));
    if (this.#chance(8)) point.message(7, (packed) => this.#times(5, () => packed.double(this.#below(99) / 4 - 3), 1));
    this.#times(2, () => point.message(8, (exemplar) => this.#exemplar(exemplar)));
    this.#attributes(point, 9);
    if (this.#chance(2)) point.varintField(10, 1);
    if (this.#chance(5)) this.#double(point, 11);
    if (this.#chance(5)) this.#double(point, 12);
    if (this.#chance(1)) point.varintField(99, 1);
  }

  #exponentialPoint(point: WireWriter): void {
    this.#attributes(point, 1);
    this.#time(point, 2);
    this.#time(point, 3);
    if (this.#chance(8)) point.fixed64Field(4, BigInt(this.#below(1000) + 1));
    if (this.#chance(8)) this.#double(point, 5);
    if (this.#chance(8)) point.sint32Field(6, this.#below(20) - 21);
    if (this.#chance(5)) point.fixed64Field(7, 3n);
    for (const field of [8, 9]) {
      if (!this.#chance(7)) continue;
      point.message(field, (buckets) => {
        if (this.#chance(7)) buckets.sint32Field(1, this.#below(2000) - 2001);
        if (this.#chance(8))
          buckets.message(2, (packed) => this.#times(5, () => packed.varintBigInt(this.#integer()), 1));
      });
    }
    if (this.#chance(2)) point.varintField(10, 1);
    this.#times(2, () => point.message(11, (exemplar) => this.#exemplar(exemplar)));
    if (this.#chance(5)) this.#double(point, 12);
    if (this.#chance(5)) this.#double(point, 13);
    if (this.#chance(5)) point.doubleField(14, 1e-9);
  }

  #summaryPoint(point: WireWriter): void {
    this.#time(point, 2);
    this.#time(point, 3);
    if (this.#chance(8)) point.fixed64Field(4, 12n);
    if (this.#chance(8)) point.doubleField(5, 1.5);
    this.#times(3, () =>
      point.message(6, (quantile) => {
        if (this.#chance(8)) quantile.doubleField(1, 0.5);
        if (this.#chance(8)) quantile.doubleField(2, this.#below(100) + 0.1);
      }),
    );
    this.#attributes(point, 7);
    if (this.#chance(2)) point.varintField(8, 1);
  }

  #exemplar(exemplar: WireWriter): void {
    const double = this.#chance(5);
    this.#time(exemplar, 2);
    if (double) this.#double(exemplar, 3);
    if (this.#chance(5)) exemplar.bytesField(4, this.#bytes(8));
    if (this.#chance(5)) exemplar.bytesField(5, this.#bytes(16));
    if (!double) exemplar.fixed64Field(6, this.#integer());
    this.#attributes(exemplar, 7);
  }

  /** Writes keys of every kind, some repeated, and values of every kind, some with unusual encodings. */
  #attributes(writer: WireWriter, field: number): void {
    this.#times(6, () =>
      writer.message(field, (pair) => {
        const key = this.#below(12);
        if (key === 0) pair.bytesField(1, Buffer.from([0x6b, 0xff, 0x00]));
        else if (key > 1) pair.stringField(1, key === 2 ? `rare.${this.#below(500)}` : `Key.${key}"ü`);
        if (this.#chance(9)) pair.message(2, (any) => this.#anyValue(any, 2));
        if (this.#below(40) === 0) pair.varintField(7, 7);
      }),
    );
  }

  #anyValue(any: WireWriter, depth: number): void {
    switch (this.#below(depth > 0 ? 9 : 6)) {
      case 0:
      case 1:
        return void any.bytesField(1, this.#text());
      case 2:
        return void any.varintField(2, this.#below(2));
      case 3:
        return void any.bigIntField(3, this.#integer());
      case 4:
        this.#double(any, 4);
        return;
      case 5:
        return void any.bytesField(7, this.#bytes(this.#below(5)));
      case 6:
        return void any.message(5, (list) =>
          this.#times(3, () => list.message(1, (inner) => this.#anyValue(inner, depth - 1))),
        );
      case 7:
        return void any.message(6, (map) =>
          this.#times(3, () =>
            map.message(1, (pair) => pair.stringField(1, 'k').message(2, (inner) => this.#anyValue(inner, depth - 1))),
          ),
        );
      default:
      // Leaves the value empty.
    }
  }

  #text(): Uint8Array {
    const texts = [
      '',
      'plain',
      'ünïcödé 漢字 🎉',
      'quote " back \\ tab \t',
      `long ${'x'.repeat(200 + this.#below(100))}`,
      'nul \u0000 in it',
    ];
    return this.#below(15) === 0
      ? Buffer.from([0x61, 0xc3, 0x28, 0xff])
      : Buffer.from(texts[this.#below(texts.length)] ?? '');
  }

  #textField(writer: WireWriter, field: number): void {
    const text = this.#text();
    if (text.length > 0) writer.bytesField(field, text);
  }

  #integer(): bigint {
    const edges = [0n, 1n, -1n, 127n, 128n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 4_294_967_296n];
    return this.#chance(5) ? BigInt(this.#below(1000)) : (edges[this.#below(edges.length)] ?? 0n);
  }

  #double(writer: WireWriter, field: number): void {
    const edges = [
      0,
      -0,
      1,
      -1.5,
      1e300,
      5e-324,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1e21,
      0.1,
    ];
    if (this.#below(12) === 0) writer.fixed64Field(field, 0x7ff0_0000_0000_0002n);
    else writer.doubleField(field, this.#chance(5) ? this.#below(1000) / 8 : (edges[this.#below(edges.length)] ?? 0));
  }

  #time(writer: WireWriter, field: number): void {
    const kind = this.#below(20);
    if (kind === 0) return;
    if (kind === 1) writer.fixed64Field(field, 2n ** 64n - 1n);
    else if (kind === 2) writer.fixed64Field(field, 5n);
    else writer.fixed64Field(field, 1_764_000_000_000_000_000n + BigInt(this.#below(1_000_000_000)));
  }

  #enumeration(writer: WireWriter, field: number, names: number): void {
    const value = this.#below(names);
    const unusual = this.#below(30);
    if (unusual === 0) writer.bigIntField(field, -3n);
    else if (unusual === 1) writer.varintField(field, 77);
    else if (value !== 0) writer.varintField(field, value);
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#below(256));
  }

  #times(max: number, work: () => unknown, min = 0): void {
    for (let i = min + this.#below(max + 1 - min); i > 0; i--) work();
  }

  #below(bound: number): number {
    return this.#random() % bound;
  }

  /** Returns true with probability `ofTen` / 10. */
  #chance(ofTen: number): boolean {
    return this.#below(10) < ofTen;
  }
}
