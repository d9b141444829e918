"""Compiled functions: arrays and plain numbers in, arrays and status codes out.

SI units and radians throughout, Earth-fixed (ECEF) axes unless a name says otherwise. No pandas, no strings,
no drawing of noise: random numbers come in as arrays. numba enters through `jit.py` alone.
"""
