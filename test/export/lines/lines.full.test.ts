import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLines } from '../../../src/export/lines/split-lines.ts';
import { influxdb } from '../../support/real/influx.ts';

test('lines are where InfluxDB sees them', async (t) => {
  const influx = await influxdb(t);
  // Each line is a point of its own, or is refused.
  const texts = [
    'm v="one\ntwo" 1\nm v="three" 2\n',
    '# m v="x" 1\n\n \nm v="y" 2\n',
    'm v="a \\" b\nc" 1\nm v="d\\\\" 2\nm v="e" 3\n',
    'm,t="a v="b" 1\nm,t=b" v="c" 2\n',
    'm,t=a\\\nb v="c" 1\nm v="d" 2\n',
    'm "w="x" 1\nm v="y" 2\n',
    'm w="x",v="y\n" 1\nm v="z" 2\n',
    'm v="a" 1\nm v="never closed 2\nm v="c" 3\nm v="d" 4\n',
  ];
  for (const [index, text] of texts.entries()) {
    await influx.query(`CREATE DATABASE d${index}`);
    const response = await fetch(`${influx.url}/write?db=d${index}`, { method: 'POST', body: text });
    const refused = (await response.text()).split('unable to parse').length - 1;
    const rows = await influx.query('SELECT * FROM m', `d${index}`);
    assert.equal(countLines(Buffer.from(text)), rows.length + refused, text);
  }
});
