/** Servers that compute wrong numbers: values, checksums, generators. */

import type { Declarations } from './declaration.ts';

export const NUMBER_BUGS = {
  'checksum-without-last': {
    does: 'the checksum leaves the last number out',
    fails: {
      'final-carries-the-checksum': 'another checksum for session',
    },
  },
  'checksum-little-endian': {
    does: 'the checksum takes numbers in little-endian order',
    fails: {
      'final-carries-the-checksum': 'another checksum for session',
    },
  },
  'checksum-of-decimals': {
    does: 'the checksum is over decimal text',
    fails: {
      'final-carries-the-checksum': 'another checksum for session',
    },
  },
  'a-is-zero': {
    does: 'a is 0',
    fails: {
      'stateless-a-is-in-range': 'a out of range',
    },
    also: [
      'values-are-encoded-as-their-profile-says',
      'stateless-resume-is-served-anywhere',
      'stateless-values-are-exact',
    ],
  },
  'a-is-256': {
    does: 'a is 256',
    fails: {
      'stateless-a-is-in-range': 'a out of range',
    },
    also: ['stateless-resume-is-served-anywhere'],
  },
  'doubling-wraps-at-32-bits': {
    does: 'values wrap at 32 bits',
    fails: {
      'stateless-values-are-exact': 'has another value',
    },
    also: ['values-are-encoded-as-their-profile-says'],
  },
  'doubling-in-doubles': {
    does: 'values go through a double',
    fails: {
      'stateless-values-are-exact': 'rounded to 53 bits: computed in doubles',
    },
  },
  'checksum-missing': {
    does: 'FINAL has no checksum',
    fails: {
      'final-carries-the-checksum': 'another checksum for session',
    },
    also: ['prefix-checksum-covers-what-was-received'],
  },
  'doubling-wraps-at-31-bits': {
    does: 'values wrap at 31 bits',
    fails: {
      'stateless-values-are-exact': 'has another value',
    },
    also: ['values-are-encoded-as-their-profile-says'],
  },
  'doubling-wraps-at-64-bits': {
    does: 'values wrap at 64 bits',
    fails: {
      'stateless-values-are-exact': 'has another value',
    },
    also: ['values-are-encoded-as-their-profile-says'],
  },
  'a-is-always-7': {
    does: 'a is always 7',
    fails: {
      'stateless-a-is-in-range': 'a is not drawn uniformly',
    },
  },
  'ratio-ignored': {
    does: 'the ratio is always 2',
    fails: {
      'stateless-ratio-is-2-or-3': 'another ratio',
    },
    also: ['stateless-resume-is-served-anywhere'],
  },
  'absent-ratio-is-3': {
    does: 'an absent ratio is 3',
    fails: {
      'stateless-ratio-is-2-or-3': 'another ratio',
    },
    also: ['stateless-resume-is-served-anywhere'],
  },
  'generator-no-seeding': {
    does: 'PCG32: the seed is taken as the state',
    fails: {
      'resume-key-follows-from-the-seed': 'another resume key for session',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-seed-before-both-steps': {
    does: 'PCG32: the seed is added before both steps',
    fails: {
      'resume-key-follows-from-the-seed': 'another resume key for session',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-increment-not-shifted': {
    does: 'PCG32: inc is initseq, not shifted',
    fails: {
      'values-are-pcg32': 'are no outputs of PCG32',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-increment-or-1': {
    does: 'PCG32: inc is initseq | 1, not shifted',
    fails: {
      'values-are-pcg32': 'are no outputs of PCG32',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-arguments-swapped': {
    does: 'PCG32: seed and initseq are swapped',
    fails: {
      'values-are-pcg32': 'are no outputs of PCG32',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-default-increment': {
    does: "PCG32: a library's default increment",
    fails: {
      'values-are-pcg32': 'are no outputs of PCG32',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-new-state': {
    does: 'PCG32: output of the new state instead of the old one',
    fails: {
      'resume-key-follows-from-the-seed': 'another resume key for session',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-rotated-left': {
    does: 'PCG32: rotated left',
    fails: {
      'values-are-pcg32': 'are no outputs of PCG32',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-not-cut-to-32-bits': {
    does: 'PCG32: x is not cut to 32 bits before the rotation',
    fails: {
      'values-are-pcg32': 'are no outputs of PCG32',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-signed-shift': {
    does: 'PCG32: a signed shift',
    fails: {
      'values-are-pcg32': 'are no outputs of PCG32',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'generator-state-in-double': {
    does: 'PCG32: the seeding runs in doubles',
    fails: {
      'resume-key-follows-from-the-seed': 'another resume key for session',
    },
    also: [
      'final-carries-the-checksum',
      'sessions-have-sequences-of-their-own',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'seed-for-all': {
    does: 'all sessions have one seed',
    fails: {
      'sessions-have-sequences-of-their-own': 'sessions share their sequence',
      'old-key-opens-no-new-session': 'the old session is still there',
    },
  },
  'key-is-random': {
    does: 'the resume key is drawn, not derived',
    fails: {
      'resume-key-follows-from-the-seed': 'another resume key for session',
    },
  },
  'seed-is-random-in-test-mode': {
    does: 'seeds are drawn in the test mode as well',
    fails: {
      'seed-follows-from-the-client-id': 'is not that of the seed',
    },
    also: [
      'values-are-pcg32',
      'resume-key-follows-from-the-seed',
      'final-carries-the-checksum',
      'prefix-checksum-covers-what-was-received',
    ],
    testMode: true,
  },
} satisfies Declarations;
