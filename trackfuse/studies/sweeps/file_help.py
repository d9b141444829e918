"""What a file of a sweep holds, as the command line tells it; `file` reads it."""

SWEEP_FILE = """\
the file:
  scenario = "hwasong12_2022_10_04"       a shipped scenario, or a TOML file
  policies = ["bilateral", "trilateral"]  (default: all)
  runs = 100                              runs at each point
  design = "grid"                         or one_at_a_time, random, lhs, sobol,
                                          saltelli
  points = 64                             not of the first two; for sobol and
                                          saltelli a power of two
  [over]                                  or over = "assumed" for all of these
  "policies.trilateral.latency_s" = [1, 5, 15, 60]
  "policy.loss" = {low = 0.0, high = 0.5, n = 6}
  "rule.decision_s" = {distribution = "lognormal", median = 45, spread = 0.4}
  "sensors.fps5.range_km" = "assumed"     low, nominal and high of the data
distributions: uniform, loguniform (low, high), normal (mean, sd), lognormal
(median, spread), triangular (low, mode, high); in a grid with n, the number
of levels."""
