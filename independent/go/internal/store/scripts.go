package store

// The scripts of stores/redis.md. Each begins with readRecord.
const (
	readRecord = `
local n, seed, attempt = unpack(redis.call('HMGET', KEYS[1], 'n', 'seed', 'attempt'))
local absent = not (n or seed or attempt) and redis.call('EXISTS', KEYS[1]) == 0
local number, hex = '^[1-9]%d*$', '^' .. string.rep('[0-9a-f]', 16) .. '$'
local sound = string.find(n or '', number) and string.find(seed or '', hex) and string.find(attempt or '', number)
if not absent and not sound then return {'malformed'} end
`

	startRecord = `
if absent then
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
return {'attached', n, seed, raised}
`

	lookupRecord = `
if absent then return {'missing'} end
return {'found', n, seed, attempt}
`

	attachRecord = `
if seed ~= ARGV[1] then return {'missing'} end
local stored, asked = tonumber(attempt), tonumber(ARGV[2])
if asked == 0 then asked = stored + 1 end
if asked <= stored or asked > 4294967295 then return {'stale', attempt} end
local raised = string.format('%.0f', asked)
redis.call('HSET', KEYS[1], 'attempt', raised)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'attached', raised}
`

	renewRecord = `
if seed ~= ARGV[1] then return {'missing'} end
if attempt ~= ARGV[2] then return {'superseded'} end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'ok'}
`

	finishRecord = `
if seed ~= ARGV[1] then return {'missing'} end
if attempt ~= ARGV[2] then return {'superseded'} end
redis.call('DEL', KEYS[1])
return {'ok'}
`
)
