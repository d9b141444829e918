"""The sharing itself, running: nodes that are fed one message at a time, the messages, and what carries them.

A node keeps its state and drives the kernels that `simulate` drives, so that the same receive log gives the same bits.
`live` runs a scenario with a process for every centre, and `replay` makes a `Run` of what was logged.
"""
