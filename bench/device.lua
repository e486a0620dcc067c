-- wrk script: GET PREFIX/device-<random> with its key. Arguments: PREFIX, number of configs.
local prefix, configs
function init(args)
  prefix, configs = args[1], tonumber(args[2])
  math.randomseed(os.time())
end
function request()
  local n = math.random(0, configs - 1)
  return wrk.format("GET", prefix .. "/device-" .. n, { ["Authorization"] = "Client key-" .. n })
end
local errors = 0
function response(status) if status ~= 200 then errors = errors + 1 end end
function done(summary, latency)
  local seconds = summary.duration / 1e6
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %.0f %d %.0f %.0f\n", summary.requests / seconds, bad,
    latency:percentile(50), latency:percentile(99)))
end
