import { resolve } from 'node:path';
import * as v from 'valibot';
import { unsafeFolder } from '../safety/safe-folder.ts';
import type { Logger, LogLevel, Options, ResolvedOptions } from './options.ts';
import type { Source } from './show.ts';

/** How the value of a setting is read and checked. Messages continue "Expected <the setting> ...". */
export interface Kind<T> {
  readonly fromCode: v.GenericSchema<unknown, T>;
  readonly fromText: v.GenericSchema<string, T>;
  /** How a wrong value appears in the message, where it must not appear as it is. */
  readonly show?: (value: unknown, source: Source) => string;
}

/** At least one character, none of them a control character, a line separator or half a surrogate pair. */
export const PLAIN_TEXT: RegExp = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u;

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

export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const rule = `to be a whole number ${range}`;
  const fromCode = v.pipe(v.number(rule), v.safeInteger(rule), v.minValue(min, rule), v.maxValue(max, rule));
  return {
    fromCode,
    fromText: v.pipe(v.string(), v.regex(/^\s*\d+\s*$/, rule), v.transform(Number), fromCode),
  };
}

const plain = v.pipe(
  v.string('to be text'),
  v.regex(PLAIN_TEXT, 'to be text, not empty, without line breaks or other control characters'),
);

/** Goes into an address or a header: a line break in it could smuggle in another one. */
export const name: Kind<string> = { fromCode: plain, fromText: plain };

/**
 * Made absolute at once: the application may change its working directory. A folder that is not safe is a wrong setting;
 * one that does not exist yet, or cannot be looked at, is a fault of the moment, and none.
 */
const folderPath = v.pipe(
  plain,
  v.transform((path) => resolve(path)),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? problemOf(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: problem });
  }),
);

function problemOf(path: string): string | undefined {
  try {
    return unsafeFolder(path);
  } catch {
    return undefined;
  }
}

export const folder: Kind<string> = { fromCode: folderPath, fromText: folderPath };

export const secret: Kind<string> = { ...name, show: hide };

const withoutColon = v.pipe(plain, v.excludes(':', 'to have no colon, which would end it early'));
export const username: Kind<string> = { fromCode: withoutColon, fromText: withoutColon, show: hide };

const ascii = v.pipe(
  v.string('to be text'),
  v.regex(/^[ -~]+$/, 'to be ASCII text, not empty, without line breaks or other control characters'),
);
export const token: Kind<string> = { fromCode: ascii, fromText: ascii, show: hide };

function hide(): string {
  return 'a value that is not shown, as it may be secret';
}

/** Longest value of a tag. */
export const MAX_TAG_VALUE = 256;

const tooLong = `to be text of at most ${MAX_TAG_VALUE} characters`;
const short = v.pipe(v.string(tooLong), v.maxLength(MAX_TAG_VALUE, tooLong));
export const tagValue: Kind<string> = { fromCode: short, fromText: short };

const shortName = v.pipe(plain, v.maxLength(MAX_TAG_VALUE, tooLong));
export const hostName: Kind<string> = { fromCode: shortName, fromText: shortName };

const MAX_PATHS = 1000;
const pathRule = 'to be a list of paths such as /healthz, or /assets/* for all that begin so';

const paths = v.pipe(
  // The length is looked at before any item is, so that a huge array costs nothing.
  v.custom<string[]>(
    (value) => Array.isArray(value) && value.length <= MAX_PATHS,
    `to be a list of at most ${MAX_PATHS} paths`,
  ),
  v.array(v.pipe(v.string(pathRule), v.regex(/^\/[^\s*?#]*\*?$/, pathRule))),
  v.transform((list): readonly string[] => Object.freeze(list)),
);
type Ignore = ResolvedOptions['ignore'];
const ignoreFunction = v.custom<Exclude<Ignore, readonly string[]>>((value) => typeof value === 'function');
export const pathList: Kind<Ignore> = {
  fromCode: v.lazy((value) => (typeof value === 'function' ? ignoreFunction : paths)) as v.GenericSchema<
    unknown,
    Ignore
  >,
  fromText: v.pipe(v.string(), v.transform(splitList), paths),
};

/** The items of a comma-separated list; empty ones are left out. */
export function splitList(text: string): string[] {
  return text.split(',').flatMap((item) => item.trim() || []);
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

const level = v.picklist(LEVELS, `to be one of ${LEVELS.join(', ')}`);
export const logLevel: Kind<LogLevel> = {
  fromCode: level,
  fromText: v.pipe(v.string(), v.trim(), v.toLowerCase(), level),
};

/** Settings that no text can express: they have no environment variable. */
const notFromText = v.never();

const METHODS = ['debug', 'info', 'warn', 'error'] as const;
export const logger: Kind<Logger> = {
  fromCode: v.custom<Logger>(
    (value) => METHODS.every((method) => typeof (value as Logger | null)?.[method] === 'function'),
    `to be an object with the functions ${METHODS.join(', ')}`,
  ),
  fromText: notFromText,
};

export const requestTagsFunction: Kind<NonNullable<Options['requestTags']>> = {
  fromCode: v.custom<NonNullable<Options['requestTags']>>(
    (value) => typeof value === 'function',
    'to be a function',
  ),
  fromText: notFromText,
};

export const routeFunction: Kind<NonNullable<Options['route']>> = {
  fromCode: v.custom<NonNullable<Options['route']>>(
    (value) => typeof value === 'function',
    'to be a function',
  ),
  fromText: notFromText,
};
