"""One run: fly, observe, deliver, track, fuse, predict, warn.

`prepare` computes what a scenario fixes, `simulate` runs it under a policy, and `Run` holds what came of it, with its
tables and figures of merit.
"""
