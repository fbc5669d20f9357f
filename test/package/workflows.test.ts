import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Job {
  readonly steps?: readonly { readonly run?: string }[];
}

describe('the files for GitHub', () => {
  test('run scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const name of readdirSync(new URL('.github/workflows', root))) {
      const jobs: Record<string, Job> = parse(read(`.github/workflows/${name}`)).jobs;
      const lines = Object.values(jobs).flatMap(({ steps = [] }) =>
        steps.flatMap(({ run = '' }) => run.split('\n')),
      );
      for (const line of lines) {
        const script = /^npm (?:run (\S+)|(test))/.exec(line);
        if (script !== null) assert.ok((script[1] ?? script[2]!) in scripts, `${line} in ${name}`);
      }
    }
  });

  test('compare servers with options that there are', () => {
    const { jobs } = parse(read('examples/github/compare.yml')) as { jobs: Record<string, Job> };
    const line = Object.values(jobs)
      .flatMap(({ steps = [] }) => steps.map(({ run = '' }) => run))
      .find((run) => run.startsWith('npx raw-requests compare '))!;
    const help = execFileSync(process.execPath, ['dist/cli/main.js', 'compare', '--help'], {
      cwd: root,
      encoding: 'utf8',
    });
    const options = line.match(/--[\w-]+/g)!;
    assert.ok(options.includes('--fail-if') && options.includes('--markdown'));
    for (const option of options) assert.ok(help.includes(`${option} `), option);
  });

  test('are forms that ask something', () => {
    for (const name of ['bug.yml', 'idea.yml']) {
      const { body } = parse(read(`.github/ISSUE_TEMPLATE/${name}`));
      assert.ok(body.some((field: { validations?: { required?: boolean } }) => field.validations?.required));
    }
  });
});
