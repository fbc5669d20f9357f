import * as v from 'valibot';
import type { Kind } from './kind.ts';

const ON_OFF = /^\s*(?:(on|true|1)|off|false|0)\s*$/i;

export const onOff: Kind<boolean> = {
  fromCode: v.boolean('to be true or false'),
  fromText: v.pipe(
    v.string(),
    v.regex(ON_OFF, 'to be on or off'),
    v.transform((text) => ON_OFF.exec(text)?.[1] !== undefined),
  ),
};

const VIEW = /^\s*view\s*$/i;
const onOffViewRule = 'to be on, off or view';

export const onOffView: Kind<boolean | 'view'> = {
  fromCode: v.union([v.boolean(), v.literal('view')], "to be true, false or 'view'"),
  fromText: v.pipe(
    v.string(),
    v.check((text) => ON_OFF.test(text) || VIEW.test(text), onOffViewRule),
    v.transform((text) => (VIEW.test(text) ? 'view' : ON_OFF.exec(text)?.[1] !== undefined)),
  ),
};
