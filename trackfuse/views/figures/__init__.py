"""Maps, timelines, accuracy, gains, sweeps: functions of results that return a figure."""
