import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { foldFrames } from './fold-frames.ts';
import { parseStack } from './parse-stack.ts';

/** Returns a stack trace in short: `name place`, libraries in brackets, texts in quotes. */
function outline(stack: string): readonly string[] {
  return foldFrames(parseStack(stack)).map((part) => {
    if (part.kind === 'libraries') return `[${part.lines.length} ${part.libraries.join(', ')}]`;
    return part.line.kind === 'text' ? `"${part.line.text}"` : `${part.line.name} ${part.line.place}`.trim();
  });
}

describe('stack traces are folded by library and application code', () => {
  test('JavaScript', () => {
    const stack = [
      'CardGatewayTimeout: no response',
      '    at GatewayClient.charge (/app/src/gateway.ts:88:13)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
      '    at async Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)',
      '    at async /app/node_modules/.pnpm/pg@8.1.0/node_modules/@scope/pg/index.js:5:1',
      '    at async file:///app/src/charge.ts:14:2',
      '    at new Promise (<anonymous>)',
      'Caused by: Error: socket hang up',
    ].join('\n');
    assert.deepEqual(outline(stack), [
      '"CardGatewayTimeout: no response"',
      'GatewayClient.charge /app/src/gateway.ts:88:13',
      '[3 node:internal/process/task_queues, express, @scope/pg]',
      'file:///app/src/charge.ts:14:2',
      '[1 JavaScript]',
      '"Caused by: Error: socket hang up"',
    ]);
  });

  test('Java', () => {
    const stack = [
      'java.lang.IllegalStateException: closed',
      '\tat com.shop.catalog.Stock.reserve(Stock.java:41)',
      '\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)',
      '\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:897)',
      '\tat app//com.shop.Main.main(Main.kt)',
      'Caused by: java.sql.SQLException: deadlock',
      '\t... 31 more',
    ].join('\n');
    assert.deepEqual(outline(stack), [
      '"java.lang.IllegalStateException: closed"',
      'com.shop.catalog.Stock.reserve Stock.java:41',
      '[2 Java, Spring]',
      'com.shop.Main.main Main.kt',
      '"Caused by: java.sql.SQLException: deadlock"',
      '"... 31 more"',
    ]);
  });

  test('Python, innermost frame first', () => {
    const stack = [
      'Traceback (most recent call last):',
      '  File "/usr/lib/python3.12/site-packages/flask/app.py", line 880, in full_dispatch_request',
      '    rv = self.dispatch_request()',
      '  File "/app/rank.py", line 12, in rank',
      '    raise ModelStale("old")',
      '    ^^^^^^^^^^^',
      'ModelStale: old',
    ].join('\n');
    assert.deepEqual(outline(stack), ['"ModelStale: old"', 'rank /app/rank.py:12', '[1 flask]']);
  });

  test('.NET, Go, Ruby, PHP and Rust', () => {
    assert.deepEqual(
      outline('   at Shop.Cart.Get(String id) in /src/Cart.cs:line 41\n   at System.Threading.Tasks.Task.Run()'),
      ['Shop.Cart.Get(String id) /src/Cart.cs:41', '[1 .NET]'],
    );
    assert.deepEqual(
      outline(
        'goroutine 7 [running]:\nmain.(*Server).pay(0xc000)\n\t/app/main.go:12 +0x1d\nnet/http.serve(...)\n\t/usr/local/go/src/net/http/server.go:2 +0x1\ngithub.com/x/y.Do()\n\t/root/go/pkg/mod/github.com/x/y@v1.2.0/do.go:3',
      ),
      ['"goroutine 7 [running]:"', 'main.(*Server).pay /app/main.go:12', '[2 Go, github.com/x/y]'],
    );
    assert.deepEqual(
      outline("/app/cart.rb:3:in `get'\n\tfrom /usr/lib/ruby/gems/3.3.0/gems/rack-3.0.1/lib/rack.rb:9:in 'call'"),
      ['get /app/cart.rb:3', '[1 rack]'],
    );
    assert.deepEqual(
      outline('#0 /app/Cart.php(12): Cart->get()\n#1 /app/vendor/slim/slim/App.php(3): run()\n#2 {main}'),
      ['Cart->get() /app/Cart.php:12', '[1 slim/slim]', '"#2 {main}"'],
    );
    assert.deepEqual(
      outline(
        '   0: shop::pay\n             at ./src/pay.rs:4:5\n   1: core::ops::call_once\n             at /rustc/abc/library/core/src/ops.rs:250:5',
      ),
      ['shop::pay ./src/pay.rs:4:5', '[1 Rust]'],
    );
  });

  test('other and hostile texts are kept, and parsed in linear time', () => {
    assert.deepEqual(outline(''), []);
    assert.deepEqual(outline('<script>alert(1)</script>\n\u202eevil\u0000'), [
      '"<script>alert(1)</script>"',
      '"\u202eevil\u0000"',
    ]);
    for (const unit of ['at ', '(', 'a.', '/', ':1', '#1 a(', "'", 'at a (', '\\', 'File "']) {
      const started = process.cpuUsage();
      const lines = parseStack(`${unit.repeat(5000)}\n`.repeat(600));
      assert.ok(lines.length <= 600);
      assert.ok(process.cpuUsage(started).user < 2_000_000, unit);
    }
  });
});
