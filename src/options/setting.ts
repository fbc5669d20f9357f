import type { Kind } from './kinds/kind.ts';

/** A setting: its environment variables, its check and its default. */
export interface Setting<T> {
  /** Environment variables; the first one that is set is used. If empty, the setting can only be given in code. */
  readonly env: readonly string[];
  readonly kind: Kind<NonNullable<T>>;
  readonly default: T;
}

/** Settings by the names of their options. */
export type Schema = { readonly [name: string]: Setting<unknown> };

/**
 * The settings for an interface of options.
 *
 * @template WithoutDefault names of settings that are undefined if they are not given
 * @template Parsed types of parsed values, where they differ from the given ones
 */
export type SettingsOf<Given, WithoutDefault extends keyof Given = never, Parsed = unknown> = {
  readonly [Name in keyof Given]-?: Setting<
    | (Name extends keyof Parsed ? Parsed[Name] : Exclude<Given[Name], undefined>)
    | (Name extends WithoutDefault ? undefined : never)
  >;
};

/** The values of settings after they were read. */
export type ValuesOf<S> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};
