local DAYS = 92
-- The first day of the period around a day, and the first one after it. Days are counted from 1970-01-01.
local function period(kind, day)
  if kind == 'DAY' then
    return day, day + 1
  elseif kind == 'WEEK' then
    local from = day - (day + 4) % 7
    return from, from + 7
  end
  -- https://howardhinnant.github.io/date_algorithms.html#civil_from_days
  local function first(of)
    local floor = math.floor
    local era = (of + 719468) % 146097
    local year = floor((era - floor(era / 1460) + floor(era / 36524) - floor(era / 146096)) / 365)
    local of_year = era - (365 * year + floor(year / 4) - floor(year / 100))
    local month = floor((5 * of_year + 2) / 153)
    return of - (of_year - floor((153 * month + 2) / 5))
  end
  local from = first(day)
  return from, first(from + 31)
end
