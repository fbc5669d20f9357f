import type { Kind } from './kinds/kind.ts';

/** A setting: where it is given besides code, what it may be, and what it is when it is not given. */
export interface Setting<T> {
  /** Environment variables, of which the first that is set counts. None: only in code. */
  readonly env: readonly string[];
  readonly kind: Kind<NonNullable<T>>;
  readonly default: T;
}

/** Settings by the names of their options. */
export type Schema = { readonly [name: string]: Setting<unknown> };

/**
 * The settings for an interface of options.
 *
 * @template WithoutDefault names that are undefined when they are not given
 * @template Parsed what is made of a value, where that is something else
 */
export type SettingsOf<Given, WithoutDefault extends keyof Given = never, Parsed = unknown> = {
  readonly [Name in keyof Given]-?: Setting<
    | (Name extends keyof Parsed ? Parsed[Name] : Exclude<Given[Name], undefined>)
    | (Name extends WithoutDefault ? undefined : never)
  >;
};

/** What settings hold once read. */
export type ValuesOf<S> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};
