"""All reading of data/: scenario files, sensors, missiles, launches, places, and the checks that they pass.

A scenario is a frozen value. Nothing here simulates: what is read is handed down to no one and up to every room above.
"""
