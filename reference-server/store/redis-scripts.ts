/**
 * The store operations as Lua scripts, one atomic step each on one key. Spec: stores/redis.md section 2, compared with
 * this text by a test.
 */
import { type CommandParser, defineScript } from '@redis/client';

const START = `local r = redis.call('HMGET', KEYS[1], 'n', 'seed', 'attempt')
if not (r[1] or r[2] or r[3]) and redis.call('EXISTS', KEYS[1]) == 0 then
  local attempt = ARGV[3] == '0' and '1' or ARGV[3]
  redis.call('HSET', KEYS[1], 'n', ARGV[1], 'seed', ARGV[2], 'attempt', attempt)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return {'created', ARGV[1], ARGV[2], attempt}
end
if not (r[1] and r[2] and r[3]) then return {'malformed'} end
if r[1] ~= ARGV[1] then return {'conflict', r[1]} end
local stored, asked = tonumber(r[3]), tonumber(ARGV[3])
if not stored then return {'malformed'} end
if asked == 0 then asked = stored + 1 end
if asked <= stored or asked > 4294967295 then return {'stale', r[3]} end
local attempt = string.format('%.0f', asked)
redis.call('HSET', KEYS[1], 'attempt', attempt)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'attached', r[1], r[2], attempt}`;

const ATTACH = `local r = redis.call('HMGET', KEYS[1], 'seed', 'attempt')
if r[1] ~= ARGV[1] then return {'missing'} end
local stored, asked = tonumber(r[2] or nil), tonumber(ARGV[2])
if not stored then return {'malformed'} end
if asked == 0 then asked = stored + 1 end
if asked <= stored or asked > 4294967295 then return {'stale', r[2]} end
local attempt = string.format('%.0f', asked)
redis.call('HSET', KEYS[1], 'attempt', attempt)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'attached', attempt}`;

const RENEW = `local r = redis.call('HMGET', KEYS[1], 'seed', 'attempt')
if r[1] ~= ARGV[1] then return 'missing' end
if r[2] ~= ARGV[2] then return 'superseded' end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 'ok'`;

const FINISH = `local r = redis.call('HMGET', KEYS[1], 'seed', 'attempt')
if r[1] ~= ARGV[1] then return 'missing' end
if r[2] ~= ARGV[2] then return 'superseded' end
redis.call('DEL', KEYS[1])
return 'ok'`;

/** The texts by the names that they have in the specification. */
export const SCRIPT_TEXTS = { start: START, attach: ATTACH, renew: RENEW, finish: FINISH } as const;

/** For `createClient` and `createCluster`, which send EVALSHA and fall back to EVAL. */
export const SCRIPTS = {
  sessionStart: script(START),
  sessionAttach: script(ATTACH),
  sessionRenew: script(RENEW),
  sessionFinish: script(FINISH),
};

function script(text: string) {
  return defineScript({
    SCRIPT: text,
    NUMBER_OF_KEYS: 1,
    IS_READ_ONLY: false,
    parseCommand(parser: CommandParser, key: string, ...words: string[]) {
      parser.pushKey(key);
      parser.push(...words);
    },
    transformReply: (reply: unknown) => reply,
  });
}
