import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BadRequestException,
  Body,
  Catch,
  Controller,
  type ExecutionContext,
  type ForbiddenException,
  Get,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  Param,
  ParseIntPipe,
  Post,
  StreamableFile,
  UnprocessableEntityException,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Listener, type Recorder, startSubject, work } from '../subject.testing.ts';
import { testFramework } from './framework-suite.testing.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { instrumentNest } from './nest.ts';

// Node runs this file without a compiler, so that decorators are applied as functions.
class Shop {
  async user(id: string) {
    await delay(1);
    work('handler');
    return id;
  }
  sync() {
    throw new TypeError('sync');
  }
  async async() {
    await delay(1);
    throw new TypeError('async');
  }
  refused() {
    throw new UnprocessableEntityException('refused');
  }
  echo(body: unknown) {
    work('echo');
    return body;
  }
  stream() {
    const stream = new PassThrough();
    void (async () => {
      for (const chunk of ['0', '1', '2']) {
        await delay(1);
        work('chunk');
        stream.write(chunk);
      }
      stream.end();
    })();
    return new StreamableFile(stream);
  }
  abort() {
    const stream = new PassThrough();
    stream.write('first');
    return new StreamableFile(stream);
  }
  guarded() {}
  intercepted() {}
  piped(id: number) {
    return String(id);
  }
  filtered() {
    throw new RangeError('filtered');
  }
}

class Items {
  item(version: string, item: string) {
    return { version, item };
  }
}

const Deny = class {
  canActivate(_: ExecutionContext) {
    work('guard');
    return false;
  }
};
const Fail = class {
  intercept(): never {
    throw new TypeError('interceptor');
  }
};
const Teapot = class {
  catch(
    _: ForbiddenException,
    host: { getArgByIndex(index: number): { status(code: number): { send(body: string): void } } },
  ) {
    host.getArgByIndex(1).status(418).send('teapot');
  }
};
Catch(RangeError)(Teapot);

function decorate(type: { readonly prototype: object }, method: string, ...decorators: readonly MethodDecorator[]) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, method) as PropertyDescriptor;
  for (const each of decorators) each(type.prototype, method, descriptor);
}

decorate(Shop, 'user', Get('users/:id'));
Param('id')(Shop.prototype, 'user', 0);
for (const name of ['sync', 'async', 'refused', 'stream', 'abort']) decorate(Shop, name, Get(name));
decorate(Shop, 'echo', Post('echo'));
Body()(Shop.prototype, 'echo', 0);
decorate(Shop, 'guarded', Get('guarded'), UseGuards(Deny));
decorate(Shop, 'intercepted', Get('intercepted'), UseInterceptors(Fail));
decorate(Shop, 'piped', Get('piped/:id'));
Param('id', ParseIntPipe)(Shop.prototype, 'piped', 0);
decorate(Shop, 'filtered', Get('filtered'), UseFilters(Teapot));
Controller()(Shop);
decorate(Items, 'item', Get('items/:item'));
Param('version')(Items.prototype, 'item', 0);
Param('item')(Items.prototype, 'item', 1);
Controller('api/:version')(Items);

class App {
  configure(consumer: MiddlewareConsumer) {
    const fail = () => {
      throw new BadRequestException('middleware');
    };
    consumer.apply(fail).forRoutes('middleware');
  }
}
Module({ controllers: [Shop, Items] })(App);

const PLATFORMS = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() };

async function createListener(
  platform: keyof typeof PLATFORMS,
  t: TestContext,
  options: HttpServerOptions,
): Promise<Listener> {
  const app: INestApplication = await NestFactory.create(App, PLATFORMS[platform](), { logger: false });
  t.after(() => app.close());
  instrumentNest(app, options);
  await app.init();
  if (platform === 'Fastify') await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
  return (request, response) => void app.getHttpServer().emit('request', request, response);
}

for (const platform of ['Express', 'Fastify'] as const) {
  testFramework(`Nest on ${platform}`, (t, options) => createListener(platform, t, options));

  test(`on ${platform}, errors of all parts of Nest are recorded, even if a filter handles them`, async (t) => {
    const subject = await startSubject(t, (options: Recorder['options']) => createListener(platform, t, options));
    const paths = ['/guarded', '/intercepted', '/piped/x', '/filtered', '/middleware', '/missing'];
    const statuses = [];
    for (const path of paths) statuses.push((await subject.send(path)).status);
    assert.deepEqual(statuses, [403, 500, 400, 418, 400, 404]);
    const [guard, ...spans] = (await subject.spans(7)).toSorted((a, b) => a.kind - b.kind);
    assert.equal(guard?.parentSpanContext?.spanId, spans[0]?.spanContext().spanId);
    assert.deepEqual(
      spans.map(({ name, attributes, events }) => [
        name,
        attributes['code.function.name'],
        attributes['error.type'],
        events.map((event) => event.attributes?.['exception.type']),
      ]),
      [
        ['GET /guarded', 'Shop.guarded', undefined, ['ForbiddenException']],
        ['GET /intercepted', 'Shop.intercepted', 'TypeError', ['TypeError']],
        ['GET /piped/:id', 'Shop.piped', undefined, ['BadRequestException']],
        ['GET /filtered', 'Shop.filtered', undefined, ['RangeError']],
        ['GET', undefined, undefined, ['BadRequestException']],
        ['GET', undefined, undefined, []],
      ],
    );
  });
}

test('an object that is not an application is refused', () => {
  const app = { getHttpServer: () => ({}), getHttpAdapter: () => ({ getInstance: () => ({}) }) };
  assert.throws(() => instrumentNest(app), /^OptionError: app: expected the result of NestFactory.create/);
});
