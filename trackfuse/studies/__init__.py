"""Questions asked of many runs: comparisons of policies, sweeps, uncertainty, trade-offs, filters, fusion, exercises.

`sweeps` flies designs of many points; `own_data` tracks detections that a user brings and exports a run to others.
"""
