"""Scenarios put together and run: one simulation, a comparison of policies, validation, and all reading of data.

A scenario is a frozen value; `simulate` runs it once, `compare` many times on the same noise; `catalog` reads data/.
"""
