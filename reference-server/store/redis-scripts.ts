/**
 * The store operations as Lua scripts, one atomic step each on one key. Spec: stores/redis.md section 2, compared with
 * this text by a test.
 */
import { type CommandParser, defineScript } from '@redis/client';

/** Begins each script: the record, which has to be in its form before anything is decided (RSQ-RDS-4). */
const RECORD = `local n, seed, attempt = unpack(redis.call('HMGET', KEYS[1], 'n', 'seed', 'attempt'))
local absent = not (n or seed or attempt) and redis.call('EXISTS', KEYS[1]) == 0
local number, hex = '^[1-9]%d*$', '^' .. string.rep('[0-9a-f]', 16) .. '$'
local sound = string.find(n or '', number) and string.find(seed or '', hex) and string.find(attempt or '', number)
if not absent and not sound then return {'malformed'} end
`;

const START = `${RECORD}if absent then
  local first = ARGV[3] == '0' and '1' or ARGV[3]
  redis.call('HSET', KEYS[1], 'n', ARGV[1], 'seed', ARGV[2], 'attempt', first)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return {'created', ARGV[1], ARGV[2], first}
end
if n ~= ARGV[1] then return {'conflict', n} end
local stored, asked = tonumber(attempt), tonumber(ARGV[3])
if asked == 0 then asked = stored + 1 end
if asked <= stored or asked > 4294967295 then return {'stale', attempt} end
local raised = string.format('%.0f', asked)
redis.call('HSET', KEYS[1], 'attempt', raised)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'attached', n, seed, raised}`;

const LOOKUP = `${RECORD}if absent then return {'missing'} end
return {'found', n, seed, attempt}`;

const ATTACH = `${RECORD}if seed ~= ARGV[1] then return {'missing'} end
local stored, asked = tonumber(attempt), tonumber(ARGV[2])
if asked == 0 then asked = stored + 1 end
if asked <= stored or asked > 4294967295 then return {'stale', attempt} end
local raised = string.format('%.0f', asked)
redis.call('HSET', KEYS[1], 'attempt', raised)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'attached', raised}`;

const RENEW = `${RECORD}if seed ~= ARGV[1] then return {'missing'} end
if attempt ~= ARGV[2] then return {'superseded'} end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'ok'}`;

const FINISH = `${RECORD}if seed ~= ARGV[1] then return {'missing'} end
if attempt ~= ARGV[2] then return {'superseded'} end
redis.call('DEL', KEYS[1])
return {'ok'}`;

/** The texts by the names that they have in the specification. */
export const SCRIPT_TEXTS = { start: START, lookup: LOOKUP, attach: ATTACH, renew: RENEW, finish: FINISH } as const;

/** For `createClient` and `createCluster`, which send EVALSHA and fall back to EVAL. */
export const SCRIPTS = {
  sessionStart: script(START),
  sessionLookup: script(LOOKUP),
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
