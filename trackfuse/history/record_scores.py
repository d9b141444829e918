"""Scores of probabilities of what was published: by nation, question, posture, and beside climatology."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trackfuse.scoring.probability import brier_score, log_score

if TYPE_CHECKING:
    import pandas as pd

CLIMATOLOGY = "climatology"
ARRANGEMENTS = {"alone": "own sensors", "shared": "arrangement of the day"}


def score_table(table: pd.DataFrame) -> pd.DataFrame:
    """Brier and log scores of the rows of a record.

    Parameters
    ----------
    table : DataFrame
        Rows that were compared and are to be scored.

    Returns
    -------
    DataFrame
        One row a nation, question, posture and data ("own sensors" or "arrangement of the day"): n, happened (how many
        of the answers were yes), brier, log_score; and the same for climatology, on the same statements.
    """
    import pandas as pd

    rows = []
    asked = table[table["probability"].notna()]
    for name, group in asked.groupby(["nation", "question"], sort=False):
        nation, question = map(str, name)
        both = group.groupby("statement_id")["posture"].transform("nunique") == group["posture"].nunique()
        compared = group[both]
        for posture, part in compared.groupby("posture", sort=False):
            for column, data in ARRANGEMENTS.items():
                rows.append(_scored(part, column, nation, question, str(posture), data))
        once = compared.drop_duplicates("statement_id")
        rows.append(_scored(once, CLIMATOLOGY, nation, question, CLIMATOLOGY, "other years"))
    return pd.DataFrame(rows, columns=["nation", "question", "posture", "data", "n", "happened", "brier", "log_score"])


def _scored(part: pd.DataFrame, column: str, nation: str, question: str, posture: str, data: str) -> tuple[object, ...]:
    used = part[part[column].notna()]
    said, outcome = used[column].to_numpy(float), used["outcome"].to_numpy(bool)
    true = np.ones(len(used), dtype=bool)  # what was published is what happened
    scores = brier_score(said, true), log_score(said, true)
    return (nation, question, posture, data, len(used), int(outcome.sum()), *scores)
