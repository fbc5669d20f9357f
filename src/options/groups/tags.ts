import os from 'node:os';
import { tagList } from '../kinds/tags.ts';
import { hostName, tagValue } from '../kinds/text.ts';
import type { SettingsOf } from '../setting.ts';

/** The tags of every point. */
export interface TagOptions {
  /**
   * Name of this service, written to every point as the tag `service`: at most 256 characters.
   *
   * Environment: `RAW_REQUESTS_SERVICE`, else `OTEL_SERVICE_NAME`.
   */
  service?: string | undefined;

  /**
   * Tags written to every point, at most 20. A name has up to 64 letters, digits, `_`, `.` and `-`, starts with a letter
   * or `_`, and is not a tag or field of this library. A value has at most 256 characters; a tag with an empty value is
   * left out.
   *
   * Environment: `RAW_REQUESTS_TAGS`, as in `env=prod,zone=a`.
   * @default {}
   */
  tags?: Record<string, string> | undefined;

  /**
   * Name of this host, written to every point as the tag `hostname`.
   *
   * @default os.hostname()
   */
  hostname?: string | undefined;
}

export const tagSettings: SettingsOf<TagOptions, 'service', { tags: Readonly<Record<string, string>> }> = {
  service: { env: ['RAW_REQUESTS_SERVICE', 'OTEL_SERVICE_NAME'], kind: tagValue, default: undefined },
  tags: { env: ['RAW_REQUESTS_TAGS'], kind: tagList, default: Object.freeze({}) },
  hostname: { env: [], kind: hostName, default: os.hostname() },
};
