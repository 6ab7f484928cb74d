-- What wrk sends, and what it says when it is done (one line of JSON).
--
--   wrk … -s bench/load.lua URL -- replay FILE OFFSET   whole requests from a file, each once
--   wrk … -s bench/load.lua URL -- paths FILE           GETs of the file's lines, over and over
--   wrk … -s bench/load.lua URL -- checkout NONCE       a new order by a new buyer each time
--   wrk … -s bench/load.lua URL -- spend NONCE          a credit of one of 1,000 customers
--   wrk … -s bench/load.lua URL -- hold NONCE           one is reserved, then settled (a thread for
--                                                       each connection: it remembers which)
--   wrk … -s bench/load.lua URL -- gate                 may they use five credits?
--   wrk … -s bench/load.lua URL -- same [POST]          always the same one
--
-- A file of requests has, for each, its length on a line and then its bytes.

local KEY = 'sk_bench_0123456789abcdef0123456789'
local threads = {}
local kind, file, sent, paths, nonce, plain
local held, customer
local CUSTOMERS = 1000

function setup(thread)
  table.insert(threads, thread)
  thread:set('number', #threads)
end

local function read_paths(name)
  paths = {}
  for line in io.lines(name) do
    table.insert(paths, wrk.format('GET', line))
  end
end

function keep_held(status, headers, body)
  held = body:match('"reservationId":"([^"]+)"')
end

function init(args)
  kind, sent, offset = args[1], 0, 0
  wrk.headers['Authorization'] = 'Bearer ' .. KEY
  if kind == 'replay' then
    file = io.open(args[2], 'rb')
    file:seek('set', tonumber(args[3]))
    offset = tonumber(args[3])
  elseif kind == 'paths' then
    read_paths(args[2])
  elseif kind == 'checkout' or kind == 'spend' or kind == 'hold' or kind == 'gate' then
    nonce = args[2]
    wrk.method = 'POST'
    wrk.headers['Content-Type'] = 'application/json'
    if kind == 'hold' then response = keep_held end
  else
    wrk.method = args[2] or 'GET'
    plain = wrk.format()
  end
end

local function replay()
  local line = file:read('*l')
  if line == nil then
    wrk.thread:stop()
    return last
  end
  last = file:read(tonumber(line))
  offset = offset + #line + 1 + #last
  return last
end

local function checkout()
  local name = nonce .. '-' .. sent
  wrk.headers['Idempotency-Key'] = name
  local body = '{"items":[{"price":"mug-usd","quantity":1},{"price":"pen-usd","quantity":3}],' ..
    '"country":"DE","email":"' .. name .. '@example.com"}'
  return wrk.format(nil, '/api/checkout/create', nil, body)
end

local function credit(path, what)
  wrk.headers['Idempotency-Key'] = nonce .. '-' .. number .. '-' .. sent
  return wrk.format(nil, '/api/credits/' .. path, nil, what)
end

local function spend(path)
  customer = (sent * 7919 + number * 104729) % CUSTOMERS
  return credit(path, '{"customerId":"cus-' .. customer .. '","amount":1}')
end

local function hold()
  local one = held
  held = nil
  if one == nil then return spend('reserve') end
  local who = '{"customerId":"cus-' .. customer .. '",'
  return credit('settle', who .. '"reservationId":"' .. one .. '"}')
end

local function gate()
  local one = '{"customerId":"cus-' .. sent * 7919 % CUSTOMERS .. '","amount":5}'
  return wrk.format(nil, '/api/access/check', nil, one)
end

function request()
  sent = sent + 1
  if kind == 'replay' then return replay() end
  if kind == 'paths' then return paths[sent % #paths + 1] end
  if kind == 'checkout' then return checkout() end
  if kind == 'spend' then return spend('spend') end
  if kind == 'hold' then return hold() end
  if kind == 'gate' then return gate() end
  return plain
end

function done(summary, latency)
  local e = summary.errors
  local at = 0
  for _, thread in ipairs(threads) do
    at = thread:get('offset')
  end
  io.write(string.format(
    'RESULT {"requests":%d,"us":%d,"p50":%d,"p99":%d,"max":%d,"bad":%d,"broken":%d,"offset":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, e.status, e.connect + e.read + e.write + e.timeout, at))
end
