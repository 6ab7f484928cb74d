-- What wrk sends, and what it says when it is done (one line of JSON).
--
--   wrk … -s bench/load.lua URL -- replay FILE OFFSET   whole requests from a file, each once
--   wrk … -s bench/load.lua URL -- paths FILE           GETs of the file's lines, over and over
--   wrk … -s bench/load.lua URL -- checkout NONCE       a new order by a new buyer each time
--   wrk … -s bench/load.lua URL -- same [POST]          always the same one
--
-- A file of requests has, for each, its length on a line and then its bytes.

local KEY = 'sk_bench_0123456789abcdef0123456789'
local threads = {}
local kind, file, sent, paths, nonce, plain

function setup(thread)
  table.insert(threads, thread)
end

local function read_paths(name)
  paths = {}
  for line in io.lines(name) do
    table.insert(paths, wrk.format('GET', line))
  end
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
  elseif kind == 'checkout' then
    nonce = args[2]
    wrk.method = 'POST'
    wrk.path = '/api/checkout/create'
    wrk.headers['Content-Type'] = 'application/json'
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
  return wrk.format(nil, nil, nil, '{"items":[{"price":"mug-usd","quantity":1},' ..
    '{"price":"pen-usd","quantity":3}],"country":"DE","email":"' .. name .. '@example.com"}')
end

function request()
  sent = sent + 1
  if kind == 'replay' then return replay() end
  if kind == 'paths' then return paths[sent % #paths + 1] end
  if kind == 'checkout' then return checkout() end
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
