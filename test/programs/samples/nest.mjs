import 'reflect-metadata';
import { Controller, Get, HttpCode, Module, NotFoundException, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

// A small NestJS application, with what a compiler makes of decorators.
class Cats {
  list() {
    return [{ name: 'Tom' }];
  }
  one() {
    return { name: 'Tom' };
  }
  add() {}
  refuse() {
    throw new NotFoundException();
  }
}
class App {}

const method = (name, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(Cats.prototype, name);
  for (const decorate of decorators) decorate(Cats.prototype, name, descriptor);
};
method('list', Get());
method('one', Get(':name'));
method('add', Post(), HttpCode(202));
method('refuse', Get(':name/kittens'));
Controller('cats')(Cats);
Module({ controllers: [Cats] })(App);

const app = await NestFactory.create(App, { logger: false });
app.setGlobalPrefix('api');
await app.listen(process.env.PORT, '127.0.0.1');
