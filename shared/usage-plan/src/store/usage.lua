-- What a key has used of a quota, and what remains is set.
-- KEYS[1]: the hash of the key in a plan. ARGV: field period limit offset began GET|SET|ADD|RESET number
-- Answers today, the first and the last day of the period, the limit, what remains, and then of each day: its number, requests, what remained.
local today = math.floor(redis.call('TIME')[1] / 86400)
local field, limit = ARGV[1], tonumber(ARGV[3])
local from, to = period(ARGV[2], today)
local began = tonumber(ARGV[5])
limit = began >= from and began < to and math.max(0, limit - ARGV[4]) or limit
local used, ends = string.match(redis.call('HGET', KEYS[1], field) or '', '^(%-?%d+) (%d+)$')
used = tonumber(ends) == to and tonumber(used) or 0
if ARGV[6] ~= 'GET' then
  local number = tonumber(ARGV[7])
  if ARGV[6] == 'SET' then
    used = limit - number
  elseif ARGV[6] == 'ADD' then
    used = used - number
  else
    used = 0
  end
  local count = string.match(redis.call('HGET', KEYS[1], 'day:' .. today) or '', '^%d+') or '0'
  redis.call('HSET', KEYS[1], field, string.format('%.0f %.0f', used, to),
    'day:' .. today, string.format('%s %.0f', count, math.max(0, limit - used)))
  redis.call('EXPIRE', KEYS[1], (DAYS + 1) * 86400)
end
local answer = {today, from, to - 1, limit, math.max(0, limit - used)}
-- webdis knows no lists within lists.
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  local day = string.match(name, '^day:(%d+)$')
  if day then
    local count, left = string.match(redis.call('HGET', KEYS[1], name), '^(%d+) (%d+)$')
    for _, number in ipairs({day, count, left}) do
      answer[#answer + 1] = tonumber(number)
    end
  end
end
return answer
