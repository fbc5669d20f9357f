import * as v from 'valibot';
import { kindOf } from '../show.ts';
import type { Kind } from './kind.ts';
import { MAX_TAG_VALUE, splitList } from './text.ts';

type Tags = Readonly<Record<string, string>>;
type Pair = readonly [name: string, value: unknown];

const MAX_TAGS = 20;
const TAG_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Tags and fields that this library writes, and `time`, which the database reserves. */
const TAKEN: ReadonlySet<string> = new Set(
  `hostname process worker thread method route status outcome service
  application_time start_time first_byte_time queue_time slot in_flight bytes_in bytes_out connection_requests
  sequence trace_id path   time`.split(/\s+/),
);

const pairs = v.pipe(
  v.custom<Pair[]>(Array.isArray),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const list = dataset.value;
    if (list.length > MAX_TAGS) {
      return addIssue({ message: `to have at most ${MAX_TAGS} tags`, input: list.length });
    }
    const seen = new Set<string>();
    for (const [name, value] of list) {
      const message = nameProblem(name, seen);
      if (message !== undefined) addIssue({ message, input: name });
      else if (typeof value !== 'string' || value.length > MAX_TAG_VALUE) {
        const rule = `to have text of at most ${MAX_TAG_VALUE} characters as the value of \`${name}\``;
        addIssue({ message: rule, input: value });
      }
      seen.add(name);
    }
  }),
  // The database refuses tags with an empty value.
  v.transform((list) => Object.freeze(Object.fromEntries(list.filter(([, value]) => value !== '')) as Tags)),
);

/** Whether an application may use a tag of that name. */
export function mayBeTag(name: string): boolean {
  return TAG_NAME.test(name) && !TAKEN.has(name);
}

function nameProblem(name: string, seen: ReadonlySet<string>): string | undefined {
  if (!TAG_NAME.test(name)) {
    return 'to have tag names of 1 to 64 letters, digits, `_`, `.` and `-` that start with a letter or `_`';
  }
  if (name === 'service') return 'to have no tag `service`, which is a setting of its own';
  if (TAKEN.has(name)) return 'to have no tag or field names of this library';
  if (seen.has(name)) return 'to have each tag only once';
  return undefined;
}

export const tagList: Kind<Tags> = {
  fromCode: v.pipe(
    v.custom<object>((value) => kindOf(value) === 'an object', 'to be an object of tag names and values'),
    // `undefined` counts as not given, as for every setting.
    v.transform((tags): Pair[] => Object.entries(tags).filter(([, value]) => value !== undefined)),
    pairs,
  ),
  fromText: v.pipe(
    v.string(),
    v.transform(splitList),
    v.array(v.pipe(v.string(), v.includes('=', 'to be a list such as env=prod,zone=a'))),
    v.transform((items) =>
      items.map((item): Pair => {
        const end = item.indexOf('=');
        return [item.slice(0, end).trim(), item.slice(end + 1).trim()];
      }),
    ),
    pairs,
  ),
};
