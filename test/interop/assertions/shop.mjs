import { SpanKind, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('shop');

/** The code under test: a query for each product of a cart. */
export async function checkout(products) {
  return await tracer.startActiveSpan('POST /checkout', { kind: SpanKind.SERVER }, async (span) => {
    for (const product of products) await query('SELECT price FROM products WHERE id = ?', product);
    span.end();
    return products.length;
  });
}

async function query(text) {
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text };
  const span = tracer.startSpan('SELECT products', { kind: SpanKind.CLIENT, attributes });
  await new Promise((resolve) => setImmediate(resolve));
  span.end();
}
