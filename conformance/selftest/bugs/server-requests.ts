/** Servers that refuse what is right, accept what is wrong, say the wrong thing, or describe themselves wrongly. */

import type { Declarations } from './declaration.ts';

export const REQUEST_BUGS = {
  'n-0-accepted': {
    does: 'n = 0 is served',
    fails: {
      'n-out-of-range-is-refused': 'bad: not refused as it has to be',
    },
    also: ['checks-come-in-their-order'],
  },
  'any-version': {
    does: 'any protocol_version is served',
    fails: {
      'other-versions-are-refused': 'bad: not refused as it has to be',
    },
    also: ['checks-come-in-their-order'],
  },
  'wrong-code': {
    does: 'an index out of range is INVALID_REQUEST',
    fails: {
      'next-index-out-of-range-is-refused': 'bad: not refused as it has to be',
      'stateless-index-out-of-range-is-refused': 'bad: not refused as it has to be',
    },
    also: ['checks-come-in-their-order'],
  },
  'describe-lies': {
    does: 'DESCRIBE says half the interval',
    fails: {
      'interval-is-as-declared': 'another interval',
    },
  },
  'limits-not-declared': {
    does: 'DESCRIBE does not say max_count',
    fails: {
      'description-is-complete': 'expected limits.max_count 65535',
    },
  },
  'drop-detection-not-declared': {
    does: 'DESCRIBE does not say D',
    fails: {
      'drop-detection-is-declared': 'D is not declared',
    },
  },
  'drop-detection-of-20-s': {
    does: 'D is 20 s',
    fails: {
      'drop-detection-is-short': 'D is large',
    },
  },
  'lists-one-profile': {
    does: 'DESCRIBE lists one profile, both are served',
    fails: {
      'profiles-are-served-or-refused': 'stateless: not refused as it has to be',
    },
  },
  'confirm-final-not-offered': {
    does: 'confirm-final is not offered',
    fails: {
      'confirm-final-is-offered': 'not granted',
    },
  },
  'grants-less-than-listed': {
    does: 'prefix-checksum is listed and never granted',
    fails: {
      'listed-extensions-are-granted': 'other extensions are granted',
    },
    also: ['prefix-checksum-covers-what-was-received'],
  },
  'unknown-fields-refused': {
    does: 'requests with unknown fields are refused',
    fails: {
      'unknown-fields-are-ignored': 'unknown fields: not served',
    },
    also: ['requests-of-4096-bytes-are-accepted'],
  },
  'small-requests-only': {
    does: 'requests above 1024 bytes are refused',
    fails: {
      'requests-of-4096-bytes-are-accepted': 'large request: not served',
    },
    also: ['sixteen-extensions-are-accepted'],
  },
  'fifteen-extensions': {
    does: 'more than 15 extensions are refused',
    fails: {
      'sixteen-extensions-are-accepted': 'sixteen extensions: not served',
    },
  },
  'extensions-unlimited': {
    does: 'any list of extensions will do',
    fails: {
      'extension-limits-are-kept': 'bad: not refused as it has to be',
    },
  },
  'lenient-client-ids': {
    does: 'client ids are cleaned of braces, quotes, urn:uuid: and space',
    fails: {
      'malformed-client-id-is-refused': 'bad: not refused as it has to be',
    },
  },
  'v4-ids-only': {
    does: 'client ids have to be of version 4',
    fails: {
      'any-uuid-version-is-accepted': 'odd uuid: not served',
    },
  },
  'n-65536-accepted': {
    does: 'n = 65536 is served',
    fails: {
      'n-out-of-range-is-refused': 'bad: not refused as it has to be',
    },
  },
  'any-key-length': {
    does: 'a resume key of another length is told as not found',
    fails: {
      'malformed-resume-key-is-refused': 'bad: not refused as it has to be',
    },
    also: ['refusal-names-the-field', 'refusal-says-expected-and-got'],
  },
  'any-a': {
    does: 'a stateless RESUME with any a is served',
    fails: {
      'a-out-of-range-is-refused': 'bad: not refused as it has to be',
    },
    also: ['checks-come-in-their-order', 'stateless-*', 'refusal-names-the-field', 'refusal-says-expected-and-got'],
  },
  'any-ratio': {
    does: 'any ratio is served',
    fails: {
      'other-ratios-are-refused': 'bad: not refused as it has to be',
    },
  },
  'empty-request-served': {
    does: 'an OPEN without a request begins a stateless sequence',
    fails: {
      'missing-request-is-refused': 'bad: not refused as it has to be',
    },
  },
  'stale-before-conflict': {
    does: 'the attempt is compared before n',
    fails: {
      'checks-come-in-their-order': 'bad: not refused as it has to be',
    },
  },
  'field-not-named': {
    does: 'refusals do not name the field',
    fails: {
      'refusal-names-the-field': 'the field is not named',
    },
  },
  'expected-not-said': {
    does: 'refusals do not say what was expected',
    fails: {
      'refusal-says-expected-and-got': 'expected and got are not said',
    },
  },
  'one-refusal-ends-all': {
    does: 'a refusal ends all streams',
    fails: {
      'refusals-disturb-nobody': 'ended for no good reason',
    },
    also: ['*'],
  },
  'garbage-is-served': {
    does: 'a request that does not decode begins a sequence',
    fails: {
      'undecodable-request-is-refused': 'not refused',
      'garbage-is-survived': 'garbage was accepted',
    },
    also: ['opened-*'],
  },
  'garbage-ends-ok': {
    does: 'a request that does not decode is answered with an empty OK',
    fails: {
      'undecodable-request-is-refused': 'not refused',
    },
  },
  'garbage-ends-all': {
    does: 'a request that does not decode ends all streams',
    fails: {
      'garbage-is-survived': 'the good stream was ended',
    },
    also: ['*'],
  },
} satisfies Declarations;
