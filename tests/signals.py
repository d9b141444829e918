"""How a process that a signal ended says so."""

import signal

AFTER_CTRL_C = (130, -signal.SIGINT)
"""Both are 130 in a shell. Python ends by the signal itself, after all of the program's own words, where Ctrl-C came in
the middle of code that is compiled from text, as every dataclass is while a module is imported.
"""
