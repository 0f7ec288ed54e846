-- Counts a request against all limits of a key, or against none of them. Redis alone has a clock.
-- KEYS[1]: the hash of the key in a plan. ARGV: its limits, in the order in which they are asked:
--   T field interval burst               nanoseconds in which a token comes back, tokens
--   Q field period limit offset began    the day on which the key began, or -1
-- Answers {1, 0, 0} and limit, remaining, milliseconds until it is full or ends, of each;
-- or {0, which, milliseconds to wait} and the same of that one: then nothing is counted.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local today = math.floor(time[1] / 86400)
local answer, writes, at, which, quota = {1, 0, 0}, {}, 1, 0, nil

while ARGV[at] do
  which = which + 1
  local field = ARGV[at + 1]
  local held = redis.call('HGET', KEYS[1], field) or ''
  local limit, left, reset, wait
  if ARGV[at] == 'T' then
    local interval, burst = ARGV[at + 2] / 1000, tonumber(ARGV[at + 3])
    at = at + 4
    local tokens, last = string.match(held, '^(%S+) (%d+)$')
    tokens, last = tonumber(tokens) or burst, tonumber(last) or now
    -- A clock that goes back stands still.
    local moment = math.max(last, now)
    tokens = math.min(burst, tokens + (moment - last) / interval)
    if tokens < 1 then
      wait = burst < 1 and -1 or math.ceil((1 - tokens) * interval / 1000)
    else
      tokens = tokens - 1
    end
    limit, left, reset = burst, math.floor(tokens), math.ceil((burst - tokens) * interval / 1000)
    writes[#writes + 1], writes[#writes + 2] = field, string.format('%.17g %.0f', tokens, moment)
  else
    local from, to = period(ARGV[at + 2], today)
    local whole, began = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 5])
    limit = began >= from and began < to and math.max(0, whole - ARGV[at + 4]) or whole
    at = at + 6
    local used, ends = string.match(held, '^(%-?%d+) (%d+)$')
    used = tonumber(ends) == to and tonumber(used) or 0
    reset = math.ceil((to * 86400000000 - now) / 1000)
    if used >= limit then
      wait = whole < 1 and -1 or reset
    else
      left = limit - used - 1
      quota = left
      writes[#writes + 1], writes[#writes + 2] = field, string.format('%.0f %.0f', used + 1, to)
    end
  end
  if wait then
    return {0, which, math.min(wait, 9e15), limit, 0, math.min(reset, 9e15)}
  end
  for _, number in ipairs({limit, left, math.min(reset, 9e15)}) do
    answer[#answer + 1] = number
  end
end

if quota then
  -- What GetUsage tells: how many on each day, and what was left then.
  local count = string.match(redis.call('HGET', KEYS[1], 'day:' .. today) or '', '^%d+')
  if not count then
    for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
      local day = tonumber(string.match(name, '^day:(%d+)$'))
      if day and day < today - DAYS then
        redis.call('HDEL', KEYS[1], name)
      end
    end
  end
  writes[#writes + 1], writes[#writes + 2] = 'day:' .. today, string.format('%.0f %.0f', (count or 0) + 1, quota)
end
if #writes > 0 then
  redis.call('HSET', KEYS[1], unpack(writes))
  redis.call('EXPIRE', KEYS[1], (DAYS + 1) * 86400)
end
return answer
