"""What a person looks at: maps, timelines, accuracy, gains, the explorer and the report.

Figures are matplotlib's, drawn from a simulation or a comparison; nothing here computes what they show.
"""
