import type { WarningCode } from '../../fingerprint/differences.ts';
import type { Comparison, SideReport } from '../../result.ts';
import { excludesOne } from '../../statistics/interval.ts';
import { fingerprintRows, type Row, routeRows, timeRows } from '../tables.ts';
import { duration, factor, HEADINGS, metricName, verdictText } from '../words.ts';
import { html, type Markup } from './markup.ts';

const MAX_ROUTES = 30;
const NONE = html``;

/** The parts of the page that need no program to be read. */
export function sections(comparison: Comparison): Markup {
  return html`${verdict(comparison)}
${ratios(comparison)}
<div class="pair">
<section class="panel"><h2>Response time <small>as the client saw it, share of the requests of all rounds that count</small></h2><div class="chart" id="distribution"></div></section>
<section class="panel"><h2>Percentiles <small>of the same requests; the slowest are at the right</small></h2><div class="chart" id="percentiles"></div></section>
</div>
<div class="pair">
${times(comparison)}
${fingerprint(comparison)}
</div>
${routes(comparison)}
<section class="panel" id="rounds" hidden></section>
${voids(comparison)}
${method(comparison)}`;
}

function verdict(comparison: Comparison): Markup {
  const { verdict: kind, warnings, sides } = comparison;
  const isBad = kind === 'not like for like' || kind === 'not enough rounds';
  const list = warnings.map(
    ({ text, isBogus }) => html`<li class="${isBogus ? 'bogus' : 'note'}">${text}</li>`,
  );
  return html`<section class="verdict ${isBad ? 'bad' : kind === 'difference' ? 'shown' : 'open'}" id="verdict" data-verdict="${kind}">
<h1>${HEADINGS[kind]}</h1>
<p>${verdictText(comparison)}</p>
${list.length === 0 ? NONE : html`<ul>${list}</ul>`}
<dl>${sideLine('a', sides.a)}${sideLine('b', sides.b)}</dl>
</section>`;
}

function sideLine(side: 'a' | 'b', report: SideReport | null): Markup {
  const name = report?.name ?? '-';
  const { command } = report ?? {};
  const code = command == null || command === name ? NONE : html` <code>${command}</code>`;
  return html`<div><dt class="side-${side}">${side.toUpperCase()}</dt><dd>${name}${code}</dd></div>`;
}

function ratios({ ratio, aa, rounds, metric }: Comparison): Markup {
  const judged =
    ratio === null || aa === null
      ? html`<p class="figures">Fewer than 6 pairs count: there is no interval.</p>`
      : html`<p class="figures"><span>B over A <b>${factor(ratio)}</b></span><span class="${excludesOne(aa) ? 'wrong' : ''}">A over A <b>${factor(aa)}</b>${excludesOne(aa) ? ', it should hold 1' : ''}</span><span>${(100 * ratio.coverage).toFixed(1)} % sure, of ${rounds.valid} pairs</span></p>`;
  return html`<section class="panel"><h2>Ratios <small>of ${metricName(metric)}, a dot for each pair of rounds, the band is the interval of the median</small></h2>${judged}<div class="chart" id="ratios"></div></section>`;
}

function times(comparison: Comparison): Markup {
  const rows = timeRows(comparison).map((row) => tableRow(row));
  return html`<section class="panel"><h2>Where the time went <small>medians of the rounds</small></h2>${table(rows)}</section>`;
}

/** The rows of the fingerprint that a warning is about. */
const ROWS_OF: Readonly<Partial<Record<WarningCode, readonly string[]>>> = {
  processes: ['processes that answered'],
  threads: ['threads'],
  concurrency: ['slots', 'open at the client, most'],
  'keep-alive': ['requests of a connection', 'requests that opened one'],
  versions: ['programs'],
  'node-env': ['NODE_ENV'],
  cores: ['CPUs'],
  'http-version': ['HTTP'],
  compression: ['encoding'],
  statuses: ['statuses'],
  sizes: ['size of a response'],
  'cpu-bound': ['on the CPU, of a request'],
};

function fingerprint(comparison: Comparison): Markup {
  const codes = comparison.warnings.filter(({ isBogus }) => isBogus).map(({ code }) => code);
  const bogus = new Set(codes.flatMap((code) => ROWS_OF[code] ?? []));
  const rows = fingerprintRows(comparison).map((row) => {
    const [name, a, b] = row;
    return tableRow(row, bogus.has(name) ? 'bogus' : a === b ? '' : 'differs');
  });
  return html`<section class="panel" id="fingerprint"><h2>What really served <small>taken from the requests and the system, not from settings; <span class="mark">≠</span> differs, <span class="mark bogus">!</span> makes it a comparison of something else</small></h2>${table(rows)}</section>`;
}

function table(rows: readonly Markup[]): Markup {
  return html`<div class="scroll"><table><thead><tr><th class="name"></th><th class="number side-a">A</th><th class="number side-b">B</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function tableRow([name, a, b]: Row, mark = ''): Markup {
  return html`<tr class="${mark}"><td class="name">${name}</td><td class="number">${a}</td><td class="number">${b}</td></tr>`;
}

function routes(comparison: Comparison): Markup {
  const all = routeRows(comparison, MAX_ROUTES);
  if (all.length < 2) return NONE;
  const rows = all.map(
    ([name, ...cells]) =>
      html`<tr><td class="name">${name!}</td>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`,
  );
  const head = ['A', 'p50', 'p99', 'B', 'p50', 'p99'].map(
    (cell, i) => html`<th class="number side-${i < 3 ? 'a' : 'b'}">${cell}</th>`,
  );
  return html`<section class="panel"><h2>Routes <small>time in the server, of the last round of each side</small></h2><div class="scroll"><table><thead><tr><th class="name"></th>${head}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function voids({ rounds }: Comparison): Markup {
  if (rounds.void.length === 0) return NONE;
  const rows = rounds.void.map(
    ({ round, side, reason }) =>
      html`<tr><td class="number">${round}</td><td class="name">${side}</td><td class="name wraps">${reason}</td></tr>`,
  );
  return html`<section class="panel" id="voids"><h2>Rounds that do not count <small>their pairs were repeated, as far as the plan allows</small></h2><div class="scroll"><table><thead><tr><th class="number">Pair</th><th class="name">Side</th><th class="name">Reason</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function method({ load, rounds, seed, machine, at, version }: Comparison): Markup {
  const rate =
    load.rate === null
      ? 'in a closed loop, each after the answer before'
      : `due at ${load.rate} requests/s, its time counted from when it was due`;
  return html`<section class="panel" id="method"><h2>Method</h2>
<p>The rounds are the units, not the requests: A, B and A once more run one after the other in random order, each round a fresh process; ${rounds.valid} of ${rounds.planned} pairs count.</p>
<p>Each request is ${rate}; rounds of ${duration(load.duration)} over ${load.connections} connections${load.keepAlive ? '' : ', a new one for each request'}: ${load.mix.join(', ')}.</p>
<p>The estimate is the median of the pairs' ratios, its interval comes from order statistics (the sign test); A over A has to hold 1, or the verdict is withheld.</p>
<p class="dim">${at}, seed ${seed}, ${machine.cpu}, ${machine.cores} cores, ${machine.platform}${machine.governor === null ? '' : `, governor ${machine.governor}`}, raw-requests ${version}</p></section>`;
}
