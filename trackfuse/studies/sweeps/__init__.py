"""Sweeps: many design points, each flown many times, kept in a folder that survives every interruption.

`fields` sets anything in a scenario by its dotted name, `design` chooses the points, `engine` flies blocks of runs on
threads or on a cluster, `store` keeps them, `study` reads them back, `sensitivity` asks which input moves the answer.
"""
