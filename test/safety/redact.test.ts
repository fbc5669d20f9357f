import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { printable } from '../../src/safety/printable.ts';
import { redact, registerAuthorization, registerSecret } from '../../src/safety/redact.ts';
import { anyText } from '../support/hostile/foreign.ts';

// Before all others, as those of settings are.
registerSecret('the-first-of-all');

/** One character in percent-encoding, upper or lower case. */
const percent = (lower: boolean) => (character: string) =>
  [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
    [lower ? 'toLowerCase' : 'toUpperCase']();
const strict = (text: string) => text.replace(/[^A-Za-z0-9]/gu, percent(false));
const form = (text: string) => new URLSearchParams({ p: text }).toString();
const html = (text: string) =>
  text.replace(/[&<>"']/g, (c) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[c]};`);
const json = (text: string) => JSON.stringify(text);
const ascii = (text: string) =>
  json(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const basic = (text: string) => `Basic ${Buffer.from(`user:${text}`).toString('base64')}`;

/** How programs write a secret that they repeat. */
const SPELLINGS: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'in a header, as bytes': (secret) => Buffer.from(`user:${secret}`).toString('latin1'),
  'by encodeURIComponent': encodeURIComponent,
  'by encodeURI': encodeURI,
  'percent-encoded, all of it': (secret) => [...secret].map(percent(false)).join(''),
  'percent-encoded, in lower case': (secret) => [...secret].map(percent(true)).join(''),
  'percent-encoded, what is no letter or digit': strict,
  'percent-encoded twice': (secret) => encodeURIComponent(strict(secret)),
  'in a form or query': form,
  'as the password of a URL': (secret) => {
    const url = new URL('http://user@host/');
    url.password = secret;
    return url.href;
  },
  'in JSON': json,
  'in JSON, twice': (secret) => json(json(secret)),
  'in JSON of ASCII': ascii,
  'in JSON with slashes escaped': (secret) => json(secret).replaceAll('/', '\\/'),
  'in HTML': html,
  'in a query within JSON': (secret) => json(form(secret)),
  'in Basic credentials': basic,
  'in Basic credentials of somebody else': (secret) => Buffer.from(`ab:${secret}`).toString('base64url'),
  'in Basic credentials, percent-encoded': (secret) => strict(basic(secret)),
  'in Token credentials': (secret) => `Token user:${secret}`,
  'made printable': (secret) => printable(secret, 1000),
};

const secretOf = (min: number) =>
  fc.oneof(
    fc.string({ minLength: min, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(...'aB3 %2541&+/\\"\'=:?#@é日😀'),
      minLength: min,
      maxLength: 30,
    }),
  );

describe('a secret', () => {
  for (const [name, spell] of Object.entries(SPELLINGS)) {
    test(`is covered ${name}`, () => {
      fc.assert(
        fc.property(secretOf(8), anyText, anyText, (secret, before, after) => {
          const spelled = spell(secret);
          registerSecret(secret, 'user');
          const shown = redact(`${before.toWellFormed()} "${spelled}" ${after.toWellFormed()}`);
          assert.ok(shown.includes('***'), `${JSON.stringify(spelled)} in ${JSON.stringify(shown)}`);
          assert.ok(!shown.includes(spelled) || spelled.includes('***'), JSON.stringify(shown));
          assert.ok(!shown.includes(secret), JSON.stringify(shown));
        }),
        { numRuns: 100 },
      );
    });
  }

  test('leaves the rest of a text as it was', () => {
    registerSecret('hunter2-hunter2');
    assert.equal(redact('ночь 😀 hunter2-hunter2, %20 \\n &amp;'), 'ночь 😀 ***, %20 \\n &amp;');
    assert.equal(redact('hunter2-hunte'), 'hunter2-hunte');
  });

  test('of an Authorization header is covered in all its parts', () => {
    registerAuthorization(`Basic ${Buffer.from('anna:open sesame').toString('base64')}`);
    assert.equal(redact('u=anna&p=open+sesame'), 'u=anna&p=***');
    registerAuthorization('Token berta:winter-is-here');
    assert.equal(redact('winter-is-here'), '***');
    registerAuthorization('Bearer glsa_0123456789');
    assert.equal(redact('glsa_0123456789'), '***');
    registerAuthorization(undefined);
    registerAuthorization('');
  });

  test('of settings stays in force, however many come after it', () => {
    for (let i = 0; i < 1000; i++) registerSecret(`of-writer-${i}-`, 'writer');
    assert.equal(redact('the-first-of-all, of-writer-999-, of-writer-1-'), '***, ***, of-writer-1-');
  });
});

describe('a short secret', () => {
  test('of 4 to 7 characters is covered where it stands alone', () => {
    registerSecret('lamp', 'carl');
    assert.equal(redact('lamp'), '***');
    assert.equal(redact('u=carl&p=lamp&db=lamps'), 'u=carl&p=***&db=lamps');
    assert.equal(redact('clamps of lamp-posts'), 'clamps of ***-posts');
    assert.equal(redact(`Basic ${btoa('carl:lamp')}`), 'Basic ***');
  });

  test('of 1 to 3 characters is covered where a secret is expected', () => {
    registerSecret('a', 'dora');
    assert.equal(redact('a request: a database answers'), 'a request: a database answers');
    assert.equal(redact('u=dora&p=a&db=a'), 'u=dora&p=***&db=a');
    assert.equal(redact('{"password":"a","x":"a"}'), '{"password":"***","x":"a"}');
    assert.equal(redact('http://dora:a@host/a'), 'http://***@host/a');
    assert.equal(redact('Authorization: Token dora:a'), 'Authorization: Token ***');
    assert.equal(redact(`Authorization: Basic ${btoa('dora:a')}`), 'Authorization: Basic ***');
  });
});

test('no text takes long, whatever the secret is', () => {
  registerSecret(`${'\\'.repeat(40)}x`);
  registerSecret(`${'%25'.repeat(20)}y`);
  const text = '\\'.repeat(20_000) + '%25'.repeat(20_000) + '&amp;'.repeat(10_000);
  const start = performance.now();
  redact(text);
  assert.ok(performance.now() - start < 2000);
});
