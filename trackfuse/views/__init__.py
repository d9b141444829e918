"""What a person looks at: figures, the explorer and the report.

Figures are matplotlib's, drawn from a run or a study; nothing here computes what they show.
"""
