import { byId } from '../../../../view/page/dom.ts';
import { Theme } from '../../../../view/page/drawing/theme.ts';
import type { PageData } from '../page-data.ts';
import { drawRatios } from './ratios.ts';
import { drawDistribution, drawPercentiles } from './response-times.ts';
import { Rounds } from './rounds.ts';

const data = JSON.parse(byId('comparison').textContent) as PageData;
const theme = new Theme(() => rounds.recolour());
const rounds = new Rounds(byId('rounds'), data, theme);

drawRatios(byId('ratios'), data, (pair) => rounds.choose(pair));
drawDistribution(byId('distribution'), data);
drawPercentiles(byId('percentiles'), data);
rounds.start();
